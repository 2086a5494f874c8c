"""What may be asked of the kernels that draw Gaussians."""

from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, positive


def check_gaussians(
    positions: Float[Array, "..."],
    amplitudes: Float[Array, "..."],
    variances: Float[Array, "..."],
    *,
    shape: tuple[int, ...],
    spacing: FloatLike,
) -> None:
    """Refuse arrays that do not fit together, a grid without points, and a spacing that is known and not positive.

    Arguments:
        positions: Of shape (n, 3), or (n, 2) for an image.
        amplitudes: Of shape (n, g).
        variances: Of the same shape.
        shape: Of the image or the volume.
        spacing: Size of a pixel or voxel in Å.

    Raises:
        InputError: They are not so.
    """
    fits = amplitudes.shape == variances.shape and amplitudes.ndim == positions.ndim == 2
    if not fits or len(positions) != len(amplitudes) or positions.shape[1] not in (len(shape), 3):
        raise InputError(
            f"positions of shape {positions.shape}, amplitudes of shape {amplitudes.shape} and variances of shape "
            f"{variances.shape} do not fit together.",
            hint="Give (n, 3), (n, g) and (n, g); vitreous.volumes.GaussianMixtureVolume spreads numbers to that.",
        )
    element = "pixel" if len(shape) == 2 else "voxel"
    if min(shape) < 1:
        raise InputError(f"shape={shape} has no {element}s.", hint=f"Use {(128,) * len(shape)}, for instance.")
    positive(spacing, name=f"{element}_size", hint="Give it in Å, such as 1.5.")


def check_batch_size(batch_size: int | None) -> int | None:
    """A batch size that is positive or left out."""
    if batch_size is not None and batch_size < 1:
        raise InputError(f"batch_size={batch_size} is not positive.", hint="Leave it out, or use 512, for instance.")
    return batch_size


def check_accuracy(accuracy: float) -> float:
    """An accuracy that windows can have."""
    if not 0 < accuracy < 1:
        raise InputError(f"accuracy={accuracy} is not between 0 and 1.", hint="Leave it out, or use 1e-5.")
    return float(accuracy)
