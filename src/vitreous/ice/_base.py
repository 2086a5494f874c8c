"""What every model of ice is."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous.grids import ImageConfig, irfftn, rfftn


class AbstractIce(eqx.Module):
    r"""A layer of ice, which adds structural noise to what the beam sees.

    A sample is the deviation of the layer's projected potential from its mean,

    $$ V(x, y) = \int U\,dz - \Bigl\langle \int U\,dz \Bigr\rangle \quad [\text{Å}^{-1}], $$

    in the units of `vitreous.projection`: added to the projection of a specimen it goes through the optics with it
    (times $\lambda\gamma$ it is a phase). The mean would only turn the phase of the whole beam. What the specimen
    displaces of it, `vitreous.volumes.displaced_solvent` subtracts from the specimen.

    An ice of your own needs only `sample_spectrum`; one that is Gaussian derives from `AbstractFieldIce`.
    """

    @abstractmethod
    def sample_spectrum(self, image_config: ImageConfig, *, key: PRNGKeyArray) -> Complex[Array, "y xh"]:
        """The half spectrum of a sample at the padded shape, in the convention of `vitreous.grids.rfftn`.

        Arguments:
            image_config: Shape, pixel size and padding.
            key: A JAX random key.
        """

    def sample(self, image_config: ImageConfig, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """A sample, cropped to the image's shape.

        Arguments:
            image_config: Shape, pixel size and padding.
            key: A JAX random key.
        """
        return image_config.crop(irfftn(self.sample_spectrum(image_config, key=key), image_config.padded_shape))


class AbstractFieldIce(AbstractIce):
    r"""Ice as a stationary Gaussian random field with a given spectrum.

    With the spectral density $S(q)$ per unit of frequency area, the covariance is
    $\int S(q) e^{2\pi i q\cdot r} d^2q$, and the variance of a pixel its integral up to Nyquist. On pixels of size
    $p$ a sample is the transform of *real* white noise times $\sqrt{S}/p$: of one variance in every pixel, without the
    point symmetry that a real spectrum would give it, and the same field whatever the box.
    """

    @abstractmethod
    def spectral_density(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        r"""$S$ at each frequency vector (Å⁻¹): Å² times the square of the sample's unit; without unit for Å⁻¹."""

    def power(self, image_config: ImageConfig) -> Float[Array, "y xh"]:
        r"""The power $\langle|F|^2\rangle/N = S/p^2$ of each mode of the padded image's half spectrum.

        Arguments:
            image_config: Shape, pixel size and padding.
        """
        return self.spectral_density(image_config.frequencies) / image_config.pixel_size**2

    @eqx.filter_jit
    def sample_spectrum(self, image_config: ImageConfig, *, key: PRNGKeyArray) -> Complex[Array, "y xh"]:
        """The half spectrum of a sample at the padded shape (see the class)."""
        power = self.power(image_config)
        some = power > 0
        root = jnp.where(some, jnp.sqrt(jnp.where(some, power, 1)), 0)
        return rfftn(jax.random.normal(key, image_config.padded_shape, power.dtype)) * root
