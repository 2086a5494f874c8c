import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import eval_jacobi, sph_harm_y, spherical_jn

from vitreous._core import InputError
from vitreous.harmonics import (
    invariant_labels,
    moment_labels,
    spherical_harmonics,
    zernike_functions,
    zernike_radial,
)
from vitreous.harmonics._bessel import spherical_bessel
from vitreous.harmonics._legendre import legendre_table


def directions(count, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, 3))
    points[0] = [0, 0, 1]  # the poles, where azimuths are not defined
    points[1] = [0, 0, -1]
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_spherical_harmonics_are_scipys():
    x = directions(20)
    polar, azimuth = np.arccos(x[:, 2]), np.arctan2(x[:, 1], x[:, 0])
    l, m = np.tril_indices(13)
    expected = np.array([sph_harm_y(a, b, polar, azimuth) for a, b in zip(l, m, strict=True)])
    np.testing.assert_allclose(spherical_harmonics(12, x), expected, atol=1e-13)


def test_spherical_harmonics_of_high_degree_stay_in_single_precision():
    x = directions(50, seed=1)
    double = spherical_harmonics(150, x)
    single = spherical_harmonics(150, jnp.asarray(x, jnp.float32))
    # Rounding of the directions themselves, times the degree.
    np.testing.assert_allclose(single, double, atol=150 * 6e-8 * 10)


def test_legendre_tables_are_the_harmonics_at_azimuth_zero():
    cosine = np.linspace(-1, 1, 9)
    x = np.stack([np.sqrt(1 - cosine**2), np.zeros(9), cosine], axis=1)
    l, m = np.tril_indices(9)
    np.testing.assert_allclose(legendre_table(8, cosine)[l, m], np.real(spherical_harmonics(8, x)), atol=1e-13)


@pytest.mark.parametrize("order", [0, 1, 12, 13])
def test_radial_functions_are_jacobi_polynomials(order):
    r = np.linspace(0, 1, 12)
    n, l = invariant_labels(order)
    expected = [r**b * eval_jacobi((a - b) // 2, 0, b + 0.5, 2 * r**2 - 1) for a, b in zip(n, l, strict=True)]
    np.testing.assert_allclose(zernike_radial(order, r), expected, atol=1e-12)


def test_spherical_bessel_functions_are_scipys():
    x = np.concatenate([[0, 1e-8, 1e-3, 0.1], np.linspace(0.3, 200, 300)])
    expected = np.array([spherical_jn(n, x) for n in range(61)])
    np.testing.assert_allclose(spherical_bessel(60, x), expected, atol=1e-14)


def test_zernike_functions_are_products_of_both():
    x = np.concatenate([np.zeros((1, 3)), directions(6) * np.linspace(0.2, 1, 6)[:, None] * (1 - 1e-12)])
    r = np.linalg.norm(x, axis=1)
    polar = np.arccos(np.where(r > 0, x[:, 2] / np.where(r > 0, r, 1), 1))
    azimuth = np.arctan2(x[:, 1], x[:, 0])
    expected = [
        np.sqrt(2 * n + 3)
        * r**l
        * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * r**2 - 1)
        * sph_harm_y(l, m, polar, azimuth)
        for n, l, m in moment_labels(9).T
    ]
    np.testing.assert_allclose(zernike_functions(9, x).T, expected, atol=1e-12)
    assert not np.any(zernike_functions(4, np.array([1.001, 0, 0])))


@pytest.mark.parametrize("point", [[0.2, -0.3, 0.4], [0.0, 0.0, 0.5]])
def test_derivatives_of_zernike_functions(point):
    step = 1e-6
    x = jnp.asarray(point)
    slopes = jax.jacfwd(lambda y: zernike_functions(5, y))(x)
    for axis in range(3):
        ahead, behind = (zernike_functions(5, x.at[axis].add(s)) for s in (step, -step))
        # Central differences are off by the third derivative (n³ = 125) times step², and by rounding over step.
        np.testing.assert_allclose(slopes[:, axis], (ahead - behind) / (2 * step), atol=1e-8)


def test_derivatives_at_the_centre_are_finite():
    slopes = jax.jacfwd(lambda y: zernike_functions(4, y))(jnp.zeros(3))
    assert np.all(np.isfinite(np.asarray(slopes)))


@pytest.mark.parametrize(
    "function", [zernike_radial, lambda order, x: spherical_harmonics(order, np.ones((1, 3))), zernike_functions]
)
def test_negative_orders_are_refused(function):
    with pytest.raises(InputError, match="negative"):
        function(-1, np.ones(3))
