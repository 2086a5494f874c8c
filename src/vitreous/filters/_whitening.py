"""Flat noise spectra."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike
from vitreous.grids import power_spectrum, radius

from ._base import AbstractFilter


class WhiteningFilter(AbstractFilter):
    r"""Brings noise of a known radial power spectrum to the power 1 at every frequency.

    $$T(q) = 1 / \sqrt{P(q)}$$

    with $P$ interpolated linearly between its samples and constant beyond them; 0 where $P$ is 0.

    Arguments:
        frequency: Frequencies of the samples, rising, in Å⁻¹.
        power: $P = \langle |F|^2 \rangle / N$ for N pixels: the variance per pixel that white noise of that power has.

    Examples:
        >>> import jax.numpy as jnp
        >>> whitening = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.array([4.0, 1.0]))
        >>> whitening.transfer(jnp.array([[0.0, 0.0], [0.0, 0.1]])).tolist()
        [0.5, 1.0]
    """

    frequency: Float[Array, " shells"]
    power: Float[Array, " shells"]

    @classmethod
    def from_image(cls, image: Float[Array | np.ndarray, "*n"], *, pixel_size: FloatLike) -> "WhiteningFilter":
        """The filter that whitens an image or volume by its own power spectrum.

        Arguments:
            image: An image "y x" or volume "z y x".
            pixel_size: Å.
        """
        power = power_spectrum(image) / np.size(image)
        return cls(jnp.arange(power.size) / (min(np.shape(image)) * pixel_size), power)

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        power = jnp.interp(radius(frequencies), self.frequency, self.power)
        return jnp.where(power > 0, 1 / jnp.sqrt(jnp.where(power > 0, power, 1)), 0)
