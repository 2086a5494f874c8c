"""What every image model is."""

import zlib
from abc import abstractmethod

import equinox as eqx
import jax
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous.filters import AbstractFilter, AbstractMask
from vitreous.grids import ImageConfig, crop, irfftn
from vitreous.optics import Contrast


class AbstractImageModel(eqx.Module):
    """A noise-free image as a differentiable function of its parts.

    A model of your own needs `unfiltered_spectrum`; filter, crop and mask follow.

    Attributes:
        image_config: Shape, pixel size and padding.
        contrast: Whether protein is dark or bright in the image.
        filter: Multiplies the spectrum, at the padded shape; `None` for none.
        mask: Multiplies the image, at its shape; `None` for none.
    """

    image_config: eqx.AbstractVar[ImageConfig]
    contrast: eqx.AbstractVar[Contrast]
    filter: eqx.AbstractVar[AbstractFilter | None]
    mask: eqx.AbstractVar[AbstractMask | None]

    @abstractmethod
    def unfiltered_spectrum(self, *, rng_key: PRNGKeyArray | None = None) -> Complex[Array, "y xh"]:
        """Half spectrum of the image at the padded shape, before the filter.

        Arguments:
            rng_key: For what is drawn at random, such as volumes and ice.
        """

    def spectrum(self, *, rng_key: PRNGKeyArray | None = None) -> Complex[Array, "y xh"]:
        """Half spectrum of the image at the padded shape, filtered.

        Arguments:
            rng_key: For what is drawn at random, such as volumes and ice.
        """
        spectrum = self.unfiltered_spectrum(rng_key=rng_key)
        return spectrum if self.filter is None else self.filter(spectrum, self.image_config.frequencies)

    def simulate(self, *, rng_key: PRNGKeyArray | None = None) -> Float[Array, "y x"]:
        """The noise-free image, cropped to its shape and masked; a contrast or a phase, without unit.

        To compile it, `equinox.filter_jit(lambda model: model.simulate())(model)`: JAX hashes bound methods, and arrays
        have no hash.

        Arguments:
            rng_key: For what is drawn at random, such as volumes and ice.
        """
        image = irfftn(self.spectrum(rng_key=rng_key), self.image_config.padded_shape)
        image = crop(image, self.image_config.shape)
        return image if self.mask is None else self.mask(image)


def key_for(purpose: str, key: PRNGKeyArray) -> PRNGKeyArray:
    """A key of its own for a purpose, while others draw with `key` or split it.

    `jax.random.split(key)[i]` is `jax.random.fold_in(key, i)`: a small number would be one of their keys.
    """
    return jax.random.fold_in(key, zlib.crc32(purpose.encode()))
