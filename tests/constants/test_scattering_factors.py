import gemmi
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import PengScatteringFactorParameters, atomic_number
from vitreous.constants._scattering_factors import _table


def test_every_element_of_the_table():
    parameters = PengScatteringFactorParameters(np.arange(1, 99))
    assert parameters.a.shape == parameters.b.shape == (98, 5)
    assert np.all(np.isfinite(parameters.a)) and np.all(parameters.b > 0)
    assert np.all(parameters.a.sum(-1) > 0)


@pytest.mark.parametrize("symbol", ["H", "C", "Fe", "Rb", "Np"])
def test_against_gemmis_own_sum(symbol):
    q = 0.37
    ours = PengScatteringFactorParameters([atomic_number(symbol)])(q)
    # gemmi takes sin²θ/λ² = q²/4. float32 rounding of five terms in the single-precision leg.
    expected = gemmi.Element(symbol).c4322.calculate_sf(q**2 / 4)
    np.testing.assert_allclose(float(ours[0]), expected, rtol=1e-6)


def test_some_elements_have_negative_amplitudes():
    negative = np.flatnonzero((np.asarray(PengScatteringFactorParameters(np.arange(1, 99)).a) < 0).any(-1)) + 1
    assert {atomic_number("Rb"), atomic_number("Np")} <= set(negative.tolist())


def test_gradients_are_finite_for_all_elements():
    parameters = PengScatteringFactorParameters(np.arange(1, 99))
    gradient = jax.grad(lambda parameters, q: jnp.sum(parameters(q)), argnums=(0, 1))(parameters, 0.0)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(("z", "name"), [(0, "X"), (99, "Es"), (-3, "Z=-3"), (200, "Z=200")])
def test_missing_elements_are_named_and_counted(z, name):
    with pytest.raises(InputError, match=name) as error:
        PengScatteringFactorParameters(np.array([6, z, z]))
    assert "2 atoms" in str(error.value)


def test_traced_elements_are_refused():
    with pytest.raises(InputError, match="traced"):
        jax.jit(lambda z: PengScatteringFactorParameters(z).a)(jnp.array([6]))


def test_no_atoms():
    assert PengScatteringFactorParameters([]).a.shape == (0, 5)


def test_the_table_is_read_only():
    assert _table() is _table()
    with pytest.raises(ValueError, match="read-only"):
        _table()[6] = 0
