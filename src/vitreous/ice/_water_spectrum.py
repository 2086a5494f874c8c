"""The spectrum of amorphous water."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_scalar


class WaterSpectrum(eqx.Module):
    r"""The power spectrum of the potential of amorphous water, per molecule.

    $$ s(q) = A \left[a_1\, e^{-q^2/2\sigma_1^2} + a_2\, e^{-(q - m)^2/2\sigma_2^2}\right] $$

    The sum of two Gaussians, an envelope and the peak of neighbouring molecules, and the numbers
    $a_1 = 0.199$, $a_2 = 0.801$, $\sigma_1 = 0.731$, $\sigma_2 = 0.081$, $m = 1/2.88$ (Å⁻¹) are those of Parkhurst et
    al. 2024 (Ultramicroscopy 256, 113882), who fitted them to simulated water. They describe the form only.

    The scale $A = 4.8$ Å² is ours: with it the form has the power, between 0.1 and 0.8 Å⁻¹, of 1300 TIP3P molecules
    with the scattering factors of `vitreous.constants.PengScatteringFactorParameters` (`ExplicitWater`), and then
    nowhere differs from theirs by more than half. Measured amorphous ice has its peak at 1/3.7 Å⁻¹ (McMullan,
    Vinothkumar & Henderson 2015, Ultramicroscopy 158, 26), not where this water has it: change `peak_frequency` where
    that matters.

    Arguments:
        scale: $A$ in Å².
        envelope_weight: $a_1$.
        envelope_width: $\sigma_1$ in Å⁻¹.
        peak_weight: $a_2$.
        peak_width: $\sigma_2$ in Å⁻¹.
        peak_frequency: $m$ in Å⁻¹.

    Examples:
        >>> spectrum = WaterSpectrum()
        >>> [round(float(spectrum(q)), 2) for q in (0.0, 1 / 2.88, 0.8)]
        [0.96, 4.7, 0.52]
    """

    scale: Float[Array, ""]
    envelope_weight: Float[Array, ""]
    envelope_width: Float[Array, ""]
    peak_weight: Float[Array, ""]
    peak_width: Float[Array, ""]
    peak_frequency: Float[Array, ""]

    def __init__(
        self,
        *,
        scale: FloatLike = 4.8,
        envelope_weight: FloatLike = 0.199,
        envelope_width: FloatLike = 0.731,
        peak_weight: FloatLike = 0.801,
        peak_width: FloatLike = 0.081,
        peak_frequency: FloatLike = 1 / 2.88,
    ):
        self.scale = as_scalar(scale, name="scale")
        self.envelope_weight = as_scalar(envelope_weight, name="envelope_weight")
        self.envelope_width = as_scalar(envelope_width, name="envelope_width")
        self.peak_weight = as_scalar(peak_weight, name="peak_weight")
        self.peak_width = as_scalar(peak_width, name="peak_width")
        self.peak_frequency = as_scalar(peak_frequency, name="peak_frequency")

    def __call__(self, q: FloatLike | Float[Array, "*nh"]) -> Float[Array, "*nh"]:
        """The power in Å² at each frequency.

        Arguments:
            q: Length of the frequency vectors in Å⁻¹.
        """
        envelope = self.envelope_weight * jnp.exp(-((q / self.envelope_width) ** 2) / 2)
        peak = self.peak_weight * jnp.exp(-(((q - self.peak_frequency) / self.peak_width) ** 2) / 2)
        return self.scale * (envelope + peak)
