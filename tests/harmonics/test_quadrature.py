import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.harmonics.densities import gaussian, gaussian_moments, relative_error
from vitreous._core import InputError
from vitreous.harmonics import BallQuadrature, moment_count, moment_labels, zernike_functions


def test_moments_of_single_functions():
    order = 7
    quadrature = BallQuadrature(order)
    functions = zernike_functions(order, quadrature.points)
    _, _, m = moment_labels(order)
    for index in range(moment_count(order)):
        real = functions[..., index].real * (2 if m[index] else 1)  # with its mirror image at −m
        expected = np.zeros(moment_count(order))
        expected[index] = 1
        np.testing.assert_allclose(quadrature.moments(real), expected, atol=1e-10)


@pytest.mark.parametrize(("center", "sigma"), [((0.3, -0.2, 0.1), 0.1), ((-0.05, 0.3, -0.35), 0.15)])
def test_moments_of_off_centre_gaussians(center, sigma):
    # Gaussians of σ = 0.1 R have fallen to 1e-9 of their spectrum at 2πqR = 65.
    quadrature = BallQuadrature(order=20, band=80)
    moments = quadrature.moments(gaussian(quadrature.points, np.array(center), sigma))
    assert relative_error(moments, gaussian_moments(20, np.array(center), sigma)) < 1e-8


@pytest.mark.parametrize(("double", "tolerance"), [(True, 1e-11), (False, 1e-4)])
def test_gram_matrix_at_order_200(double, tolerance):
    with jax.enable_x64(double):
        quadrature = BallQuadrature(200)
    assert quadrature.radial.dtype == (jnp.float64 if double else jnp.float32)
    shells, circles = np.asarray(quadrature.radial), np.asarray(quadrature.legendre)
    for degree in (0, 1, 77, 150, 200):
        n = np.arange(degree, 201, 2)
        rows = shells[degree % 2, degree // 2, n // 2] * np.sqrt(2 * n + 3)[:, None]
        gram = (rows * np.asarray(quadrature.radial_weight)) @ rows.T
        np.testing.assert_allclose(gram, np.eye(len(n)), atol=tolerance)
    for m in (0, 1, 60, 140, 200):
        rows = circles[m:, m]
        gram = 2 * np.pi * (rows * np.asarray(quadrature.polar_weight)) @ rows.T
        np.testing.assert_allclose(gram, np.eye(201 - m), atol=tolerance)


def test_values_and_moments_are_inverse():
    order = 12
    _, _, m = moment_labels(order)
    random = np.random.default_rng(0).normal(size=(2, moment_count(order)))
    moments = random[0] + 1j * random[1] * (m > 0)
    quadrature = BallQuadrature(order)
    np.testing.assert_allclose(quadrature.moments(quadrature.values(moments)), moments, atol=1e-12)


def test_weights_sum_to_the_volume():
    np.testing.assert_allclose(BallQuadrature(5).weights.sum(), 4 * np.pi / 3, rtol=1e-13)


def test_single_precision():
    double = BallQuadrature(60, 10)
    values = gaussian(double.points, np.array([0.2, 0.1, -0.3]), 0.3)
    exact = double.moments(values)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), double)
    assert relative_error(single.moments(jnp.asarray(values, jnp.float32)), np.asarray(exact)) < 1e-5  # n ε


def test_bad_orders_are_refused():
    with pytest.raises(InputError, match="negative"):
        BallQuadrature(-1)
