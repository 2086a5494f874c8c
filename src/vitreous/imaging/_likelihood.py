"""How likely an observed image is under a model of the image and of the noise."""

from abc import abstractmethod

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError

from ._base import AbstractImageModel, key_for
from ._noise import AbstractNoise


class AbstractLikelihood(eqx.Module):
    """A law of observed images: it can be drawn from, and it scores an image.

    Called with an image a likelihood scores it, called with a key it draws one, so that one object serves as simulator
    and as objective.
    """

    image_model: eqx.AbstractVar[AbstractImageModel]

    @abstractmethod
    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """An image drawn from the law.

        Arguments:
            key: A JAX random key.
        """

    @abstractmethod
    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """Log density of an image, in nats, normalised over images.

        Arguments:
            observed: Of the model's shape.

        Raises:
            InputError: It has another shape.
        """

    def __call__(
        self, observed: Float[Array, "y x"] | None = None, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "y x"] | Float[Array, ""]:
        """Score an image, or draw one.

        Arguments:
            observed: The image to score; `log_likelihood(observed)` is returned.
            key: Without an image: `simulate(key=key)` is returned.

        Raises:
            InputError: Neither or both are given.
        """
        if observed is not None and key is None:
            return self.log_likelihood(observed)
        if key is not None and observed is None:
            return self.simulate(key=key)
        raise InputError("give an image to score or a key to draw one with, not both.", hint="likelihood(observed)")


class GaussianLikelihood(AbstractLikelihood):
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
        >>> image = model(key=jax.random.key(0))
        >>> bool(model(image) > model(image + 1))
        True
    """

    image_model: AbstractImageModel
    noise: AbstractNoise

    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """A noisy image."""
        image = drawn_image(self.image_model, key)
        return image + self.noise.sample(self.image_model.image_config.shape, key=key)

    @eqx.filter_jit
    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """Log density of an image, in nats.

        Arguments:
            observed: Of the model's shape, in units of the contrast.

        Raises:
            InputError: It has another shape.
        """
        check_shape(observed, self.image_model)
        return self.noise.log_likelihood(observed - self.image_model.simulate())


def drawn_image(image_model: AbstractImageModel, key: PRNGKeyArray) -> Float[Array, "y x"]:
    """The image without noise, with what is random in it drawn by a key of its own: `key` is left for the noise."""
    return image_model.simulate(rng_key=key_for("image", key))


def check_shape(observed: Float[Array, "..."], image_model: AbstractImageModel) -> None:
    """Refuse an observed image that the model does not make."""
    shape = image_model.image_config.shape
    if observed.shape != shape:
        raise InputError(
            f"the observed image has shape {observed.shape}, but the model makes images of {shape}.",
            hint="Give ImageConfig the shape of the image; map a stack of images with jax.vmap.",
        )
