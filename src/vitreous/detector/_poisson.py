"""Counting, exactly."""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, positive

from ._base import AbstractDetector
from ._inelastic import InelasticLoss


class PoissonDetector(AbstractDetector):
    r"""A detector whose counts are independent Poisson variables.

    $$\log P(n \mid C) = \sum_i n_i \log \mu_i - \mu_i - \log n_i!, \qquad \mu = D\, p^2\, (1 + 2C)$$

    Arguments:
        dose_per_a2: $D$, electrons per Å².
        pixel_size: $p$ in Å.
        loss: The electrons that lose energy in the ice.

    Raises:
        InputError: A dose or pixel size is known and not positive.

    Examples:
        >>> detector = PoissonDetector(40.0, 1.0)
        >>> counts = detector.sample(jnp.zeros((8, 8)), key=jax.random.key(0))
        >>> bool(jnp.all(counts == jnp.round(counts)))
        True
    """

    dose_per_a2: Float[Array, ""]
    pixel_size: Float[Array, ""]
    loss: InelasticLoss | None

    def __init__(
        self, dose_per_a2: FloatLike = 40.0, pixel_size: FloatLike = 1.0, *, loss: InelasticLoss | None = None
    ):
        self.dose_per_a2 = positive(dose_per_a2, name="dose_per_a2", unit="electrons per Å²")
        self.pixel_size = positive(pixel_size, name="pixel_size")
        self.loss = loss

    def expected_counts(self, contrast: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        r"""The expected count in each pixel: every electron that arrives.

        Examples:
            >>> PoissonDetector(40.0, 1.5).expected_counts(jnp.array([0.0, -0.1])).round(6).tolist()
            [90.0, 72.0]
        """
        return self.arrivals(contrast)

    def sample(self, contrast: Float[Array, "*shape"], *, key: PRNGKeyArray) -> Float[Array, "*shape"]:
        """Whole numbers of electrons, drawn for a contrast (with no derivative)."""
        mean = self.expected_counts(contrast)
        return jax.random.poisson(key, jax.lax.stop_gradient(mean)).astype(mean.dtype)

    def log_likelihood(self, counts: Float[Array, "*shape"], contrast: Float[Array, "*shape"]) -> Float[Array, ""]:
        """The sum of Poisson log-probabilities, equal to `scipy.stats.poisson.logpmf` summed."""
        mean = self.expected_counts(contrast)
        return jnp.sum(counts * jnp.log(mean) - mean - gammaln(counts + 1))
