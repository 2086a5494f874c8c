import gemmi
import numpy as np
import pytest
import scipy.constants as si

from tests.transforms.checks import check_derivatives
from vitreous._core import InputError
from vitreous.constants import atomic_number, displaced_volume, water_potential


@pytest.mark.parametrize(
    ("symbol", "volume"), [("H", 5.15), ("C", 16.44), ("N", 2.49), ("O", 9.13), ("P", 5.73), ("S", 19.86)]
)
def test_measured_volumes(symbol, volume):
    # float32 rounding in the single-precision leg.
    np.testing.assert_allclose(displaced_volume([atomic_number(symbol)]), [volume], rtol=1e-7)


def test_other_elements_have_their_van_der_waals_sphere():
    # gemmi's radius of iron (van der Waals), as tabulated there in float32.
    np.testing.assert_allclose(displaced_volume([26])[0], 4 / 3 * np.pi * gemmi.Element("Fe").vdw_r ** 3, rtol=1e-6)
    assert np.all(np.asarray(displaced_volume(np.arange(1, 119))) > 0)


def test_unknown_elements_raise():
    with pytest.raises(InputError, match="0"):
        displaced_volume([6, 0])


def test_water_potential_of_amorphous_ice():
    """Isolated atoms give ice of 0.93 g/cm³ 4.5 V (Vulović et al. 2013, J. Struct. Biol. 183, 19)."""
    volts = float(water_potential(0.93)) / (si.m_e * si.e / (2 * np.pi * si.hbar**2) * 1e-20)
    # They quote two digits, with another table of scattering factors.
    np.testing.assert_allclose(volts, 4.5, rtol=0.03)


def test_water_potential_is_proportional_to_density():
    # Central differences of a linear function: rounding only.
    check_derivatives(water_potential, 0.94, steps={"[0]": 1e-2}, rtol=1e-10)
    np.testing.assert_allclose(float(water_potential(1.88)), 2 * float(water_potential(0.94)), rtol=3e-7)
