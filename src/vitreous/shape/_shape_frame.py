"""Where a map's density lies, without a contour level."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError

NOISE_WIDTHS = 3.0  # of solvent noise beyond this many standard deviations, 4e-4 of its power is left


@dataclass(frozen=True, eq=False)
class ShapeFrame:
    """The middle and the size of a density.

    Attributes:
        center: (x, y, z) in Å from the voxel at index n // 2 of each axis.
        gyration_radius: Å.
        background: The density of the solvent.
    """

    center: Float[np.ndarray, "3"]
    gyration_radius: float
    background: float


def shape_frame(volume: Float[Array | np.ndarray, "z y x"], voxel_size: float) -> ShapeFrame:
    r"""The centre of mass and the radius of gyration of a density, without a contour level.

    $$c = \sum_i w_i x_i, \qquad R_g^2 = \sum_i w_i |x_i - c|^2, \qquad w_i \propto \max(f_i - b - 3 \sigma, 0)^2$$

    The background b and its noise σ are the median of what lies outside of the ball (or ellipsoid) inscribed in the
    box, and the median deviation from it times 1.4826. A scale of the density and a constant drop out, and the specimen
    may lie anywhere in a box of any shape, as long as the corners are solvent.

    Arguments:
        volume: The map.
        voxel_size: Å.

    Returns:
        Centre, radius of gyration and background.

    Raises:
        InputError: A value is NaN or infinite, or nothing rises above the background.

    Examples:
        >>> volume = np.full((8, 8, 8), 5.0)
        >>> volume[4, 4, 4] = volume[4, 4, 6] = 7.0
        >>> frame = shape_frame(volume, 2.0)
        >>> frame.center.tolist(), frame.gyration_radius, frame.background
        ([2.0, 0.0, 0.0], 2.0, 5.0)
    """
    values = np.asarray(volume)
    if not np.all(np.isfinite(values)):
        raise InputError(
            f"{np.count_nonzero(~np.isfinite(values))} values are NaN or infinite, so that the map has no middle.",
            hint="Replace them, for instance with numpy.nan_to_num.",
        )
    axes = [np.arange(n) - n // 2 for n in values.shape]
    scaled = [(axis / (n / 2)) ** 2 for axis, n in zip(axes, values.shape, strict=True)]
    corners = values[scaled[0][:, None, None] + scaled[1][:, None] + scaled[2] > 1]
    background = float(np.median(corners))
    noise = 1.4826 * float(np.median(np.abs(corners - background)))
    weights = np.maximum(values - values.dtype.type(background + NOISE_WIDTHS * noise), 0)
    weights *= weights  # in place and in the precision of the map: large maps fit but few times
    total = weights.sum(dtype=float)
    if total == 0:
        raise InputError(
            "nothing in the map rises above its background.",
            hint="Is it empty, its contrast inverted, or is there density in the corners of its box? Mask it then.",
        )
    # The weights on each axis tell all that is needed: no array of coordinates is made.
    marginals = [weights.sum(axis=tuple({0, 1, 2} - {k}), dtype=float) / total for k in range(3)]
    means = np.array([np.dot(axis, marginal) for axis, marginal in zip(axes, marginals, strict=True)])
    squares = [np.dot((axis - mean) ** 2, w) for axis, mean, w in zip(axes, means, marginals, strict=True)]
    return ShapeFrame(means[::-1] * voxel_size, float(np.sqrt(sum(squares))) * voxel_size, background)
