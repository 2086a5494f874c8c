"""The correlation of two sets of moments, order by order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.shape.test_invariants import X64, random_moments
from vitreous._core import InputError
from vitreous.harmonics import moment_count, moment_labels
from vitreous.shape import MomentCorrelation, compare_moments, resolution_for_order

EXACT = 1e-12 if X64 else 1e-5  # rounding


def noisy_pair(order=9):
    """Moments and the same with noise that grows with the order, some of them of the other sign."""
    a, noise = random_moments(order), random_moments(order, seed=1)
    return a, np.where(moment_labels(order)[0] % 2, -1, 1) * a + 0.2 * moment_labels(order)[0] * noise


def test_sums_over_all_m():
    a, b = noisy_pair()
    n, _, m = moment_labels(9)
    weight = np.where(m > 0, 2, 1)

    def correlation(chosen):
        x, y = (np.concatenate([(np.sqrt(weight) * z)[chosen].view(float)]) for z in (a, b))
        return x @ y / np.sqrt(x @ x * (y @ y))

    found = compare_moments(a, b, radius=70.0)
    np.testing.assert_allclose(found.correlation, [correlation(n == k) for k in range(10)], atol=EXACT)
    np.testing.assert_allclose(found.cumulative, [correlation(n <= k) for k in range(10)], atol=EXACT)
    np.testing.assert_allclose(found.resolution_a, [resolution_for_order(k, 70.0) for k in range(10)], rtol=1e-6)
    assert found.correlation[1] < 0  # signed


def test_resolution_of_a_threshold():
    curve = MomentCorrelation(
        np.arange(4), jnp.array([0.1, 0.9, 0.6, 0.2]), jnp.zeros(4), np.array([np.inf, 40.0, 30.0, 20.0])
    )
    assert curve.resolution(0.5) == 30
    assert curve.resolution(0.7) == 40
    assert curve.resolution(0.1) is None
    assert curve.resolution(0.95) == np.inf


def test_scale_and_emptiness():
    a, b = noisy_pair()
    np.testing.assert_allclose(compare_moments(3 * a, 7 * b).correlation, compare_moments(a, b).correlation, rtol=EXACT)
    nothing = compare_moments(a, np.zeros_like(a))
    assert np.all(np.asarray(nothing.correlation) == 0) and np.all(np.isnan(nothing.resolution_a))


def test_gradients_are_finite_at_zero():
    a = jnp.asarray(random_moments(5))

    def mean(scale):
        return jnp.mean(compare_moments(a, scale * a).correlation)

    assert jax.jit(jax.grad(mean))(0.0) == 0


def test_orders_must_agree():
    with pytest.raises(InputError, match="order 4 and the other to order 3"):
        compare_moments(np.zeros(moment_count(4), complex), np.zeros(moment_count(3), complex))
