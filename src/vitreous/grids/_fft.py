"""The one FFT convention of the library."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float

from ._checks import half_shape


def rfftn(real: Float[Array | np.ndarray, "*n"]) -> Complex[Array, "*nh"]:
    r"""The half spectrum of a real image or volume, with phases measured from its origin pixel.

    $$F(k) = \sum_r f(r) \exp(-2\pi i\, k \cdot r), \qquad r = 0 \text{ at the pixel } \lfloor n/2 \rfloor$$

    The zero frequency is in the corner, and the last axis holds only $k \ge 0$ (see `frequencies`).

    Arguments:
        real: An image "y x" or volume "z y x"; every axis is transformed.

    Returns:
        Its half spectrum, "y xh" or "z y xh"; sums over pixels, not divided by their number.

    Examples:
        >>> import jax.numpy as jnp
        >>> point = jnp.zeros((4, 5)).at[2, 2].set(1.0)  # a point at the origin has no phases
        >>> bool(jnp.allclose(rfftn(point), 1.0))
        True
    """
    return _forward(as_float(real))


def irfftn(spectrum: Complex[Array | np.ndarray, "*nh"], shape: tuple[int, ...]) -> Float[Array, "*n"]:
    """The real image or volume of a half spectrum: the inverse of `rfftn`.

    Arguments:
        spectrum: The half spectrum, "y xh" or "z y xh". Where it stands for its own mirror image (zero and Nyquist
            column) it must be Hermitian, as spectra of real images are.
        shape: Shape in real space; the spectrum alone does not tell an even last axis from an odd one.

    Returns:
        The real array of that shape.

    Raises:
        InputError: The spectrum is not the half spectrum of an array of this shape.

    Examples:
        >>> import jax.numpy as jnp
        >>> image = jnp.arange(15.0).reshape(3, 5)
        >>> bool(jnp.allclose(irfftn(rfftn(image), (3, 5)), image, atol=1e-5))
        True
    """
    if np.shape(spectrum) != half_shape(shape):
        raise InputError(
            f"A spectrum of shape {np.shape(spectrum)} does not belong to an array of shape {shape}, "
            f"whose half spectrum has shape {half_shape(shape)}.",
            hint="Give the shape of the real array: (..., y, x) for a spectrum (..., y, x // 2 + 1).",
        )
    return _backward(jnp.asarray(spectrum), tuple(shape))


# On even axes the origin, half the period away from the first pixel, gives each mode the sign (−1)^k. That is cheaper
# than to move the pixels, as on odd axes.
@jax.jit
def _forward(real: Float[Array, "*n"]) -> Complex[Array, "*nh"]:
    return _with_signs(jnp.fft.rfftn(jnp.fft.ifftshift(real, axes=_odd_axes(real.shape))), real.shape)


@partial(jax.jit, static_argnums=1)
def _backward(spectrum: Complex[Array, "*nh"], shape: tuple[int, ...]) -> Float[Array, "*n"]:
    return jnp.fft.fftshift(jnp.fft.irfftn(_with_signs(spectrum, shape), s=shape), axes=_odd_axes(shape))


def _odd_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis, n in enumerate(shape) if n % 2)


def _with_signs(spectrum: Complex[Array, "*nh"], shape: tuple[int, ...]) -> Complex[Array, "*nh"]:
    for axis, (n, modes) in enumerate(zip(shape, spectrum.shape, strict=True)):
        if n % 2 == 0:
            signs = jnp.asarray(1 - 2 * (np.arange(modes) % 2), jnp.finfo(spectrum.dtype).dtype)
            spectrum = spectrum * jnp.expand_dims(signs, [a for a in range(len(shape)) if a != axis])
    return spectrum


def mode_multiplicity(shape: tuple[int, ...]) -> Float[Array, "*nh"]:
    r"""How many modes of the full spectrum each mode of the half spectrum stands for.

    1 on the zero column of the last axis, 2 beyond it, and 1 again on the Nyquist column of an even last axis. So
    $\sum_k m_k |F_k|^2 = N \sum_r |f_r|^2$ (Parseval).

    Arguments:
        shape: Shape in real space.

    Returns:
        The multiplicities, in the shape of the half spectrum.

    Examples:
        >>> mode_multiplicity((1, 6))[0].tolist()
        [1.0, 2.0, 2.0, 1.0]
        >>> mode_multiplicity((1, 5))[0].tolist()
        [1.0, 2.0, 2.0]
    """
    n = shape[-1]
    row = np.full(n // 2 + 1, 2.0)
    row[0] = 1
    if n % 2 == 0:
        row[-1] = 1
    return jnp.broadcast_to(jnp.asarray(row, dtype=float), half_shape(shape))
