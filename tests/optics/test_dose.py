"""Radiation damage, as Grant & Grigorieff (2015) measured it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import AbstractFilter, filter_image
from vitreous.optics import DoseFilter, critical_exposure, dose_weights, optimal_exposure

Q = np.linspace(0.02, 0.5, 25)
POINTS = jnp.stack([jnp.asarray(0.6 * Q), jnp.asarray(-0.8 * Q)], axis=-1)


def critical(q, factor=1.0):
    return factor * (0.245 * q**-1.665 + 2.81)


@pytest.mark.parametrize(("kv", "factor"), [(300.0, 1.0), (200.0, 0.8)])
def test_critical_and_optimal_exposure(kv, factor):
    np.testing.assert_allclose(critical_exposure(POINTS, kv), critical(Q, factor), rtol=1e-5)  # float32
    np.testing.assert_allclose(optimal_exposure(POINTS, kv), 2.51284 * critical(Q, factor), rtol=1e-5)


def test_the_optimum_has_the_best_signal_to_noise():
    # (1 − e^{−N/2N_e}) / √N, the signal of an exposure over its noise.
    exposures = np.linspace(1.5, 4, 25_001)
    best = exposures[np.argmax((1 - np.exp(-exposures / 2)) / np.sqrt(exposures))]
    np.testing.assert_allclose(best, 2.51284, atol=2e-4)  # the steps


def test_dose_filter():
    ours = DoseFilter(30.0, 200.0)
    assert isinstance(ours, AbstractFilter)
    np.testing.assert_allclose(ours.transfer(POINTS), np.exp(-15 / critical(Q, 0.8)), rtol=1e-5)
    assert float(ours.transfer(jnp.zeros(2))) == 1
    image = jnp.asarray(np.random.default_rng(0).normal(size=(8, 9)), float)
    np.testing.assert_allclose(filter_image(image, ours, pixel_size=1.0).mean(), image.mean(), atol=1e-6)


def test_weights_keep_the_noise_of_the_plain_sum():
    weights = np.asarray(dose_weights(jnp.arange(1.0, 41.0), POINTS, voltage_kv=300.0))
    np.testing.assert_allclose((weights**2).sum(0), 40, rtol=1e-5)
    plain = np.exp(-np.arange(1.0, 41)[:, None] / (2 * critical(Q)))
    np.testing.assert_allclose(weights / weights[:1], plain / plain[:1], atol=1e-5)
    np.testing.assert_array_equal(dose_weights(jnp.array([1.0, 50.0]), jnp.zeros((1, 2)), voltage_kv=300.0), 1)


def test_weights_do_not_underflow():
    weights = dose_weights(jnp.array([3_000.0, 3_002.0]), jnp.array([[0.5, 0.0]]), voltage_kv=300.0)
    assert np.all(np.isfinite(weights))
    np.testing.assert_allclose((np.asarray(weights) ** 2).sum(), 2, rtol=1e-5)


def test_gradients_are_finite_at_zero():
    gradient = jax.grad(lambda f, q: f.transfer(q), argnums=(0, 1))(DoseFilter(20.0), jnp.zeros(2))
    assert all(np.all(np.asarray(leaf) == 0) for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(("dose", "kv", "message"), [(-1.0, 300.0, "dose_per_a2=-1"), (1.0, 0.0, "voltage_kv=0")])
def test_out_of_range(dose, kv, message):
    with pytest.raises(InputError, match=message):
        DoseFilter(dose, kv)
