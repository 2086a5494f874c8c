"""Discrete conformations, drawn with their probabilities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.volumes import GaussianMixtureVolume, MixtureVolume, ThermalMotionVolume, stack_volumes

CONFORMATIONS = [GaussianMixtureVolume(jnp.full((2, 3), x), 1.0, 1.0) for x in (0.0, 1.0, 2.0)]
WEIGHTS = [1.0, 5.0, 2.0]
MIXTURE = MixtureVolume.from_volumes(CONFORMATIONS, WEIGHTS)


def test_conformations_are_drawn_with_their_weights():
    keys = jax.random.split(jax.random.key(0), 4000)
    drawn = jax.jit(jax.vmap(lambda key: MIXTURE.get_representation(key).positions[0, 0]))(keys)
    found = np.bincount(np.asarray(drawn, int), minlength=3) / 4000
    # Four standard deviations of a proportion of 4000.
    np.testing.assert_allclose(found, np.asarray(WEIGHTS) / 8, atol=4 * np.sqrt(0.25 / 4000))


def test_without_a_key_it_is_the_most_probable():
    assert MIXTURE.get_representation().positions[0, 0] == 1
    assert MIXTURE.component(2).positions[0, 0] == 2


def test_a_weight_of_zero_is_never_drawn():
    mixture = MixtureVolume.from_volumes(CONFORMATIONS, [0.0, 1.0, 0.0])
    keys = jax.random.split(jax.random.key(1), 50)
    assert jnp.all(jax.vmap(lambda key: mixture.get_representation(key).positions)(keys) == 1)
    np.testing.assert_array_equal(mixture.weights, [0, 1, 0])


def test_weights_are_fitted_without_constraints():
    """The mean image of a mixture, in a stand-in, differentiates in the log-weights."""

    def mean(log_weights):
        return jnp.sum(MixtureVolume(MIXTURE.volumes, log_weights).weights * jnp.arange(3.0))

    gradient = jax.grad(mean)(MIXTURE.log_weights)
    p = np.asarray(WEIGHTS) / 8
    np.testing.assert_allclose(gradient, p * (np.arange(3) - p @ np.arange(3)), rtol=1e-5)


def test_parametrizations_are_mixed_too():
    shaking = [ThermalMotionVolume(volume, 8.0) for volume in CONFORMATIONS]
    drawn = MixtureVolume.from_volumes(shaking).get_representation(jax.random.key(2))
    assert drawn.positions.shape == (2, 3)
    assert len(np.unique(drawn.positions)) == 6


def test_what_cannot_be_mixed_is_refused():
    longer = GaussianMixtureVolume(jnp.zeros((3, 3)), 1.0, 1.0)
    for match, make in [
        ("not of one kind and size", lambda: stack_volumes([CONFORMATIONS[0], longer])),
        ("nothing", lambda: MixtureVolume.from_volumes([])),
        ("no probabilities", lambda: MixtureVolume.from_volumes(CONFORMATIONS, [1.0, -1.0, 1.0])),
        ("do not go with a stack", lambda: MixtureVolume.from_volumes(CONFORMATIONS, [1.0, 1.0])),
    ]:
        with pytest.raises(InputError, match=match):
            make()
