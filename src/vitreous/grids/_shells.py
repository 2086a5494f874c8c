"""Shells of equal frequency, and averages over them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact, Int

from vitreous._core import InputError, as_float

from ._checks import half_shape
from ._fft import mode_multiplicity, rfftn


def shell_index(shape: tuple[int, ...]) -> Int[Array, "*nh"]:
    r"""The shell of each mode of the half spectrum.

    $$\lfloor n\,|k| + \tfrac12 \rfloor$$

    with $k$ in cycles per pixel and $n$ the smallest size of the box: in a square or cubic box, the distance from
    the zero frequency in Fourier pixels, rounded to the nearest. Shells $0 \ldots \lfloor n/2 \rfloor$ reach Nyquist;
    the corners beyond it have larger indices.

    Arguments:
        shape: Shape in real space, `(y, x)` or `(z, y, x)`.

    Returns:
        Integers in the shape of the half spectrum.

    Examples:
        >>> shell_index((4, 4))[1].tolist()
        [1, 1, 2]
    """
    return _shell_index(tuple(shape))


@partial(jax.jit, static_argnums=0)
def _shell_index(shape: tuple[int, ...]) -> Int[Array, "*nh"]:
    # Integer frequencies times n over the axis's size: exact in square boxes, in float32 too.
    axes = [np.fft.fftfreq(m, 1 / m) * min(shape) / m for m in shape[:-1]]
    axes.append(np.arange(shape[-1] // 2 + 1) * min(shape) / shape[-1])
    squares = jnp.zeros((), dtype=float)
    for axis in axes:
        squares = squares[..., None] + jnp.asarray(axis, dtype=float) ** 2
    return jnp.floor(jnp.sqrt(squares) + 0.5).astype(jnp.int32)


def shell_average(values: Inexact[Array | np.ndarray, "*nh"], shape: tuple[int, ...]) -> Inexact[Array, " shells"]:
    """The mean over each shell of a quantity given on the half spectrum.

    Each mode counts as often as it stands in the full spectrum (`mode_multiplicity`).

    Arguments:
        values: Real or complex values, "y xh" or "z y xh".
        shape: Shape in real space.

    Returns:
        The means of the shells 0 … n // 2, where n is the smallest size of the box (see `shell_index`); the corners
        beyond Nyquist are left out.

    Raises:
        InputError: The values do not have the shape of the half spectrum.

    Examples:
        >>> import jax.numpy as jnp
        >>> shell_average(jnp.ones((4, 3)), (4, 4)).tolist()
        [1.0, 1.0, 1.0]
    """
    values = jnp.asarray(values)
    if values.shape != half_shape(shape):
        raise InputError(
            f"Values of shape {values.shape} do not belong to an array of shape {shape}, "
            f"whose half spectrum has shape {half_shape(shape)}.",
            hint="Give values on the half spectrum, and the shape in real space.",
        )
    counts = shell_sum(jnp.ones(values.shape, values.real.dtype), shape)
    return shell_sum(values, shape) / counts


def power_spectrum(image: Float[Array | np.ndarray, "*n"]) -> Float[Array, " shells"]:
    r"""The mean of $|F|^2$ over each shell of an image or volume.

    White noise of variance $\sigma^2$ on $N$ pixels has $N\sigma^2$ in every shell.

    Arguments:
        image: An image "y x" or volume "z y x".

    Returns:
        The power of the shells 0 … n // 2 (see `shell_index`).

    Examples:
        >>> import jax.numpy as jnp
        >>> power_spectrum(jnp.zeros((4, 4)).at[2, 2].set(3.0)).tolist()
        [9.0, 9.0, 9.0]
    """
    image = as_float(image)
    spectrum = rfftn(image)
    return shell_average(spectrum.real**2 + spectrum.imag**2, image.shape)


@partial(jax.jit, static_argnums=1)
def shell_sum(values: Inexact[Array, "*nh"], shape: tuple[int, ...]) -> Inexact[Array, " shells"]:
    """The sum over each shell of the full spectrum, of values given on the half spectrum."""
    shells = min(shape) // 2 + 1
    # Row by row, and then over the rows: shorter sums keep more digits in float32.
    rows = (values * mode_multiplicity(shape).astype(values.real.dtype)).reshape(-1, values.shape[-1])
    index = jnp.minimum(shell_index(shape), shells).reshape(rows.shape)
    sums = jax.vmap(lambda row, i: jax.ops.segment_sum(row, i, num_segments=shells + 1))(rows, index)
    return jnp.sum(sums, axis=0)[:shells]
