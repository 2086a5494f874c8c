"""Noise whose correlations decay exponentially."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative, positive

from ._base import AbstractFieldIce


class ExponentialNoiseIce(AbstractFieldIce):
    r"""Noise whose correlations decay exponentially with distance, $\sigma^2 e^{-r/\ell}$.

    Its spectral density is the two-dimensional Fourier transform of that,

    $$ S(q) = \frac{2\pi\,\ell^2 \sigma^2}{\bigl(1 + (2\pi q\,\ell)^2\bigr)^{3/2}} . $$

    An image holds it up to its Nyquist frequency: the variance of a pixel is below $\sigma^2$ by what lies beyond,
    $\sigma^2 / \sqrt{1 + (\pi\ell/p)^2}$ of it or less.

    Arguments:
        variance: $\sigma^2$ of the projected potential, in Å⁻² (or in the unit, squared, of the images to be made).
        correlation_length: $\ell$ in Å.

    Raises:
        InputError: The variance is negative, or the length not positive.

    Examples:
        >>> ice = ExponentialNoiseIce(4.0, 10.0)
        >>> round(float(ice.spectral_density(jnp.zeros(2))), 2)  # 2π · 100 · 4
        2513.27
    """

    variance: Float[Array, ""]
    correlation_length: Float[Array, ""]

    def __init__(self, variance: FloatLike, correlation_length: FloatLike):
        self.variance = not_negative(variance, name="variance", unit="Å⁻²", hint="Give a mean square.")
        self.correlation_length = positive(
            correlation_length,
            name="correlation_length",
            hint="Use Å, such as 10; for white noise, vitreous.imaging.WhiteNoise.",
        )

    def spectral_density(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The closed form (see the class)."""
        q2 = jnp.sum(frequencies**2, axis=-1)
        area = self.correlation_length**2
        return 2 * jnp.pi * area * self.variance * (1 + 4 * jnp.pi**2 * area * q2) ** -1.5
