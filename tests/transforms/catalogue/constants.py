import jax.numpy as jnp

from tests.transforms.catalogue._case import case
from vitreous.constants import (
    LobatoScatteringFactorParameters,
    PengScatteringFactorParameters,
    interaction_constant,
    lorentz_factor,
    water_potential,
    wavelength,
)
from vitreous.volumes import GaussianMixtureVolume


@case(shaped=False, single=2e-6)
def electrons():
    def of_voltage(voltage_kv, density):
        return (
            wavelength(voltage_kv),
            lorentz_factor(voltage_kv),
            interaction_constant(voltage_kv),
            water_potential(density),
        )

    return of_voltage, (300.0, 0.94)


@case(PengScatteringFactorParameters, LobatoScatteringFactorParameters, shaped=False)
def tables():
    def scaled(peng, lobato, weight):
        mixture = GaussianMixtureVolume(jnp.zeros((2, 3), weight.dtype), weight * peng.a, peng.b)
        return mixture.amplitudes, mixture.variances, lobato.a * weight, lobato.b

    return scaled, (PengScatteringFactorParameters([6, 8]), LobatoScatteringFactorParameters([6, 8]), 1.5)
