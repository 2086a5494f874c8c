"""Fourier ring and shell correlation, and the resolutions read from them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int, Shaped

from vitreous._core import FloatLike, InputError, as_float, may_hold, positive

from ._fft import rfftn
from ._shells import shell_sum


class FourierCorrelation(eqx.Module):
    """The correlation of two images or volumes, shell by shell.

    Attributes:
        shell: Indices 0 … n // 2.
        frequency: Frequencies of the shells in Å⁻¹.
        correlation: Correlations, between -1 and 1; 0 in a shell where one of both has no power.
        masked: Whether both were multiplied by a mask.
    """

    shell: Int[Array, " shells"]
    frequency: Float[Array, " shells"]
    correlation: Float[Array, " shells"]
    masked: bool = eqx.field(static=True)

    @property
    def resolution_a(self) -> Float[Array, " shells"]:
        """The resolutions of the shells, 1 / frequency, in Å; infinite for the zero shell."""
        return 1 / self.frequency

    def resolution(self, threshold: FloatLike) -> float | None:
        """Where the curve first falls below `threshold`, in Å.

        Interpolated linearly in frequency between the last shell above and the first below. The zero shell is left
        out. Not for use under `jax.jit`.

        Arguments:
            threshold: Such as 0.143 for two half-maps, or 0.5 for a map and its truth.

        Returns:
            The resolution in Å; `None` where the curve stays above the threshold up to Nyquist; the resolution of
            shell 1, the whole box, where it begins below it.

        Examples:
            >>> import jax.numpy as jnp
            >>> curve = FourierCorrelation(
            ...     jnp.arange(4), jnp.arange(4) / 40, jnp.array([1.0, 0.9, 0.6, 0.2]), masked=False
            ... )
            >>> round(curve.resolution(0.5), 3)
            17.778
            >>> curve.resolution(0.1) is None
            True
        """
        values = np.asarray(self.correlation, dtype=float)
        frequency = np.asarray(self.frequency, dtype=float)
        below = np.flatnonzero(values[1:] < float(threshold)) + 1
        if below.size == 0:
            return None
        i = int(below[0])
        if i == 1:
            return float(1 / frequency[1])
        fraction = (values[i - 1] - float(threshold)) / (values[i - 1] - values[i])
        return float(1 / (frequency[i - 1] + fraction * (frequency[i] - frequency[i - 1])))


def fourier_shell_correlation(
    a: Float[Array | np.ndarray, "z y x"],
    b: Float[Array | np.ndarray, "_ _ _"],
    *,
    voxel_size: FloatLike,
    mask: Shaped[Array | np.ndarray, "_ _ _"] | None = None,
) -> FourierCorrelation:
    r"""The Fourier shell correlation of two volumes.

    $$\mathrm{FSC}(s) = \frac{\mathrm{Re}\sum_{k \in s} F_a F_b^*}{\sqrt{\sum_{k\in s}|F_a|^2 \sum_{k\in s}|F_b|^2}}$$

    over all modes of the full spectrum in the shell $s$ (Harauz & van Heel 1986, Optik 73, 146). Shells are those of
    `shell_index`; a volume that is no cube is treated by physical frequency.

    Arguments:
        a: One volume.
        b: The other, of the same shape.
        voxel_size: Å.
        mask: Multiplies both volumes first.

    Returns:
        The curve of the shells 0 … n // 2, differentiable in both volumes.

    Raises:
        InputError: The shapes differ, or a value is not a finite number.

    Examples:
        >>> import jax
        >>> volume = jax.random.normal(jax.random.key(0), (8, 8, 8))
        >>> curve = fourier_shell_correlation(volume, 2 * volume, voxel_size=1.5)
        >>> curve.correlation.round(3).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
        >>> float(curve.resolution_a[-1])  # Nyquist
        3.0
    """
    return _correlate(a, b, spacing=positive(voxel_size, name="voxel_size"), mask=mask)


def fourier_ring_correlation(
    a: Float[Array | np.ndarray, "y x"],
    b: Float[Array | np.ndarray, "_ _"],
    *,
    pixel_size: FloatLike,
    mask: Shaped[Array | np.ndarray, "_ _"] | None = None,
) -> FourierCorrelation:
    """The Fourier ring correlation of two images: `fourier_shell_correlation` in two dimensions.

    Arguments:
        a: One image.
        b: The other, of the same shape.
        pixel_size: Å.
        mask: Multiplies both images first.

    Returns:
        The curve of the rings 0 … n // 2, differentiable in both images.

    Raises:
        InputError: The shapes differ, or a value is not a finite number.

    Examples:
        >>> import jax
        >>> image = jax.random.normal(jax.random.key(0), (8, 8))
        >>> curve = fourier_ring_correlation(image, -image, pixel_size=1.0)
        >>> curve.correlation.round(3).tolist()
        [-1.0, -1.0, -1.0, -1.0, -1.0]
    """
    return _correlate(a, b, spacing=positive(pixel_size, name="pixel_size"), mask=mask)


def _correlate(
    a: Float[Array | np.ndarray, "..."],
    b: Float[Array | np.ndarray, "..."],
    *,
    spacing: Float[Array, ""],
    mask: Shaped[Array | np.ndarray, "..."] | None,
) -> FourierCorrelation:
    a, b = as_float(a), as_float(b)
    for name, other in (("other", b), ("mask", mask)):
        if other is not None and np.shape(other) != a.shape:
            raise InputError(
                f"Shapes differ: {a.shape} and, for the {name}, {np.shape(other)}; they share no shells.",
                hint="Bring both to one box and pixel size with vitreous.grids.rescale, crop or pad.",
            )
    for x in (a, b):
        if not may_hold(np.isfinite, x):
            raise InputError(
                f"{np.count_nonzero(~np.isfinite(x))} values are NaN or infinite, so no shell could be compared.",
                hint="Replace them, for instance with numpy.nan_to_num.",
            )
    return _curve(a, b, None if mask is None else jnp.asarray(mask), spacing)


@jax.jit
def _curve(
    a: Float[Array, "*n"], b: Float[Array, "*n"], mask: Shaped[Array, "*n"] | None, spacing: Float[Array, ""]
) -> FourierCorrelation:
    fa, fb = (_spectrum(x if mask is None else x * mask.astype(x.dtype)) for x in (a, b))
    cross = shell_sum(fa.real * fb.real + fa.imag * fb.imag, a.shape)
    power_a, power_b = (shell_sum(f.real**2 + f.imag**2, a.shape) for f in (fa, fb))
    defined = (power_a > 0) & (power_b > 0)
    # Two roots and not one of the product, which leaves the range of float32 earlier.
    norm = jnp.sqrt(jnp.where(defined, power_a, 1)) * jnp.sqrt(jnp.where(defined, power_b, 1))
    shell = jnp.arange(cross.size)
    return FourierCorrelation(
        shell=shell,
        frequency=shell / (min(a.shape) * spacing),
        correlation=jnp.where(defined, cross / norm, 0),
        masked=mask is not None,
    )


def _spectrum(x: Float[Array, "*n"]) -> Complex[Array, "*nh"]:
    """The spectrum of `x`, scaled so that squares stay in range whatever the unit (the correlation is invariant)."""
    largest = jax.lax.stop_gradient(jnp.max(jnp.abs(x)))
    return rfftn(x / jnp.where(largest > 0, largest, 1))
