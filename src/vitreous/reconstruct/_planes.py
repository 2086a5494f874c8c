r"""Transforms between a box and the spectrum of its padded box, one plane of the spectrum at a time.

Half of each axis of the padded box is zeros going in and left out coming back. So only n² of its rows along x are
transformed, and the rest plane by plane, in which the spectrum of a plane never leaves the cache: less than half the
arithmetic of a transform of the whole padded box, a fifth of the traffic, and no array of its size.

Spectra are turned around here, "xh y z", so that a plane is contiguous.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float


def convolved(volume: Float[Array, "z y x"], transfer: Float[Array, "xh py pz"]) -> Float[Array, "z y x"]:
    r"""$\mathrm{crop}\,\mathcal F^{-1} T\,\mathcal F\,\mathrm{pad}\,v$: a convolution that does not wrap around.

    Arguments:
        volume: v, a cube.
        transfer: T on the turned half spectrum of the padded box, whose size is even.

    Examples:
        >>> volume = jax.random.normal(jax.random.key(0), (5, 5, 5))
        >>> bool(jnp.allclose(convolved(volume, jnp.ones((6, 10, 10))), volume, atol=1e-5))
        True
    """
    padded, n = transfer.shape[1], volume.shape[0]
    columns = jnp.moveaxis(jnp.fft.rfft(volume, padded), -1, 0)

    def through(plane: tuple[Array, Array]) -> Array:
        column, factors = plane
        spectrum = jnp.fft.fft(jnp.fft.fft(column, padded).T, padded)
        return _inverse(spectrum * factors, n)

    return _rows(jax.lax.map(through, (columns, transfer)), padded)


def cropped(spectrum: Complex[Array, "xh py pz"], n: int) -> Float[Array, "z y x"]:
    r"""The middle of a padded box, $\mathrm{crop}\,\mathcal F^{-1}F$, with the origin of both at their pixels n // 2.

    Arguments:
        spectrum: F, turned, with phases measured from the padded box's origin.
        n: Edge of the box to keep.

    Examples:
        >>> cropped(jnp.ones((5, 8, 8), complex), 5).argmax() == 2 * 25 + 2 * 5 + 2
        Array(True, dtype=bool)
    """
    padded = spectrum.shape[1]
    real = spectrum.real.dtype
    turns = np.arange(padded) * (n // 2) % padded / padded  # moves the origin from the first pixel to n // 2
    phases = jnp.exp(-2j * jnp.pi * jnp.asarray(turns, real))
    plane = phases[:, None] * phases

    def through(part: tuple[Array, Array]) -> Array:
        values, phase = part
        return _inverse(values * (phase * plane), n)

    return _rows(jax.lax.map(through, (spectrum, phases[: spectrum.shape[0]])), padded)


def windowless(weight: Float[Array, "xh py pz"], window: Float[Array, " px"]) -> Float[Array, "xh py pz"]:
    r"""$\mathcal F[\mathcal F^{-1}[W]/\hat\varphi]$ of a real spectrum, without the window along each axis.

    W(−k) = W(k) is real, so its transform is real and even, and half of it says all.

    Arguments:
        weight: W, turned.
        window: $\hat\varphi$ along each axis of the padded box, with the origin at pixel n // 2.

    Examples:
        >>> weight = jnp.ones((5, 8, 8))  # of a point at the origin, where the window is 2³
        >>> float(windowless(weight, 2 * jnp.ones(8)).mean())
        0.125
    """
    padded, half = weight.shape[1], weight.shape[0]
    inverse = 1 / jnp.fft.ifftshift(window)
    plane = inverse[:, None] * inverse[:half]
    columns = jax.lax.map(lambda part: jnp.fft.rfft2(part) * plane, weight)
    rows = jnp.fft.irfft(jnp.moveaxis(columns, 0, -1), padded) * inverse
    columns = jnp.moveaxis(jnp.fft.rfft(rows), -1, 0)
    return jax.lax.map(lambda part: jnp.fft.irfft2(part, s=(padded, padded)), columns)


def _inverse(spectrum: Complex[Array, "py pz"], n: int) -> Complex[Array, "z y"]:
    return jnp.fft.ifft(jnp.fft.ifft(spectrum)[:, :n].T)[:, :n]


def _rows(columns: Complex[Array, "xh z y"], padded: int) -> Float[Array, "z y x"]:
    return jnp.fft.irfft(jnp.moveaxis(columns, 0, -1), padded)[..., : columns.shape[-1]]
