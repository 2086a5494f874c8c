"""How thick ice is, and how far electrons go in it."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_float

_REST_ENERGY_KEV = 510.99895069  # CODATA 2022
_MEAN_LOSS_KEV = 0.02
_MEASURED_A, _MEASURED_KV = 3950.0, 300.0


def inelastic_mean_free_path(voltage_kv: FloatLike) -> Float[Array, ""]:
    r"""How far electrons go in vitreous ice, on average, before they lose energy, in Å.

    3950 Å at 300 kV, as Rice et al. 2018 measured (J. Struct. Biol. 204, 38). Other voltages are scaled from there
    with the inelastic cross-section's dependence on energy (Langmore & Smith 1992, Ultramicroscopy 46, 349),

    $$ \Lambda \propto \frac{\beta^2}{\ln (2/\vartheta)}, \qquad \vartheta = \frac{\bar E}{\beta^2 (E + m_0 c^2)}, $$

    with $\beta = v/c$, the mean loss $\bar E$ = 20 eV, and $m_0 c^2$ = 511 keV. Published values scatter by a fifth,
    and an objective aperture, which stops electrons too, shortens the path that one measures.

    Arguments:
        voltage_kv: Acceleration voltage in kV.

    Returns:
        $\Lambda$ in Å.

    Examples:
        >>> [round(float(inelastic_mean_free_path(kv)), -1) for kv in (300.0, 200.0, 100.0)]
        [3950.0, 3270.0, 2170.0]
    """
    return _MEASURED_A * _relative_path(as_float(voltage_kv)) / _relative_path(as_float(_MEASURED_KV))


def ice_thickness(
    intensity: Float[Array, "*shape"], zero_loss: Float[Array, "*shape"], *, mean_free_path: FloatLike = 3950.0
) -> Float[Array, "*shape"]:
    r"""The thickness of ice from an image without and one with the energy filter.

    $$ t = \Lambda \ln (I / I_\mathrm{zlp}) $$

    (Rice et al. 2018, J. Struct. Biol. 204, 38). It undoes `vitreous.detector.InelasticLoss`.

    Arguments:
        intensity: $I$, without filter.
        zero_loss: $I_\mathrm{zlp}$, of the electrons that lost no energy.
        mean_free_path: $\Lambda$ in Å; see `inelastic_mean_free_path`.

    Returns:
        $t$ in Å.

    Examples:
        >>> round(float(ice_thickness(jnp.asarray(100.0), jnp.asarray(90.0))), 1)
        416.2
    """
    return as_float(mean_free_path) * jnp.log(intensity / zero_loss)


def _relative_path(energy_kev: Float[Array, ""]) -> Float[Array, ""]:
    total = energy_kev + _REST_ENERGY_KEV
    beta2 = energy_kev * (energy_kev + 2 * _REST_ENERGY_KEV) / total**2
    return beta2 / jnp.log(2 * beta2 * total / _MEAN_LOSS_KEV)
