"""Interpolation between samples: SciPy's values in every mode, and derivatives that SciPy has not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from tests.transforms.checks import check_derivatives, check_float32, check_vmap
from vitreous._core import InputError
from vitreous.kernels import compute_spline_coefficients, map_coordinates, map_coordinates_spline

MODES = ["constant", "grid-constant", "nearest", "mirror", "reflect", "grid-wrap", "wrap"]
X64 = jax.config.jax_enable_x64
EXACT = 1e-12 if X64 else 2e-5  # rounding of some ten operations, of positions up to 40 in single precision
RNG = np.random.default_rng(0)
ARRAY = RNG.normal(size=(13, 14))
# Well beyond the edges on both sides, and exactly on samples; none halfway, where either sample is the nearest.
POINTS = np.concatenate([RNG.uniform(-30, 40, (2, 150)), RNG.integers(-30, 40, (2, 30))], axis=1)


@pytest.mark.parametrize("mode", MODES)
def test_scipys_values(mode):
    for order in (0, 1, 3):
        expected = ndimage.map_coordinates(ARRAY, POINTS, order=order, mode=mode, cval=1.7)
        ours = map_coordinates(ARRAY, POINTS, order=order, mode=mode, fill_value=1.7)
        if order == 0 and not X64:
            continue  # rounding decides which sample is nearest
        np.testing.assert_allclose(ours, expected, rtol=0, atol=10 * EXACT, err_msg=f"order {order}")


@pytest.mark.parametrize("mode", MODES)
def test_scipys_coefficients_and_spline(mode):
    coefficients = compute_spline_coefficients(ARRAY, mode=mode)
    np.testing.assert_allclose(coefficients, ndimage.spline_filter(ARRAY, 3, mode=mode), rtol=0, atol=10 * EXACT)
    expected = ndimage.map_coordinates(ARRAY, POINTS, order=3, mode=mode, cval=1.7, prefilter=False)
    ours = map_coordinates_spline(ARRAY, POINTS, mode=mode, fill_value=1.7)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize("shape", [(2,), (1, 4)])
def test_axes_of_few_samples(shape):
    array = RNG.normal(size=shape)
    points = RNG.uniform(-3, 7, size=(len(shape), 20))
    for mode in ("mirror", "grid-wrap"):
        expected = ndimage.map_coordinates(array, points, order=3, mode=mode)
        np.testing.assert_allclose(map_coordinates(array, points, order=3, mode=mode), expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize("mode", ["nearest", "reflect", "wrap"])
def test_the_spline_passes_through_the_samples(mode):
    """Exactly, with `reflect` on short axes too, where SciPy's filter is approximate."""
    samples = RNG.normal(size=4)
    ours = map_coordinates(samples, np.arange(4.0)[None], order=3, mode=mode)
    # With "nearest", the samples beyond the dozen that the array is continued by have a weight of 1e-8.
    np.testing.assert_allclose(ours, samples, rtol=0, atol=max(EXACT, 1e-7 if mode == "nearest" else 0))


def test_complex_arrays_are_interpolated_part_by_part():
    array = ARRAY + 1j * ARRAY[::-1]
    for order in (1, 3):
        ours = map_coordinates(array, POINTS, order=order, mode="grid-wrap")
        real, imaginary = (
            map_coordinates(part, POINTS, order=order, mode="grid-wrap") for part in (ARRAY, ARRAY[::-1])
        )
        np.testing.assert_allclose(ours, real + 1j * imaginary, rtol=0, atol=10 * EXACT)


def test_many_points_are_read_in_chunks():
    volume = RNG.normal(size=(5, 6, 7))
    points = RNG.uniform(0, 4, size=(3, 50, 100))
    expected = ndimage.map_coordinates(volume, points, order=1)
    np.testing.assert_allclose(map_coordinates(volume, points), expected, rtol=0, atol=EXACT)


def test_derivatives_in_array_coordinates_and_filling():
    points = jnp.asarray(RNG.uniform(-2, 8, size=(1, 9)))

    def cubic(array, coordinates, fill):
        return map_coordinates(array, coordinates, order=3, mode="grid-constant", fill_value=fill)

    arguments = (jnp.asarray(ARRAY[0, :7]), points, jnp.asarray(0.3))
    # A cubic spline has a continuous second derivative: quotients of step 1e-6 are good to 1e-8.
    check_derivatives(cubic, *arguments, steps={"[0]": 1e-3, "[1]": 1e-6, "[2]": 1e-3}, rtol=1e-6)
    check_vmap(jax.jit(cubic), jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf]), arguments), rtol=EXACT)
    # Positions between samples round to 1e-7 of 20, times the slope.
    check_float32(jax.jit(cubic), *arguments, rtol=2e-5)


def test_gradients_stay_finite_outside_and_nan_stays_nan():
    gradient = jax.grad(lambda u: map_coordinates(jnp.arange(4.0), u).sum())(jnp.array([[-3.0, 1.5, 9.0]]))
    np.testing.assert_allclose(gradient, [[0.0, 1.0, 0.0]], rtol=0, atol=EXACT)
    assert np.isnan(map_coordinates(jnp.arange(4.0), jnp.array([[jnp.nan]]))[0])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="order=2"):
        map_coordinates(ARRAY, POINTS, order=2)
    for function in (map_coordinates, map_coordinates_spline):
        with pytest.raises(InputError, match="mode='fill'"):
            function(ARRAY, POINTS, mode="fill")
        with pytest.raises(InputError, match=r"shape \(1, 180\) do not point"):
            function(ARRAY, POINTS[:1])
    with pytest.raises(InputError, match="mode='symmetric'"):
        compute_spline_coefficients(ARRAY, mode="symmetric")
