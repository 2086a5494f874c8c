"""Atoms that shake: draws of a volume whose mean is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.volumes import GaussianMixtureVolume, GaussianScatteringFactor, IndependentAtomVolume, ThermalMotionVolume

REST = GaussianMixtureVolume(np.array([[1.0, 2.0, 3.0], [-4.0, 0.0, 2.0]]), 1.0, 1.0)
DRAWS = 20000


def test_the_mean_of_many_draws_is_the_volume_with_b_factors():
    b_factors = np.array([30.0, 80.0])
    shaking = ThermalMotionVolume(REST, b_factors)
    k = jnp.array([[0.05, 0.02, -0.1], [0.0, 0.15, 0.0]])

    def waves(key):
        return jnp.exp(-2j * jnp.pi * jnp.einsum("pi,ni->pn", k, shaking.get_representation(key).positions))

    mean = jnp.mean(jax.jit(jax.vmap(waves))(jax.random.split(jax.random.key(0), DRAWS)), axis=0)
    squares = jnp.sum(k**2, axis=1)
    damped = jnp.exp(-squares[:, None] * b_factors / 4) * jnp.exp(-2j * jnp.pi * k @ REST.positions.T)
    # Five standard errors of the mean of numbers of modulus 1.
    np.testing.assert_allclose(mean, damped, rtol=0, atol=5 / np.sqrt(DRAWS))


def test_each_kind_of_atom_shakes_by_itself():
    factor = GaussianScatteringFactor([1.0], [10.0])
    atoms = IndependentAtomVolume({"C": jnp.zeros((3, 3)), "O": jnp.zeros((3, 3))}, {"C": factor, "O": factor})
    drawn = ThermalMotionVolume(atoms, 20.0).get_representation(jax.random.key(0)).position_pytree
    assert jnp.all(drawn["C"] != drawn["O"])


def test_at_rest_without_a_key_and_without_b_factors():
    shaking = ThermalMotionVolume(REST, jnp.array([0.0, 50.0]))
    np.testing.assert_array_equal(shaking.get_representation().positions, REST.positions)
    drawn = shaking.get_representation(jax.random.key(0)).positions
    np.testing.assert_array_equal(drawn[0], REST.positions[0])
    assert jnp.all(drawn[1] != REST.positions[1])


def test_gradients_are_finite_where_an_atom_rests():
    def total(b_factors):
        return jnp.sum(ThermalMotionVolume(REST, b_factors).get_representation(jax.random.key(0)).positions ** 2)

    gradient = jax.grad(total)(jnp.array([0.0, 50.0]))
    assert jnp.all(jnp.isfinite(gradient)) and gradient[1] != 0


def test_negative_b_factors_are_refused():
    with pytest.raises(InputError, match="b_factors down to -1"):
        ThermalMotionVolume(REST, -1.0)
