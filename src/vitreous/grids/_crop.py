"""Smaller and larger boxes in real space, about the same origin."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from vitreous._core import FloatLike, InputError

from ._checks import same_axes


def crop(array: Shaped[Array | np.ndarray, "*n"], shape: tuple[int, ...]) -> Shaped[Array, "*m"]:
    """The central part of an image or volume: the origin pixel stays the origin pixel.

    Arguments:
        array: An image "y x" or volume "z y x".
        shape: The new shape, nowhere larger.

    Raises:
        InputError: An axis would grow, or the number of axes differs.

    Examples:
        >>> import jax.numpy as jnp
        >>> crop(jnp.arange(6), (3,)).tolist()  # the origin is the pixel of value 3
        [2, 3, 4]
    """
    array = jnp.asarray(array)
    same_axes(array.shape, shape)
    if any(m > n for n, m in zip(array.shape, shape, strict=True)):
        raise InputError(
            f"An array of shape {array.shape} cannot be cropped to the larger shape {shape}.",
            hint="Use vitreous.grids.pad(array, shape) to enlarge it.",
        )
    return array[tuple(slice(n // 2 - m // 2, n // 2 - m // 2 + m) for n, m in zip(array.shape, shape, strict=True))]


def pad(
    array: Shaped[Array | np.ndarray, "*n"], shape: tuple[int, ...], *, value: FloatLike = 0.0
) -> Shaped[Array, "*m"]:
    """An image or volume in a larger box: the origin pixel stays the origin pixel, so `crop` undoes it exactly.

    Arguments:
        array: An image "y x" or volume "z y x".
        shape: The new shape, nowhere smaller.
        value: What fills the new pixels.

    Raises:
        InputError: An axis would shrink, or the number of axes differs.

    Examples:
        >>> import jax.numpy as jnp
        >>> pad(jnp.arange(1, 4), (6,)).tolist()
        [0, 0, 1, 2, 3, 0]
    """
    array = jnp.asarray(array)
    same_axes(array.shape, shape)
    if any(m < n for n, m in zip(array.shape, shape, strict=True)):
        raise InputError(
            f"An array of shape {array.shape} cannot be padded to the smaller shape {shape}.",
            hint="Use vitreous.grids.crop(array, shape) to shrink it.",
        )
    before = [m // 2 - n // 2 for n, m in zip(array.shape, shape, strict=True)]
    widths = [(b, m - n - b) for b, n, m in zip(before, array.shape, shape, strict=True)]
    return jnp.pad(array, widths, constant_values=jnp.asarray(value).astype(array.dtype))
