"""Counting at high dose."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, positive

from ._base import AbstractDetector
from ._inelastic import InelasticLoss


class GaussianDetector(AbstractDetector):
    r"""The limit of many counts in each pixel: independent normal variables whose variance is their mean.

    $$\log P(n \mid C) = -\tfrac12 \sum_i \frac{(n_i - \mu_i)^2}{\mu_i} + \log(2\pi\mu_i), \qquad
    \mu = D\, p^2\, (1 + 2C)$$

    Unlike `PoissonDetector` its samples are differentiable in the contrast, the dose and the pixel size.

    The approximation is as good as the counts are many: the distribution functions of a Poisson variable and of the
    normal one, half-way between whole numbers, differ by at most $1/(6\sqrt{2\pi\mu})$ for $\mu$ of a few or more
    (the first term of Edgeworth's series, from the skewness $\mu^{-1/2}$): 2 % at 10 counts in a pixel, 1 % at 44.
    Sums over pixels, and Fourier modes with them, are normal long before.

    Arguments:
        dose_per_a2: $D$, electrons per Å².
        pixel_size: $p$ in Å.
        loss: The electrons that lose energy in the ice.

    Raises:
        InputError: A dose or pixel size is known and not positive.

    Examples:
        >>> detector = GaussianDetector(40.0, 1.0)
        >>> detector.sample(jnp.zeros((8, 8)), key=jax.random.key(0)).shape
        (8, 8)
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
            >>> GaussianDetector(40.0, 1.5).expected_counts(jnp.array([0.0, -0.1])).round(6).tolist()
            [90.0, 72.0]
        """
        return self.arrivals(contrast)

    def sample(self, contrast: Float[Array, "*shape"], *, key: PRNGKeyArray) -> Float[Array, "*shape"]:
        r"""$\mu + \sqrt\mu\,\epsilon$ with $\epsilon$ standard normal."""
        mean = self.expected_counts(contrast)
        return mean + jnp.sqrt(mean) * jax.random.normal(key, mean.shape, mean.dtype)

    def log_likelihood(self, counts: Float[Array, "*shape"], contrast: Float[Array, "*shape"]) -> Float[Array, ""]:
        """The sum of normal log-densities, equal to `scipy.stats.norm.logpdf` summed."""
        mean = self.expected_counts(contrast)
        return -jnp.sum((counts - mean) ** 2 / mean + jnp.log(2 * jnp.pi * mean)) / 2
