"""The radial transform of Zernike functions: against SciPy's Bessel functions, at zero, and its derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import spherical_jn

from vitreous._core import InputError
from vitreous.harmonics import zernike_radial_transform

ORDER = 80
# Below, at and above the orders, where the direction of the recurrence changes, and at zeros of sin.
KAPPA = np.concatenate([[1e-6, 0.5, 0.999, 1.001], np.arange(1.0, 82.0), np.pi * np.arange(1, 30), [150.0, 400.0]])
X64 = jax.config.jax_enable_x64


@jax.jit
def values_and_slopes(kappa):
    def transform(kappa):
        return zernike_radial_transform(ORDER, kappa)

    return jax.jvp(transform, (kappa,), (jnp.ones_like(kappa),))


@pytest.fixture(scope="module")
def expected():
    n = np.arange(ORDER + 1)[:, None]
    return spherical_jn(n + 1, KAPPA) / KAPPA


def test_it_is_a_spherical_bessel_function_over_its_argument(expected):
    values, _ = values_and_slopes(jnp.asarray(KAPPA))
    # Rounding of values of 1/3 and less; in single precision that of κ too. SciPy cancels at κ = 1e-6.
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-13 if X64 else 3e-7)
    # Where the function is small, n > κ, it has all its digits: errors of the ratios add up.
    small = (np.arange(ORDER + 1)[:, None] > KAPPA) & (expected > (1e-290 if X64 else 1e-30))
    np.testing.assert_allclose(np.asarray(values)[small], expected[small], rtol=1e-12 if X64 else 1e-4)


def test_its_slope_is_that_of_the_function(expected):
    _, slopes = values_and_slopes(jnp.asarray(KAPPA))
    n = np.arange(ORDER + 1)[:, None]
    # j_{n+1}' / κ − j_{n+1} / κ², whose terms cancel: to 1e-16 / κ² of terms below 0.3.
    away = KAPPA > 0.4
    other = spherical_jn(n + 1, KAPPA, derivative=True) / KAPPA - expected / KAPPA
    np.testing.assert_allclose(slopes[:, away], other[:, away], rtol=0, atol=1e-14 if X64 else 1e-6)


def test_values_and_slopes_at_zero_are_the_limits():
    values, slopes = values_and_slopes(jnp.zeros(len(KAPPA)))
    # j₁(x) / x = 1/3 − x² / 30, j₂(x) / x = x / 15 − …: to rounding.
    np.testing.assert_allclose(values[:2, 0], [1 / 3, 0], rtol=1e-6, atol=0)
    np.testing.assert_allclose(slopes[:2, 0], [0, 1 / 15], rtol=1e-6, atol=0)
    assert not np.any(values[2:]) and not np.any(slopes[2:])


def test_second_derivatives_obey_the_differential_equation():
    # x² j'' + 2 x j' + (x² − p (p + 1)) j = 0 for p = n + 1, with j = x b.
    kappa, n = 3.7, np.arange(4)
    first = jax.jacfwd(lambda x: zernike_radial_transform(3, x[None])[:, 0])
    b, slope, curvature = (
        np.asarray(f(jnp.asarray(kappa)))
        for f in (lambda x: zernike_radial_transform(3, x[None])[:, 0], first, jax.jacfwd(first))
    )
    residual = kappa**2 * (kappa * curvature + 2 * slope) + 2 * kappa * (kappa * slope + b)
    residual += (kappa**2 - (n + 1) * (n + 2)) * kappa * b
    # Rounding of terms of size κ³ b.
    np.testing.assert_allclose(residual, 0, atol=1e-13 if X64 else 1e-4)


def test_a_negative_order_is_refused():
    with pytest.raises(InputError, match="order=-1"):
        zernike_radial_transform(-1, jnp.ones(1))
