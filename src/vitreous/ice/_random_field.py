"""Amorphous ice as a random field."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative
from vitreous.constants import water_potential
from vitreous.grids import radius

from ._base import AbstractFieldIce
from ._water_box import molecules_per_a3
from ._water_spectrum import WaterSpectrum

# Mean square displacement of a water molecule, Å² for each electron per Å²: McMullan et al. 2015.
_MOTION_A2_PER_DOSE = 1.1


class GaussianRandomFieldIce(AbstractFieldIce):
    r"""Amorphous ice as a Gaussian random field with the spectrum of water.

    A layer of thickness $t$ holds $nt$ molecules in each Å², and its projected potential has the spectral density

    $$ S(q) = n\,t\, s(q)\, g(x), \qquad g(x) = \frac{2\,(x - 1 + e^{-x})}{x^2}, \qquad
       x = \tfrac23 \pi^2 q^2\, u\, D, $$

    with $s$ the spectrum per molecule (`WaterSpectrum`, after Parkhurst et al. 2024, Ultramicroscopy 256, 113882) and
    $n$ the molecules per Å³ of the density: layers thicker than the correlations of water, a few Å, add up
    independently, so the projection's spectrum is that of the bulk at $q_z = 0$.

    The factor $g$ is for the motion of the molecules in the beam, which blurs the ice of a long exposure: they are
    displaced by a mean square of $u = 1.1$ Å² for each electron per Å² (McMullan, Vinothkumar & Henderson 2015,
    Ultramicroscopy 158, 26, at 300 kV). Displacements of variance $u D/3$ along each axis leave the correlation
    $e^{-x |D_1 - D_2|/D}$ between the doses $D_1$ and $D_2$ of an exposure $D$, and $g$ is its mean over both.

    Arguments:
        thickness: $t$ in Å.
        density_g_cm3: Mass density; 0.94 is that of vitreous ice.
        spectrum: $s$.
        dose_per_a2: $D$, the electrons per Å² of the image: 0 is a snapshot.

    Raises:
        InputError: The thickness, the density or the dose is negative.

    Examples:
        >>> from vitreous.grids import ImageConfig
        >>> import jax
        >>> sample = GaussianRandomFieldIce(300.0).sample(ImageConfig((64, 64), 1.0), key=jax.random.key(0))
        >>> bool(2 < sample.std() < 5)  # Å⁻¹
        True
    """

    thickness: Float[Array, ""]
    density_g_cm3: Float[Array, ""]
    spectrum: WaterSpectrum
    dose_per_a2: Float[Array, ""]

    def __init__(
        self,
        thickness: FloatLike,
        *,
        density_g_cm3: FloatLike = 0.94,
        spectrum: WaterSpectrum | None = None,
        dose_per_a2: FloatLike = 0.0,
    ):
        self.thickness = not_negative(thickness, name="thickness")
        self.density_g_cm3 = not_negative(density_g_cm3, name="density_g_cm3", unit="g/cm³")
        self.spectrum = WaterSpectrum() if spectrum is None else spectrum
        self.dose_per_a2 = not_negative(dose_per_a2, name="dose_per_a2", unit="electrons per Å²")

    @property
    def mean_projected_potential(self) -> Float[Array, ""]:
        r"""The mean $\langle\int U dz\rangle$ of the layer in Å⁻¹, which samples are without."""
        return water_potential(self.density_g_cm3) * self.thickness

    def spectral_density(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The density (see the class), without unit."""
        q = radius(frequencies)
        blur = _exposure_average(2 / 3 * math.pi**2 * _MOTION_A2_PER_DOSE * self.dose_per_a2 * q**2)
        return molecules_per_a3(self.density_g_cm3) * self.thickness * self.spectrum(q) * blur


def _exposure_average(x: Float[Array, "*nh"]) -> Float[Array, "*nh"]:
    r"""The mean of $e^{-x|a - b|}$ over $a$ and $b$ between 0 and 1."""
    small = x < 0.1
    series = 1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6)))  # to x⁵ / 2520, 4e-9
    safe = jnp.where(small, 1, x)
    return jnp.where(small, series, 2 * (safe + jnp.expm1(-safe)) / safe**2)
