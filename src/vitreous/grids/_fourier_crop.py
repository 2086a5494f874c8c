"""Coarser and finer sampling of the same field, by cropping and padding its spectrum."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float

from ._checks import half_shape, same_axes
from ._fft import irfftn, rfftn


def fourier_crop(array: Float[Array | np.ndarray, "*n"], shape: tuple[int, ...]) -> Float[Array, "*m"]:
    """The same field on a coarser grid: band-limited resampling.

    The frequencies beyond the new Nyquist are removed, and the values are samples of what remains, so the mean is
    unchanged. On an even axis the new Nyquist mode is the sum of $+k$ and $-k$, as sampling makes it.

    Arguments:
        array: An image "y x" or volume "z y x".
        shape: The new shape, nowhere larger. The pixel size grows by the old shape over the new.

    Returns:
        A real array of the new shape, whose origin pixel lies where it did.

    Raises:
        InputError: An axis would grow, or the number of axes differs.

    Examples:
        >>> import jax.numpy as jnp
        >>> fourier_crop(jnp.ones((8, 8)), (5, 6)).shape
        (5, 6)
    """
    array = as_float(array)
    same_axes(array.shape, shape)
    if any(m > n for n, m in zip(array.shape, shape, strict=True)):
        raise InputError(
            f"The spectrum of an array of shape {array.shape} cannot be cropped to the larger shape {shape}.",
            hint="Use vitreous.grids.fourier_pad(array, shape) to sample it more finely.",
        )
    return _resample(array, tuple(shape))


def fourier_pad(array: Float[Array | np.ndarray, "*n"], shape: tuple[int, ...]) -> Float[Array, "*m"]:
    """The same field on a finer grid: band-limited interpolation.

    The spectrum is filled up with zeros. The Nyquist mode of an even axis is divided evenly between $+k$ and $-k$, so
    that real arrays stay real and `fourier_crop` undoes the padding exactly.

    Arguments:
        array: An image "y x" or volume "z y x".
        shape: The new shape, nowhere smaller. The pixel size shrinks by the old shape over the new.

    Returns:
        A real array of the new shape, whose origin pixel lies where it did; the mean is unchanged.

    Raises:
        InputError: An axis would shrink, or the number of axes differs.

    Examples:
        >>> import jax.numpy as jnp
        >>> image = jnp.arange(16.0).reshape(4, 4)
        >>> bool(jnp.allclose(fourier_pad(image, (8, 8))[::2, ::2], image, atol=1e-5))
        True
    """
    array = as_float(array)
    same_axes(array.shape, shape)
    if any(m < n for n, m in zip(array.shape, shape, strict=True)):
        raise InputError(
            f"The spectrum of an array of shape {array.shape} cannot be padded to the smaller shape {shape}.",
            hint="Use vitreous.grids.fourier_crop(array, shape) to sample it more coarsely.",
        )
    return _resample(array, tuple(shape))


def resize_spectrum(
    spectrum: Complex[Array | np.ndarray, "*nh"], shape: tuple[int, ...], *, new_shape: tuple[int, ...]
) -> Complex[Array, "*mh"]:
    r"""The half spectrum of the same field on another grid; each axis may shrink or grow.

    The modes keep their values, so that `irfftn` gives $\prod n/m$ times the samples of the field: right for spectra
    that are integrals (values times pixel area). `fourier_crop` and `fourier_pad` keep the samples' values instead.
    Nyquist modes are treated as there.

    Arguments:
        spectrum: The half spectrum of an array of shape `shape`.
        shape: The old shape in real space.
        new_shape: The new shape in real space.

    Returns:
        The half spectrum of an array of shape `new_shape`.

    Raises:
        InputError: The spectrum does not belong to an array of shape `shape`, or the number of axes differs.

    Examples:
        >>> import jax.numpy as jnp
        >>> resize_spectrum(jnp.ones((8, 5), dtype=complex), (8, 8), new_shape=(6, 10)).shape
        (6, 6)
    """
    spectrum = jnp.asarray(spectrum)
    same_axes(shape, new_shape)
    if spectrum.shape != half_shape(shape):
        raise InputError(
            f"A spectrum of shape {spectrum.shape} does not belong to an array of shape {shape}, "
            f"whose half spectrum has shape {half_shape(shape)}.",
            hint="Give the shape of the real array: (..., y, x) for a spectrum (..., y, x // 2 + 1).",
        )
    return _resize(spectrum, tuple(shape), tuple(new_shape))


@partial(jax.jit, static_argnums=(1, 2))
def _resize(
    spectrum: Complex[Array, "*nh"], shape: tuple[int, ...], new_shape: tuple[int, ...]
) -> Complex[Array, "*mh"]:
    last = len(shape) - 1
    spectrum = _resize_half_axis(spectrum, shape[last], new_shape[last])
    for axis in range(last):
        spectrum = _resize_full_axis(spectrum, axis, new_shape[axis])
    return spectrum


@partial(jax.jit, static_argnums=1)
def _resample(array: Float[Array, "*n"], shape: tuple[int, ...]) -> Float[Array, "*m"]:
    scale = math.prod(shape) / math.prod(array.shape)
    return irfftn(scale * resize_spectrum(rfftn(array), array.shape, new_shape=shape), shape)


def _resize_full_axis(spectrum: Complex[Array, "..."], axis: int, m: int) -> Complex[Array, "..."]:
    """An axis that holds all frequencies, from n to m of them."""
    n = spectrum.shape[axis]
    if m == n:
        return spectrum
    centred = jnp.moveaxis(jnp.fft.fftshift(spectrum, axes=axis), axis, 0)
    if m < n:
        start = n // 2 - m // 2
        resized = centred[start : start + m]
        if m % 2 == 0:
            resized = resized.at[0].add(centred[start + m])
    else:
        before = m // 2 - n // 2
        widths = [(before, m - n - before)] + [(0, 0)] * (centred.ndim - 1)
        resized = jnp.pad(centred, widths)
        if n % 2 == 0:
            resized = resized.at[before].set(centred[0] / 2).at[before + n].set(centred[0] / 2)
    return jnp.fft.ifftshift(jnp.moveaxis(resized, 0, axis), axes=axis)


def _resize_half_axis(spectrum: Complex[Array, "..."], n: int, m: int) -> Complex[Array, "..."]:
    """The last axis, which holds the frequencies from zero on, from n to m pixels in real space."""
    if m < n:
        resized = spectrum[..., : m // 2 + 1]
        return resized.at[..., -1].add(_mirror(resized[..., -1])) if m % 2 == 0 else resized
    if m > n:
        halved = spectrum.at[..., -1].divide(2) if n % 2 == 0 else spectrum
        return jnp.pad(halved, [(0, 0)] * (spectrum.ndim - 1) + [(0, m // 2 - n // 2)])
    return spectrum


def _mirror(column: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """The modes -k of a real array, from its modes +k: the conjugate with every axis reversed about zero."""
    for axis in range(column.ndim):
        column = jnp.roll(jnp.flip(column, axis), 1, axis)
    return jnp.conj(column)
