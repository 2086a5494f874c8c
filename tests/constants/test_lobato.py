import jax
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import LobatoScatteringFactorParameters, PengScatteringFactorParameters

X64 = jax.config.jax_enable_x64
BOHR = 0.529177210903  # Å


def test_every_element_ends_as_its_nucleus_scatters():
    """Σ a/b = Z / 2π² a₀, the Rutherford limit, which a wrong digit anywhere in the table would break."""
    z = np.arange(1, 104)
    table = LobatoScatteringFactorParameters(z)
    limit = np.sum(np.asarray(table.a, float) / np.asarray(table.b, float), axis=1)
    # The table has 15 digits, and its terms cancel to as little as 1 in 10⁴.
    np.testing.assert_allclose(limit, z / (2 * np.pi**2 * BOHR), rtol=1e-9 if X64 else 1e-3)


@pytest.mark.parametrize("q", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_agrees_with_peng_at_low_frequencies(q):
    z = [1, 6, 7, 8, 11, 15, 16, 20, 26, 30]
    ours, peng = LobatoScatteringFactorParameters(z)(q), PengScatteringFactorParameters(z)(q)
    # Two fits to different calculations of the atoms: up to 2.3 % apart for the common elements, at q = 0.
    np.testing.assert_allclose(ours, peng, rtol=0.03)


def test_an_unknown_element_is_named():
    with pytest.raises(InputError, match=r"X, unknown \(Z=0\) \(2 atoms\), Rf \(Z=104\).*H to Lr"):
        LobatoScatteringFactorParameters([0, 6, 104, 0])
