"""Norms of moments: against sums over all m, under rotation, and their gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import eval_jacobi, sph_harm_y

from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, invariant_labels, moment_count, moment_index, moment_labels
from vitreous.shape import invariants, normalised_invariants, power_by_order

X64 = jax.config.jax_enable_x64
EXACT = 1e-12 if X64 else 2e-5  # rounding, relative to the largest value


def moments_of_points(points, weights, order):
    """Moments of Σ w δ(x − point), exact, from SciPy's special functions: turning the points turns them."""
    r = np.linalg.norm(points, axis=-1)
    theta, phi = np.arccos(points[:, 2] / r), np.arctan2(points[:, 1], points[:, 0])
    n, degree, m = (label[:, None] for label in moment_labels(order))
    radial = r**degree * eval_jacobi((n - degree) // 2, 0, degree + 0.5, 2 * r**2 - 1)
    return (np.sqrt(2 * n + 3) * radial * np.conj(sph_harm_y(degree, m, theta, phi))) @ weights


def random_points(count=6, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 3))
    radii = rng.uniform(0.2, 1, size=(count, 1))
    return points / np.linalg.norm(points, axis=-1, keepdims=True) * radii, rng.uniform(0.5, 1, size=count)


def random_moments(order, *batch, seed=0):
    """Those of a real density: real where m = 0."""
    rng = np.random.default_rng(seed)
    shape = (*batch, moment_count(order))
    return rng.normal(size=shape) + 1j * rng.normal(size=shape) * (moment_labels(order)[2] > 0)


def test_sums_over_all_m():
    order = 7
    moments = random_moments(order, 3)
    expected = [
        np.sqrt(sum(abs(moments[:, moment_index(n, degree, abs(m))]) ** 2 for m in range(-degree, degree + 1)))
        for n, degree in invariant_labels(order).T.tolist()
    ]
    found = invariants(jnp.asarray(moments))
    np.testing.assert_allclose(found, np.stack(expected, axis=-1), rtol=EXACT)
    np.testing.assert_allclose(found[1], invariants(jnp.asarray(moments[1])), rtol=EXACT)
    np.testing.assert_allclose(found, jax.jit(jax.vmap(invariants))(jnp.asarray(moments)), rtol=EXACT)
    squares = np.asarray(found) ** 2
    by_order = [squares[:, invariant_labels(order)[0] == n].sum(axis=-1) for n in range(order + 1)]
    np.testing.assert_allclose(power_by_order(jnp.asarray(moments)), np.stack(by_order, axis=-1), rtol=EXACT)


def test_a_rotation_changes_none():
    points, weights = random_points()
    turned = points @ Rotation.random(rng=np.random.default_rng(1)).as_matrix().T
    first, second = (invariants(jnp.asarray(moments_of_points(x, weights, 20))) for x in (points, turned))
    np.testing.assert_allclose(first, second, atol=EXACT * float(first.max()))


def test_normalisation():
    moments = jnp.asarray(random_moments(6))
    found = normalised_invariants(7 * moments)
    np.testing.assert_allclose(jnp.sum(found**2), 1, rtol=EXACT)
    np.testing.assert_allclose(found * jnp.linalg.norm(invariants(moments)), invariants(moments), rtol=EXACT)
    by_order = np.asarray(normalised_invariants(moments, by_order=True)) ** 2
    np.testing.assert_allclose([by_order[invariant_labels(6)[0] == n].sum() for n in range(7)], 1, rtol=EXACT)


def test_gradients_are_finite_at_zero_and_right_elsewhere():
    def whole(real, imag):
        moments = jax.lax.complex(real, imag)
        shapes = [invariants(moments), normalised_invariants(moments), normalised_invariants(moments, by_order=True)]
        return sum(jnp.sum(jnp.arange(1, 10) * shape) for shape in shapes)  # weights, so that no norm is a constant

    moments = random_moments(4)
    real, imag = jnp.asarray(moments.real), jnp.asarray(moments.imag)
    gradient = jax.jit(jax.grad(whole, argnums=(0, 1)))
    for part in gradient(jnp.zeros_like(real), jnp.zeros_like(imag)):
        assert np.all(np.asarray(part) == 0)
    direction = np.random.default_rng(1).normal(size=real.shape)
    # Central differences: their error is the step squared, or rounding over the step.
    step, tolerance = (1e-5, 1e-8) if X64 else (1e-2, 2e-3)
    for k, part in enumerate(gradient(real, imag)):
        up, down = (whole(*(x + s * direction * (i == k) for i, x in enumerate((real, imag)))) for s in (step, -step))
        np.testing.assert_allclose(jnp.sum(part * direction), (up - down) / (2 * step), rtol=tolerance)


PLAN = ZernikePlan(8, 24)
MARGIN = 0.62  # of the ball's radius, within which blobs fade before they reach its surface


@jax.jit
def invariants_of_blobs(positions, weights):
    """Those of Gaussians of σ = 1.3 voxels, drawn on the voxels of the plan's box."""
    z, y, x = jnp.indices((PLAN.box,) * 3) - PLAN.box // 2
    grid = jnp.stack([x, y, z], axis=-1)[..., None, :]
    squared = jnp.sum((grid - MARGIN * PLAN.radius * positions) ** 2, axis=-1)
    return invariants(PLAN.decompose(jnp.sum(weights * jnp.exp(-squared / (2 * 1.3**2)), axis=-1)))


def test_a_rotation_of_what_is_drawn_changes_none():
    points, weights = random_points()
    there = invariants_of_blobs(points, weights)
    for seed in (1, 2):
        turned = points @ Rotation.random(rng=np.random.default_rng(seed)).as_matrix().T
        change = jnp.linalg.norm(invariants_of_blobs(turned, weights) - there) / jnp.linalg.norm(there)
        assert change < 1e-4  # what such Gaussians have beyond Nyquist, and single precision


@pytest.mark.x64
def test_gradients_in_voxels_and_in_positions():
    points, weights = random_points()
    rng = np.random.default_rng(3)
    weighting = rng.normal(size=invariant_labels(8).shape[1])

    def of_map(volume):
        return jnp.sum(weighting * invariants(PLAN.decompose(volume)))

    def of_points(positions):
        return jnp.sum(weighting * invariants_of_blobs(positions, weights))

    for function, at in ((of_map, rng.normal(size=(PLAN.box,) * 3)), (of_points, points)):
        both = jax.jit(jax.value_and_grad(function))  # one compilation for values and gradient
        direction, step = rng.normal(size=at.shape), 1e-5
        # Central differences: their error is the step squared, or rounding over the step.
        difference = (both(at + step * direction)[0] - both(at - step * direction)[0]) / (2 * step)
        np.testing.assert_allclose(jnp.sum(both(at)[1] * direction), difference, rtol=1e-6)


def test_single_precision_stays_and_agrees():
    moments = random_moments(20)
    single = invariants(jnp.asarray(moments, jnp.complex64))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, invariants(jnp.asarray(moments)), rtol=1e-6)  # some roundings of 6e-8


def test_a_length_of_no_order_is_refused():
    with pytest.raises(InputError, match="5 moments"):
        invariants(jnp.zeros(5, complex))
