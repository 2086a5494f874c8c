import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import (
    AntiAliasingFilter,
    BandPassFilter,
    BFactorFilter,
    HighPassFilter,
    LowPassFilter,
    ProductFilter,
    filter_image,
)
from vitreous.grids import frequencies, irfftn, radius, rfftn

Q = frequencies((32, 33), 1.5)


def test_edges_of_a_low_pass():
    transfer = np.asarray(LowPassFilter(8.0, 0.05).transfer(Q))
    q = np.asarray(radius(Q))
    assert np.all(transfer[q < 0.1] == 1) and np.all(transfer[q > 0.15] == 0)
    edge = (q > 0.1) & (q < 0.15)
    # The written formula, with float32 rounding in the single-precision leg.
    np.testing.assert_allclose(transfer[edge], (1 + np.cos(np.pi * (q[edge] - 0.1) / 0.05)) / 2, atol=1e-5)


def test_a_hard_edge():
    transfer = np.asarray(LowPassFilter(8.0, 0.0).transfer(Q))
    np.testing.assert_array_equal(transfer, np.asarray(radius(Q)) <= 0.125)


def test_high_and_low_pass_complement_each_other():
    total = HighPassFilter(8.0, 0.05).transfer(Q) + LowPassFilter(8.0, 0.05).transfer(Q)
    # One rounding.
    np.testing.assert_allclose(total, 1, atol=2e-7)


def test_b_factor_is_a_blur_of_its_variance():
    """exp(-B q²/4) is the transform of a Gaussian of variance B / 8π²."""
    point = np.zeros((32, 33))
    point[16, 16] = 1
    b = 8 * np.pi**2 * 2.5**2
    image = np.asarray(filter_image(point, BFactorFilter(b), pixel_size=1.0))
    y, x = np.mgrid[-16:16, -16:17]
    # exp(-2π² 2.5² 0.25) = 4e-14 at Nyquist; wrapped tails exp(-16²/12.5) = 1e-9.
    np.testing.assert_allclose(image, np.exp(-(x**2 + y**2) / 12.5) / (2 * np.pi * 6.25), atol=1e-8)


def test_a_product_of_no_filters_lets_everything_pass():
    assert np.all(ProductFilter().transfer(Q) == 1)


def test_precision_follows_the_spectrum_and_the_image():
    image = np.ones((8, 8), np.float32)
    assert filter_image(image, LowPassFilter(10.0), pixel_size=1.5).dtype == jnp.float32
    filtered = LowPassFilter(10.0)(rfftn(image), frequencies((8, 8), 1.5))
    assert filtered.dtype == jnp.complex64


def test_filtering_a_volume():
    volume = np.random.default_rng(0).normal(size=(6, 7, 8))
    q = frequencies((6, 7, 8), 2.0)
    expected = irfftn(rfftn(volume) * BFactorFilter(30.0).transfer(q), (6, 7, 8))
    # Rounding.
    np.testing.assert_allclose(filter_image(volume, BFactorFilter(30.0), pixel_size=2.0), expected, atol=1e-6)


@pytest.mark.parametrize("arguments", [(0.0, 0.01), (-5.0, 0.01), (np.inf, 0.01), (10.0, -0.1), (10.0, 0.3)])
def test_nonsense_is_refused(arguments):
    for kind in (LowPassFilter, HighPassFilter):
        with pytest.raises(InputError):
            kind(*arguments)


def test_a_band_lies_between_two_resolutions():
    transfer = np.asarray(BandPassFilter(30.0, 6.0, coarse_width=0.01, fine_width=0.02).transfer(Q))
    q = np.asarray(radius(Q))
    assert np.all(transfer[(q > 0.039) & (q < 0.156)] == 1)
    assert np.all(transfer[(q < 0.028) | (q > 0.177)] == 0)


@pytest.mark.parametrize("resolutions", [(6.0, 30.0), (10.0, 10.0)])
def test_a_band_needs_the_coarser_resolution_first(resolutions):
    with pytest.raises(InputError, match="Nothing lies between"):
        BandPassFilter(*resolutions)


@pytest.mark.parametrize("cutoff", [0.5, 2 / 3, 1.0])
@pytest.mark.parametrize("shape", [(24, 24), (21, 24)])
def test_anti_aliasing_keeps_a_fraction_of_nyquist(shape, cutoff):
    q = frequencies(shape, 1.7)
    fraction = 2 * 1.7 * np.asarray(radius(q))
    step = np.asarray(AntiAliasingFilter(1.7, cutoff, width=0.0).transfer(q))
    # Modes at the cut-off itself are kept, whichever way they are rounded.
    np.testing.assert_array_equal(step, fraction <= cutoff + 1e-5)
    soft = np.asarray(AntiAliasingFilter(1.7, cutoff, width=0.2).transfer(q))
    # A mode at the cut-off may be rounded to either side of it: there the edge is flat, to the square of 1e-6 / 0.2.
    assert np.all(soft[fraction >= cutoff - 1e-6] < 1e-9) and np.all(soft[fraction < cutoff - 0.21] == 1)


@pytest.mark.parametrize("arguments", [(0.0, 1.0, 0.0), (1.5, 0.0, 0.0), (1.5, 0.5, 0.6), (1.5, 0.5, -0.1)])
def test_anti_aliasing_refuses_nonsense(arguments):
    pixel_size, cutoff, width = arguments
    with pytest.raises(InputError):
        AntiAliasingFilter(pixel_size, cutoff, width=width)
