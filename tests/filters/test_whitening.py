import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import BFactorFilter, WhiteningFilter, filter_image, noise_power
from vitreous.grids import fourier_crop, frequencies, mode_multiplicity, power_spectrum

B_FACTOR = 30.0


def coloured(shape, *, pixel_size, seed, variance_per_area=1.0):
    """Noise of the density exp(-B q²/2) per area, whatever the pixel size."""
    white = np.random.default_rng(seed).normal(size=shape) * np.sqrt(variance_per_area) / pixel_size
    return np.asarray(filter_image(white, BFactorFilter(B_FACTOR), pixel_size=pixel_size))


def test_an_image_whitened_by_itself_is_flat():
    noise = np.random.default_rng(0).normal(size=(48, 48))
    coloured = filter_image(noise, BFactorFilter(30.0), pixel_size=1.5)
    white = filter_image(coloured, WhiteningFilter.from_image(coloured, pixel_size=1.5), pixel_size=1.5)
    power = np.asarray(power_spectrum(white)) / white.size
    # Modes at radii between shell centres see an interpolated power: a few per cent, more where shells hold few modes.
    np.testing.assert_allclose(power[4:-1], 1, atol=0.15)
    assert abs(power[4:-1].mean() - 1) < 0.03


def test_constant_beyond_its_samples():
    filter = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.array([4.0, 1.0]))
    np.testing.assert_array_equal(filter.transfer(jnp.array([[0.3, 0.0]])), [1.0])


def test_no_power_is_removed():
    filter = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.zeros(2))
    assert np.all(filter.transfer(jnp.array([[0.0, 0.0], [0.3, 0.0]])) == 0)


def test_a_micrograph_of_another_shape_and_pixel_size_whitens_particles():
    # Particles cut from a micrograph that was coarsened from 1 Å to 1.5 Å.
    micrograph = coloured((240, 300), pixel_size=1.0, seed=3)
    coarse = np.asarray(fourier_crop(micrograph, (160, 200)))
    filter = WhiteningFilter.from_image(micrograph, pixel_size=1.0, target_pixel_size=1.5)
    power = np.zeros(25)
    for row in (0, 50, 100):
        for column in (0, 50, 100, 150):
            particle = coarse[row : row + 49, column : column + 50]
            white = filter_image(particle - particle.mean(), filter, pixel_size=1.5)
            power += np.asarray(power_spectrum(white)) / white.size / 12
    # Edges that do not fit leak into low frequencies. Beyond shell 6, 12 particles hold over 240 independent modes in
    # each: a standard error of 6 %, and half a per cent in their mean.
    np.testing.assert_allclose(power[6:-1], 1, atol=0.25)
    assert abs(power[6:-1].mean() - 1) < 0.05


def test_a_flat_spectrum_of_the_old_variance():
    shape, size = (31, 40), 1.5
    filter = WhiteningFilter(jnp.array([0.0, 0.1, 0.3]), jnp.array([4.0, 1.0, 0.5]))
    q, counts = frequencies(shape, size), mode_multiplicity(shape)
    power = np.interp(np.linalg.norm(q, axis=-1), filter.frequency, filter.power)
    variance = np.sum(counts * power) / np.sum(counts)
    whitened = power * np.asarray(filter.preserving_variance(shape, pixel_size=size).transfer(q)) ** 2
    np.testing.assert_allclose(whitened, variance, rtol=1e-5)  # float32 rounding in the single-precision leg


def test_noise_power_of_white_noise_and_of_a_constant():
    image = 7 + 2 * np.random.default_rng(1).normal(size=(64, 96))
    frequency, power = noise_power(image, pixel_size=2.0)
    np.testing.assert_allclose(frequency, np.arange(33) / 128, rtol=1e-6)
    # Shells beyond the first few hold more than 60 modes: standard errors below 1 / sqrt 30.
    np.testing.assert_allclose(power[10:], 4, rtol=0.5)
    assert power[0] == power[1]  # not the mean's 49 · 64 · 96
    assert np.all(np.asarray(noise_power(np.full((8, 8), 3.0), pixel_size=1.0)[1]) < 1e-10)


def test_noise_power_is_a_density_per_area():
    fine = coloured((160, 160), pixel_size=1.0, seed=5)
    (f1, p1), (f2, p2) = noise_power(fine, pixel_size=1.0), noise_power(fourier_crop(fine, (80, 80)), pixel_size=2.0)
    # The same modes: beyond rounding only the Nyquist shell differs, where the two sides of the spectrum are joined.
    np.testing.assert_allclose(f1[:41], f2, rtol=1e-6)
    np.testing.assert_allclose(p1[:39], 4 * p2[:39], rtol=1e-4)


def test_one_pixel_has_no_spectrum():
    with pytest.raises(InputError, match="no frequency but zero"):
        noise_power(np.ones((1, 8)), pixel_size=1.0)
