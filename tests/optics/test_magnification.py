import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.optics import CTF, Microscope, magnification_from_offsets, magnification_matrix


def test_principal_axes():
    matrix = np.asarray(magnification_matrix(1.03, 0.98, 30.0), float)
    angle = np.deg2rad(30.0)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    # float32 in the single-precision leg
    np.testing.assert_allclose(matrix @ along, 1.03 * along, rtol=1e-6)
    np.testing.assert_allclose(matrix @ across, 0.98 * across, rtol=1e-6)


def test_offsets_act_on_frequencies():
    optics = Microscope(CTF(), magnification=magnification_from_offsets([0.01, 0.02, -0.03, 0.04]))
    np.testing.assert_allclose(optics.true_frequencies(jnp.array([1.0, 0.0])), [1.01, -0.03], rtol=1e-6)
    np.testing.assert_allclose(optics.true_frequencies(jnp.array([0.0, 1.0])), [0.02, 1.04], rtol=1e-6)
    np.testing.assert_array_equal(magnification_from_offsets(np.zeros(4)), np.eye(2))


def test_offsets_are_four():
    with pytest.raises(InputError, match="not four numbers"):
        magnification_from_offsets([[0.0, 0.0], [0.0, 0.0]])
