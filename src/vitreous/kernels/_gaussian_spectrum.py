"""From blurred Gaussians on a fine grid to the spectrum of a band-limited image or volume."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float


def fine_grid_spectrum(
    grid: Float[Array, "..."], shape: tuple[int, ...], blur: Float[Array, ""]
) -> Complex[Array, "..."]:
    r"""The half spectrum of a periodic grid, cut at Nyquist of `shape`, times $e^{2\pi^2\tau|k|^2}$.

    Arguments:
        grid: Values on a grid whose size is a multiple of `shape`, its origin in the corner.
        shape: Of the image or the volume.
        blur: Variance τ in pixels or voxels squared.
    """
    spectrum: Array = grid
    for axis in reversed(range(len(shape))):
        spectrum = _transform_axis(spectrum, shape[axis], axis, halved=axis == len(shape) - 1)
        spectrum = spectrum * _deblur(shape[axis], blur, axis, len(shape))
    return spectrum


def _transform_axis(values: Array, size: int, axis: int, *, halved: bool) -> Array:
    """Fourier transform along one axis, cut to `size` frequencies.

    The two frequencies that share an even axis's Nyquist index give half of each.
    """
    half = size // 2
    if halved:
        cut = jnp.fft.rfft(values, axis=axis)[..., : half + 1]
        return cut if size % 2 else cut.at[..., -1].set(cut[..., -1].real)
    full = jnp.fft.fft(values, axis=axis)

    def part(start: int, stop: int) -> Array:
        return jax.lax.slice_in_dim(full, start, stop, axis=axis)

    length = full.shape[axis]
    if size % 2:
        return jnp.concatenate([part(0, half + 1), part(length - half, length)], axis=axis)
    nyquist = (part(half, half + 1) + part(length - half, length - half + 1)) / 2
    return jnp.concatenate([part(0, half), nyquist, part(length - half + 1, length)], axis=axis)


def _deblur(size: int, blur: Float[Array, ""], axis: int, d: int) -> Float[Array, "..."]:
    index = jnp.arange(size // 2 + 1) if axis == d - 1 else jnp.fft.fftfreq(size, 1 / size)
    factor = jnp.exp(2 * math.pi**2 * blur * (index.astype(blur.dtype) / size) ** 2)
    return jnp.expand_dims(factor, [a for a in range(d) if a != axis])
