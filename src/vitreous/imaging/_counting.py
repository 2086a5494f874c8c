"""The likelihood of electron counts."""

from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError
from vitreous.detector import AbstractDetector
from vitreous.optics import Contrast

from ._base import AbstractImageModel
from ._likelihood import AbstractLikelihood, check_shape, drawn_image


class CountingLikelihood(AbstractLikelihood):
    r"""A detector that counts: $n_i \sim$ the detector's law about $\mu_i = D p^2 (1 + 2 C_i)$.

    With a `PoissonDetector` this is the law of the counts themselves, with a `GaussianDetector` its limit for many
    electrons in a pixel.

    Arguments:
        image_model: Gives the contrast C; its stored contrast must be dark, so that protein takes electrons away.
        detector: Dose, pixel size and counting statistics.

    Raises:
        InputError: The model's images are stored bright.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from vitreous.detector import PoissonDetector
        >>> from vitreous.grids import ImageConfig
        >>> from vitreous.imaging import make_image_model
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 9.0), jnp.full((1, 1), 4.0))
        >>> model = CountingLikelihood(make_image_model(atom, ImageConfig((16, 16), 2.0)), PoissonDetector(20.0, 2.0))
        >>> counts = model(key=jax.random.key(0))
        >>> bool(abs(counts.mean() - 80) < 2)  # 20 electrons per Å² on 4 Å²
        True
    """

    image_model: AbstractImageModel
    detector: AbstractDetector

    def __check_init__(self):
        if self.image_model.contrast is not Contrast.DARK:
            raise InputError(
                "a detector counts fewer electrons behind protein, and the model stores protein bright.",
                hint="Use contrast=Contrast.DARK in make_image_model.",
            )

    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """Drawn counts."""
        return self.detector.sample(drawn_image(self.image_model, key), key=key)

    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """Log probability of the counts, in nats."""
        check_shape(observed, self.image_model)
        return self.detector.log_likelihood(observed, self.image_model.simulate())
