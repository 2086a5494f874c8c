"""Ice as it was measured."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, may_hold
from vitreous.filters import noise_power
from vitreous.grids import radius

from ._base import AbstractFieldIce


class EmpiricalIce(AbstractFieldIce):
    r"""Noise with a measured radial power spectrum, interpolated linearly and constant beyond its ends.

    Arguments:
        frequency: Frequencies of the samples, rising, in Å⁻¹.
        density: Spectral density $S$ at these frequencies (see `AbstractFieldIce`), not negative.

    Raises:
        InputError: There is not one density for each frequency, or one is negative.

    Examples:
        >>> from vitreous.grids import ImageConfig
        >>> ice = EmpiricalIce(jnp.array([0.0, 0.2]), jnp.array([4.0, 1.0]))
        >>> ice.sample(ImageConfig((12, 13), 1.5), key=jax.random.key(0)).shape
        (12, 13)
    """

    frequency: Float[Array, " shells"]
    density: Float[Array, " shells"]

    def __init__(self, frequency: Float[Array | np.ndarray, " _"], density: Float[Array | np.ndarray, " _"]):
        self.frequency, self.density = as_float(frequency), as_float(density)
        if self.frequency.shape != self.density.shape or self.frequency.size == 0:
            raise InputError(
                f"{self.density.size} densities were given for {self.frequency.size} frequencies.",
                hint="Give one density for each frequency.",
            )
        if not may_hold(lambda density: density >= 0, density):
            raise InputError("a spectral density is negative or no number.", hint="Give powers, which are not.")

    @classmethod
    def from_micrographs(
        cls, micrographs: Float[Array | np.ndarray, "n y x"], *, pixel_size: FloatLike, scale: FloatLike = 1.0
    ) -> "EmpiricalIce":
        r"""The mean spectrum of images of ice, $S = p^2 \langle|F|^2\rangle / N$.

        A micrograph shows ice behind the optics and under the noise of counting. What is measured on one is in its own
        unit, and to be added to images behind the optics; only images of a projected potential give the potential
        itself, which is added before them.

        Arguments:
            micrographs: Images of empty ice, evenly illuminated (their means are taken off).
            pixel_size: Å.
            scale: Factor on the images' values, to bring them to another unit.
        """
        images = as_float(micrographs) * scale
        frequency, powers = jax.vmap(lambda image: noise_power(image, pixel_size=pixel_size))(images)
        return cls(frequency[0], jnp.mean(powers, axis=0) * jnp.asarray(pixel_size, powers.dtype) ** 2)

    def spectral_density(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The interpolated density."""
        return jnp.interp(radius(frequencies), self.frequency, self.density)
