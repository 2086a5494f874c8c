"""The bispectrum: rotations leave it, mirrors are seen in it, and it determines the moments but for a rotation."""

from fractions import Fraction
from math import factorial, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.shape.test_invariants import X64, moments_of_points, random_moments, random_points
from vitreous.harmonics import moment_labels, rotate_moments
from vitreous.shape import bispectrum, bispectrum_labels, invariants
from vitreous.shape._clebsch_gordan import clebsch_gordan

EXACT = 1e-11 if X64 else 1e-5  # rounding of some hundred terms, relative to the largest


def turned(points, seed=1):
    return points @ Rotation.random(rng=np.random.default_rng(seed)).as_matrix().T


def bispectrum_of_points(points, weights, order):
    moments = moments_of_points(points, weights, order)
    return np.asarray(bispectrum(jnp.asarray(moments / len(points))))


def odd(order):
    return bispectrum_labels(order)[1::2].sum(axis=0) % 2 == 1


def racah(l1, m1, l2, m2, degree):
    """Racah's sum for a Clebsch–Gordan coefficient (Edmonds 1957, 3.6.10), in exact fractions."""
    m = m1 + m2
    total = Fraction(0)
    for k in range(l1 + l2 - degree + 1):
        terms = [k, l1 + l2 - degree - k, l1 - m1 - k, l2 + m2 - k, degree - l2 + m1 + k, degree - l1 - m2 + k]
        if min(terms) >= 0:
            product = 1
            for term in terms:
                product *= factorial(term)
            total += Fraction((-1) ** k, product)
    squared = Fraction((2 * degree + 1) * factorial(l1 + l2 - degree), factorial(l1 + l2 + degree + 1))
    for term in (degree + l1 - l2, degree - l1 + l2, degree + m, degree - m, l1 - m1, l1 + m1, l2 - m2, l2 + m2):
        squared *= factorial(term)
    return (1 if total > 0 else -1) * sqrt(total**2 * squared)


@pytest.mark.parametrize("degrees", [(0, 0, 0), (1, 1, 1), (2, 1, 2), (1, 3, 4), (4, 3, 1), (30, 30, 4), (25, 28, 50)])
def test_clebsch_gordan_coefficients(degrees):
    l1, l2, degree = degrees
    expected = [
        [racah(l1, m1, l2, m - m1, degree) if abs(m - m1) <= l2 else 0 for m1 in range(-l1, l1 + 1)]
        for m in range(degree + 1)
    ]
    np.testing.assert_allclose(clebsch_gordan(*degrees), expected, atol=1e-14)  # rounding


def test_a_rotation_changes_nothing_and_a_mirror_the_odd_ones():
    points, weights = random_points()
    there, rotated, mirrored = (bispectrum_of_points(x, weights, 10) for x in (points, turned(points), -points))
    scale = np.abs(there).max()
    np.testing.assert_allclose(rotated, there, atol=EXACT * scale)
    np.testing.assert_allclose(mirrored, np.where(odd(10), -there, there), atol=EXACT * scale)
    assert np.abs(there[odd(10)]).max() > 1e-3 * scale  # so that the mirror image is another


def test_a_rotation_of_moments_changes_nothing():
    moments = jnp.asarray(random_moments(8) / 10)
    rotated = rotate_moments(moments, jnp.asarray(Rotation.random(rng=np.random.default_rng(2)).as_matrix()))
    assert jnp.abs(rotated - moments).max() > 0.1
    there = bispectrum(moments)
    np.testing.assert_allclose(bispectrum(rotated), there, atol=EXACT * np.abs(there).max())
    np.testing.assert_allclose(invariants(rotated), invariants(moments), atol=EXACT)


def test_a_body_that_is_its_own_mirror_image_has_no_hand():
    points, weights = random_points()
    flat = points * [1, 1, 0]
    values = bispectrum_of_points(turned(flat), weights, 10)
    np.testing.assert_allclose(values[odd(10)], 0, atol=EXACT * np.abs(values).max())


def test_chunks_of_terms_agree(monkeypatch):
    from vitreous.shape import _bispectrum

    moments = jnp.asarray(random_moments(6))
    whole = bispectrum(moments)
    monkeypatch.setattr(_bispectrum, "TERMS", 200)
    _bispectrum._terms.cache_clear()
    try:
        assert len(_bispectrum._terms(6).factors) == 8
        np.testing.assert_allclose(bispectrum(moments), whole, rtol=EXACT)
    finally:
        _bispectrum._terms.cache_clear()


def test_batches():
    moments = jnp.asarray(random_moments(6, 3))
    together = jax.jit(jax.vmap(bispectrum))(moments)
    np.testing.assert_allclose(together[2], bispectrum(moments[2]), atol=EXACT * np.abs(together).max())


@pytest.mark.x64
@pytest.mark.parametrize(("order", "mean"), [(4, 1.0), (8, 1.0), (8, 0.0)])
def test_complete(order, mean):
    """Moments change to first order without the bispectrum only by a rotation: three directions."""
    moments = random_moments(order)
    moments[0] *= mean
    scale = 1 / (1 + moment_labels(order)[0])  # the power of maps falls with the order
    real, imag = jnp.asarray(moments.real * scale), jnp.asarray(moments.imag * scale)
    jacobian = jax.jacfwd(lambda re, im: bispectrum(jax.lax.complex(re, im)), argnums=(0, 1))(real, imag)
    unknown = np.asarray(moment_labels(order)[2] > 0)
    matrix = np.concatenate([jacobian[0] * scale, jacobian[1][:, unknown] * scale[unknown]], axis=1)
    if mean == 0:
        matrix = matrix[:, 1:]  # B of the mean alone is its cube, whose derivative at zero is zero
    singular = np.linalg.svd(matrix, compute_uv=False)
    assert singular[-3] < 1e-12 * singular[0]
    assert singular[-4] > 1e-7 * singular[0]


def test_gradients_are_finite_at_zero_and_right_elsewhere():
    def whole(real, imag):
        return jnp.sum(jnp.sin(jnp.arange(194.0)) * bispectrum(jax.lax.complex(real, imag)))

    moments = random_moments(8) / 10
    real, imag = jnp.asarray(moments.real), jnp.asarray(moments.imag)
    gradient = jax.jit(jax.grad(whole, argnums=(0, 1)))
    assert all(np.all(np.asarray(part) == 0) for part in gradient(jnp.zeros_like(real), jnp.zeros_like(imag)))
    direction = np.random.default_rng(1).normal(size=real.shape)
    # Central differences of a cubic: their error is the step squared, or rounding over the step.
    step, tolerance = (1e-4, 1e-6) if X64 else (1e-2, 1e-2)
    for k, part in enumerate(gradient(real, imag)):
        up, down = (whole(*(x + s * direction * (i == k) for i, x in enumerate((real, imag)))) for s in (step, -step))
        np.testing.assert_allclose(jnp.sum(part * direction), (up - down) / (2 * step), rtol=tolerance)


def test_single_precision_stays_and_agrees():
    moments = random_moments(8)
    single = bispectrum(jnp.asarray(moments, jnp.complex64))
    assert single.dtype == jnp.float32
    double = np.asarray(bispectrum(jnp.asarray(moments)))
    np.testing.assert_allclose(single, double, atol=1e-6 * np.abs(double).max())  # roundings of 6e-8
