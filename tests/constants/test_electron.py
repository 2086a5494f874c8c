import jax
import numpy as np
import pytest
import scipy.constants as si

from tests.transforms.checks import check_derivatives
from vitreous.constants import interaction_constant, lorentz_factor, wavelength


@pytest.mark.parametrize(
    ("voltage_kv", "expected"), [(80, 0.041757), (100, 0.037014), (200, 0.025079), (300, 0.019687)]
)
def test_wavelengths_are_the_pinned_ones(voltage_kv, expected):
    # Half a unit of the last digit given.
    np.testing.assert_allclose(float(wavelength(voltage_kv)), expected, atol=5e-7, rtol=0)


@pytest.mark.parametrize("voltage_kv", [1.0, 120.0, 300.0])
def test_wavelength_from_si_constants(voltage_kv):
    energy = voltage_kv * 1e3 * si.e
    momentum = np.sqrt(energy**2 + 2 * energy * si.m_e * si.c**2) / si.c
    # float32 rounding in the single-precision leg; CODATA editions differ by 1e-9.
    np.testing.assert_allclose(float(wavelength(voltage_kv)), si.h / momentum * 1e10, rtol=3e-7)


def test_interaction_constant_is_kirklands_sigma():
    """λγ times the factor of the rescaled potential is σ = 2π γ m0 e λ / h², in rad per volt and Å."""
    rescaling = si.m_e * si.e / (2 * np.pi * si.hbar**2) * 1e-20  # per V and Å²
    sigma = float(interaction_constant(300.0)) * rescaling
    # Kirkland 2010, table 2.2 gives 0.6526e-3 rad / (V Å) at 300 kV: four digits.
    np.testing.assert_allclose(sigma, 0.6526e-3, rtol=1e-4)


def test_interaction_constant_has_gamma():
    # One rounding.
    np.testing.assert_allclose(
        float(interaction_constant(200.0)), float(wavelength(200.0)) * float(lorentz_factor(200.0)), rtol=2e-7
    )
    # γ at 200 kV, Reimer & Kohl 2008, table 2.2: 1.3914.
    np.testing.assert_allclose(float(lorentz_factor(200.0)), 1.3914, atol=5e-5)


def test_derivatives():
    # Central differences: step² times the third derivative, far below 1e-8 at 1 V.
    for function in (wavelength, lorentz_factor, interaction_constant):
        check_derivatives(function, 300.0, steps={"[0]": 1e-3}, rtol=1e-7)


def test_vmap_over_voltages():
    values = jax.vmap(wavelength)(np.array([200.0, 300.0]))
    np.testing.assert_allclose(values, [0.025079, 0.019687], atol=5e-7)
