"""What filters and masks have in common."""

import abc

import equinox as eqx
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, as_float
from vitreous.grids import frequencies, irfftn, rfftn


class AbstractFilter(eqx.Module):
    """A factor for each spatial frequency.

    A filter of your own needs only `transfer`.
    """

    @abc.abstractmethod
    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""

    def __call__(self, spectrum: Complex[Array, "*nh"], frequencies: Float[Array, "*nh d"]) -> Complex[Array, "*nh"]:
        """The spectrum times the factor, in the spectrum's precision."""
        return spectrum * self.transfer(frequencies).astype(spectrum.real.dtype)


class AbstractMask(eqx.Module):
    """A factor for each pixel, between 0 and 1.

    A mask of your own needs only `values`.
    """

    @abc.abstractmethod
    def values(self, shape: tuple[int, ...]) -> Float[Array, "*n"]:
        """The factor at each pixel of an array of this shape."""

    def __call__(self, image: Float[Array | np.ndarray, "*n"]) -> Float[Array, "*n"]:
        """The image times the factor, in the image's precision."""
        image = as_float(image)
        return image * self.values(image.shape).astype(image.dtype)


def filter_image(
    image: Float[Array | np.ndarray, "*n"], filter: AbstractFilter, *, pixel_size: FloatLike
) -> Float[Array, "*n"]:
    """An image or volume whose spectrum was multiplied by a filter.

    Arguments:
        image: An image "y x" or volume "z y x"; its edges are joined (pad it first where that matters).
        filter: Any filter.
        pixel_size: Å.

    Returns:
        The filtered image, in the image's precision.

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.filters import LowPassFilter
        >>> image = jnp.ones((8, 8))
        >>> bool(jnp.allclose(filter_image(image, LowPassFilter(10.0), pixel_size=1.5), image))
        True
    """
    image = as_float(image)
    return irfftn(filter(rfftn(image), frequencies(image.shape, pixel_size)), image.shape)
