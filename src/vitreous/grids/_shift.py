"""Translation by any distance, in Fourier space."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, as_float, positive

from ._fft import irfftn, rfftn

Vector = Float[Array | np.ndarray, " d"] | Sequence[FloatLike]


def shift_phases(shift: Vector, shape: tuple[int, ...], spacing: FloatLike = 1.0) -> Complex[Array, "*nh"]:
    r"""The factor that translates a half spectrum by `shift`.

    $$\exp(-2\pi i\, k \cdot s)$$

    is a product of one factor per axis. At the Nyquist index of an even axis, which stands for $+\tfrac12$ and
    $-\tfrac12$ at once, that axis's factor is the mean of both, $\cos(\pi s)$ for a shift of $s$ pixels. So shifted
    real images stay real, a shift by zero is the identity, and a shift by whole pixels equals `roll`. A shift by half
    a pixel removes that mode and cannot be undone there.

    Arguments:
        shift: How far the object moves: $(x, y)$ or $(x, y, z)$ in Å, "d".
        shape: Shape in real space.
        spacing: Pixel size in Å (1 for a shift in pixels).

    Returns:
        The factor of each mode, in the shape of the half spectrum and the precision of `shift`.

    Raises:
        InputError: The shift has not one component per axis, or the spacing is not positive.

    Examples:
        >>> import jax.numpy as jnp
        >>> phases = shift_phases(jnp.array([0.0, 1.0]), (4, 4))
        >>> [round(float(p), 3) + 0.0 for p in phases[:, 0].real]  # 1, -i, -1 (Nyquist), i
        [1.0, 0.0, -1.0, 0.0]
    """
    return _phases(_pixels(shift, shape, spacing), tuple(shape))


def shift_image(image: Float[Array | np.ndarray, "*n"], shift: Vector, spacing: FloatLike = 1.0) -> Float[Array, "*n"]:
    """An image or volume translated by any distance; what leaves at one side enters at the other.

    Arguments:
        image: An image "y x" or volume "z y x".
        shift: How far the object moves: $(x, y)$ or $(x, y, z)$ in Å; $+x$ moves it to larger column index.
        spacing: Pixel size in Å (1 for a shift in pixels).

    Returns:
        The translated image, in the precision of `image`.

    Raises:
        InputError: The shift has not one component per axis, or the spacing is not positive.

    Examples:
        >>> import jax.numpy as jnp
        >>> image = jnp.zeros((4, 4)).at[1, 1].set(1.0)
        >>> moved = shift_image(image, jnp.array([2.0, 0.0]))
        >>> round(float(moved[1, 3]), 4)
        1.0
    """
    image = as_float(image)
    return _shift(image, _pixels(shift, image.shape, spacing))


@jax.jit
def _shift(image: Float[Array, "*n"], pixels: Float[Array, " d"]) -> Float[Array, "*n"]:
    spectrum = rfftn(image)
    return irfftn(spectrum * _phases(pixels, image.shape).astype(spectrum.dtype), image.shape)


def _pixels(shift: Vector, shape: tuple[int, ...], spacing: FloatLike) -> Float[Array, " d"]:
    shift = as_float(shift)
    if shift.shape != (len(shape),):
        raise InputError(
            f"A shift of shape {shift.shape} does not move an array of shape {shape}.",
            hint="Give one component per axis: (x, y) for an image, (x, y, z) for a volume.",
        )
    return shift / positive(spacing, name="spacing").astype(shift.dtype)


@partial(jax.jit, static_argnums=1)
def _phases(pixels: Float[Array, " d"], shape: tuple[int, ...]) -> Complex[Array, "*nh"]:
    product = jnp.ones((), dtype=pixels.dtype)
    for axis, (n, s) in enumerate(zip(shape, pixels[::-1], strict=True)):
        product = product[..., None] * _axis_factor(s, n, half=axis == len(shape) - 1)
    return product


def _axis_factor(s: Float[Array, ""], n: int, *, half: bool) -> Complex[Array, " k"]:
    """The factor of each index of one axis for a shift by s pixels."""
    k = np.fft.rfftfreq(n) if half else np.fft.fftfreq(n)
    turns = jnp.asarray(k, dtype=s.dtype) * s
    # Whole turns are taken off first, so that float32 keeps its precision for long shifts.
    angle = -2 * jnp.pi * (turns - jnp.round(turns))
    sine = jnp.where(np.abs(k) == 0.5, 0, jnp.sin(angle))
    return jnp.cos(angle) + 1j * sine
