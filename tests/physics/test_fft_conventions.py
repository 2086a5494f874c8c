"""What one page of conventions promises of Fourier transforms, on boxes of every parity."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitreous.grids import (
    coordinates,
    fourier_crop,
    fourier_pad,
    frequencies,
    irfftn,
    mode_multiplicity,
    power_spectrum,
    rfftn,
    shell_average,
    shift_image,
    shift_phases,
)

# Rounding of transforms of some hundred numbers near one.
ROUNDING = 1e-13 if jax.config.jax_enable_x64 else 1e-5
boxes = pytest.mark.parametrize("shape", [(6, 6), (7, 7), (6, 9), (4, 5, 6)])


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@boxes
def test_parseval(shape):
    """Σ_k m |F|² = N Σ_r |f|², and the same for the product of two."""
    f, g = noise(shape), noise(shape, 1)
    weights = mode_multiplicity(shape)
    in_fourier = jnp.sum(weights * jnp.real(rfftn(f) * jnp.conj(rfftn(g))))
    np.testing.assert_allclose(in_fourier, f.size * np.sum(f * g), atol=10 * f.size * ROUNDING)


@boxes
def test_shift_theorem(shape):
    """A point at r has the spectrum exp(-2πi k·r), for any pixel r; the Nyquist index is then its own mirror image."""
    at = tuple(np.random.default_rng(2).integers(0, n) for n in shape)
    point = np.zeros(shape)
    point[at] = 1
    r = np.asarray(coordinates(shape, 1.7))[at]
    expected = jnp.exp(-2j * jnp.pi * frequencies(shape, 1.7) @ r)
    np.testing.assert_allclose(rfftn(point), expected, atol=ROUNDING)
    np.testing.assert_allclose(shift_phases(r, shape, 1.7), expected, atol=10 * ROUNDING)


@boxes
def test_shifts_add_up_without_nyquist(shape):
    a, b = (np.random.default_rng(seed).normal(size=len(shape)) * 3 for seed in (3, 4))
    product, total = shift_phases(a, shape) * shift_phases(b, shape), shift_phases(a + b, shape)
    own_nyquist = np.any(np.abs(np.asarray(frequencies(shape))) == 0.5, axis=-1)
    np.testing.assert_allclose(np.asarray(product)[~own_nyquist], np.asarray(total)[~own_nyquist], atol=10 * ROUNDING)


@given(x=st.integers(-20, 20), y=st.integers(-20, 20), even=st.booleans())
def test_whole_pixels_are_a_roll(x, y, even):
    image = noise((6, 6) if even else (7, 7))
    moved = shift_image(image, [float(x), float(y)])
    np.testing.assert_allclose(moved, np.roll(image, (y, x), axis=(0, 1)), atol=ROUNDING)


@given(seed=st.integers(0, 1000), even=st.booleans())
def test_zero_is_the_identity(seed, even):
    image = noise((6, 6) if even else (7, 7), seed)
    np.testing.assert_allclose(shift_image(image, [0.0, 0.0]), image, atol=ROUNDING)


@settings(max_examples=10)
@given(x=st.floats(-5, 5), y=st.floats(-5, 5))
def test_a_shift_commutes_with_finer_sampling(x, y):
    """The Nyquist rule is the one of fourier_pad and fourier_crop: shifting the finer image is the same."""
    image = noise((6, 6))
    finer = fourier_crop(shift_image(fourier_pad(image, (12, 12)), [2 * x, 2 * y]), (6, 6))
    np.testing.assert_allclose(finer, shift_image(image, [x, y]), atol=10 * ROUNDING)


def test_a_real_image_of_a_real_spectrum_is_point_symmetric():
    """Why noise must not be drawn in this way: f(r) = f(-r) about the origin pixel."""
    image = np.asarray(irfftn(jnp.asarray(noise((7, 4)) + 0j), (7, 7)))
    np.testing.assert_allclose(image, image[::-1, ::-1], atol=ROUNDING)


@boxes
def test_power_is_that_of_the_modes(shape):
    image = noise(shape)
    expected = shell_average(jnp.abs(rfftn(image)) ** 2, shape)
    np.testing.assert_allclose(power_spectrum(image), expected, rtol=100 * ROUNDING)
    # A translation by whole pixels keeps it.
    np.testing.assert_allclose(power_spectrum(np.roll(image, 2, axis=-1)), power_spectrum(image), rtol=100 * ROUNDING)


def test_resolution_is_one_over_frequency():
    """The Nyquist resolution is two pixels, whatever the box."""
    assert float(frequencies((6, 6), 1.5)[0, -1, 0]) == pytest.approx(1 / 3.0)
