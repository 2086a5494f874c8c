"""The relativistic electron."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_float

# CODATA 2022: m0 c² in keV, and h c in keV Å (exact since 2019).
_REST_ENERGY_KEV = 510.99895069
_HC_KEV_ANGSTROM = 12.398419843320026


def wavelength(voltage_kv: FloatLike) -> Float[Array, ""]:
    r"""The relativistic wavelength of the electron, in Å.

    $$\lambda = \frac{hc}{\sqrt{E\,(E + 2 m_0 c^2)}}, \qquad E = e \times \text{voltage}$$

    (Reimer & Kohl 2008, *Transmission Electron Microscopy*, eq. 2.12.)

    Arguments:
        voltage_kv: Acceleration voltage in kV; may be traced.

    Returns:
        The wavelength in Å: 0.025079 at 200 kV, 0.019687 at 300 kV.

    Examples:
        >>> round(float(wavelength(300.0)), 6)
        0.019687
    """
    energy = as_float(voltage_kv)
    return _HC_KEV_ANGSTROM / jnp.sqrt(energy * (energy + 2 * _REST_ENERGY_KEV))


def lorentz_factor(voltage_kv: FloatLike) -> Float[Array, ""]:
    r"""The Lorentz factor of the electron, $\gamma = 1 + E / m_0 c^2$.

    Arguments:
        voltage_kv: Acceleration voltage in kV; may be traced.

    Returns:
        The ratio of the moving electron's mass to its rest mass (no unit).

    Examples:
        >>> round(float(lorentz_factor(300.0)), 5)
        1.58709
    """
    return 1 + as_float(voltage_kv) / _REST_ENERGY_KEV


def interaction_constant(voltage_kv: FloatLike) -> Float[Array, ""]:
    r"""The interaction constant $\lambda\gamma$, in Å.

    The phase that a specimen adds to the electron wave is $\lambda\gamma \int U\,dz$, where
    $U = (m_0 e / 2\pi\hbar^2)\,V$ is the rescaled potential in Å⁻² (rest mass $m_0$). It equals
    $\sigma \int V\,dz$ with the textbook's $\sigma = 2\pi\gamma m_0 e \lambda / h^2$
    (Kirkland 2010, *Advanced Computing in Electron Microscopy*, eq. 2.42).

    Arguments:
        voltage_kv: Acceleration voltage in kV; may be traced.

    Returns:
        $\lambda\gamma$ in Å.

    Examples:
        >>> round(float(interaction_constant(300.0)), 6)
        0.031246
    """
    return wavelength(voltage_kv) * lorentz_factor(voltage_kv)
