"""How likely an observed image is under a model of the image and of the noise."""

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError

from ._image_model import ImageModel
from ._noise import AbstractNoise


class GaussianLikelihood(eqx.Module):
    r"""An image model with additive Gaussian noise: $y = I(\theta) + n$, and $\log p(y\mid\theta)$, normalised.

    Arguments:
        image_model: Gives the noise-free image I.
        noise: The law of n.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from vitreous.grids import ImageConfig
        >>> from vitreous.imaging import WhiteNoise, make_image_model
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 9.0), jnp.full((1, 1), 4.0))
        >>> model = GaussianLikelihood(make_image_model(atom, ImageConfig((16, 16), 2.0)), WhiteNoise(0.01))
        >>> image = model.simulate(key=jax.random.key(0))
        >>> bool(model.log_likelihood(image) > model.log_likelihood(image + 1))
        True
    """

    image_model: ImageModel
    noise: AbstractNoise

    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """A noisy image."""
        image = self.image_model.simulate()
        return image + self.noise.sample(self.image_model.image_config.shape, key=key)

    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """Log density of an image, in nats.

        Arguments:
            observed: Of the model's shape, in units of the contrast.

        Raises:
            InputError: It has another shape.
        """
        shape = self.image_model.image_config.shape
        if observed.shape != shape:
            raise InputError(
                f"the observed image has shape {observed.shape}, but the model makes images of {shape}.",
                hint="Give ImageConfig the shape of the image; map a stack of images with jax.vmap.",
            )
        return self.noise.log_likelihood(observed - self.image_model.simulate())
