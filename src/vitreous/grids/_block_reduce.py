"""Coarser pixels made of blocks of finer ones: binning."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, as_float

from ._shift import shift_image


def block_reduce_downsample(
    image_or_volume: Float[Array | np.ndarray, "*n"],
    downsample_factor: int,
    *,
    operation: Callable = jnp.mean,
    keep_origin: bool = True,
) -> Float[Array, "*m"]:
    r"""Pool blocks of pixels into one: what a detector with larger pixels measures.

    The mean over blocks of u pixels along each axis averages over the coarse pixel's area, with all aliases that this
    brings; `operation=jnp.sum` gives their integral, such as a number of counts. (`fourier_crop` instead leaves out
    what the coarse pixels cannot hold.) The blocks begin at the first pixel.

    The centre of the coarse origin pixel lies $\tfrac{u-1}{2} + u\lfloor \tfrac m2\rfloor - \lfloor \tfrac{um}2\rfloor$
    fine pixels from the fine origin. By default the array is first moved by that much in Fourier space (`shift_image`),
    so that the object stays at the origin; by whole pixels, and so exactly, where u is odd.

    Arguments:
        image_or_volume: An image "y x" or volume "z y x", whose sizes are multiples of the factor.
        downsample_factor: Number u of pixels along each axis of a block.
        operation: What becomes of a block: a function with an `axis` argument, such as `jnp.mean` or `jnp.sum`.
        keep_origin: Move the object onto the coarse origin; otherwise only pool, as a camera bins.

    Returns:
        The array with each axis u times smaller.

    Raises:
        InputError: The factor is not positive, or a size is not a multiple of it.

    Examples:
        >>> image = jnp.arange(16.0).reshape(4, 4)
        >>> block_reduce_downsample(image, 2, keep_origin=False).tolist()
        [[2.5, 4.5], [10.5, 12.5]]
        >>> float(block_reduce_downsample(image, 2, operation=jnp.sum).sum())
        120.0
    """
    array = as_float(image_or_volume)
    if downsample_factor < 1:
        raise InputError(f"downsample_factor={downsample_factor} is not positive.", hint="Use 2, or any whole number.")
    if any(n % downsample_factor for n in array.shape):
        raise InputError(
            f"an array of shape {array.shape} does not divide into blocks of {downsample_factor} pixels.",
            hint="Crop or pad it first: vitreous.grids.crop, vitreous.grids.pad.",
        )
    if keep_origin and downsample_factor > 1:
        shift = [block_offset(n // downsample_factor, downsample_factor) for n in array.shape[::-1]]
        array = shift_image(array, jnp.asarray(shift, array.dtype))
    split = [size for n in array.shape for size in (n // downsample_factor, downsample_factor)]
    return operation(array.reshape(split), axis=tuple(range(1, 2 * array.ndim, 2)))


def block_offset(size: int, factor: int) -> float:
    """How far the centre of the coarse origin pixel lies from the fine origin, in fine pixels.

    Arguments:
        size: Number of coarse pixels along the axis.
        factor: Fine pixels in a coarse one.

    Examples:
        >>> block_offset(8, 2), block_offset(7, 2), block_offset(7, 3)
        (0.5, -0.5, 0.0)
    """
    return factor * (size // 2) + (factor - 1) / 2 - (factor * size) // 2
