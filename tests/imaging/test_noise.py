"""Noise: its density is normalised, and its samples have the spectrum that was asked for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.grids import frequencies, mode_multiplicity
from vitreous.imaging import ColouredNoise, WhiteNoise

X64 = jax.config.jax_enable_x64
# Rounding of sums of some hundred terms.
ROUNDING = 1e-12 if X64 else 2e-5
SHAPES = [(8, 8), (7, 7), (6, 9), (9, 6)]
N_DRAWS = 4000


def noise_of(shape, pixel_size=2.0):
    """Noise of a steep spectrum that is not round, and its power made the same at k and −k."""
    x, y = np.moveaxis(np.asarray(frequencies(shape, pixel_size), float), -1, 0)
    power = 0.2 + 5 * np.exp(-60 * (x**2 + 2 * y**2 + x * y))
    # At the Nyquist frequency of x the tilted formula differs between k and −k: there the mean of both counts.
    symmetric = power.copy()
    for column in [0] + ([shape[1] // 2] if shape[1] % 2 == 0 else []):
        symmetric[:, column] = (power[:, column] + np.roll(power[::-1, column], 1)) / 2
    return ColouredNoise(jnp.asarray(power, float)), symmetric


def residual_of(shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), float)


@jax.jit
def log_likelihood(noise, residual):
    return noise.log_likelihood(residual)


@partial(jax.jit, static_argnames="shape")
def draws(noise, keys, *, shape):
    return jax.vmap(lambda key: noise.sample(shape, key=key))(keys)


@pytest.fixture(scope="module", params=[(8, 10), (7, 9)], ids=str)
def drawn(request):
    """Coloured noise, its power, keys and the samples drawn with them."""
    noise, wanted = noise_of(request.param)
    keys = jax.random.split(jax.random.key(0), N_DRAWS)
    return noise, wanted, keys, np.asarray(draws(noise, keys, shape=request.param))


@pytest.mark.parametrize("shape", SHAPES)
def test_white_noise_is_the_sum_of_normal_log_densities(shape):
    residual = 1.7 * residual_of(shape)
    for variance in (0.01, 1.0, 30.0):
        expected = stats.norm.logpdf(np.asarray(residual, float), scale=np.sqrt(variance)).sum()
        np.testing.assert_allclose(log_likelihood(WhiteNoise(variance), residual), expected, rtol=ROUNDING)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_flat_spectrum_is_white_noise(shape):
    residual = residual_of(shape)
    flat = ColouredNoise(jnp.full((shape[0], shape[1] // 2 + 1), 0.3))
    expected = log_likelihood(WhiteNoise(0.3), residual)
    np.testing.assert_allclose(log_likelihood(flat, residual), expected, rtol=10 * ROUNDING)


@pytest.mark.parametrize("shape", [(4, 5), (5, 4), (4, 4)])
def test_coloured_noise_is_the_multivariate_normal_of_its_covariance(shape):
    noise, wanted = noise_of(shape)
    # The covariance of two pixels is the inverse transform of the power at their distance: block-circulant.
    correlation = np.fft.irfftn(wanted, s=shape, axes=(0, 1))
    rows, columns = (axis.ravel() for axis in np.indices(shape))
    covariance = correlation[(rows[:, None] - rows) % shape[0], (columns[:, None] - columns) % shape[1]]
    residual = 2 * residual_of(shape)
    expected = stats.multivariate_normal.logpdf(np.asarray(residual, float).ravel(), cov=covariance)
    # The spectrum spans a factor of 25, the condition of the covariance.
    np.testing.assert_allclose(log_likelihood(noise, residual), expected, rtol=25 * ROUNDING)


def test_the_log_likelihood_is_not_divided_by_the_number_of_pixels():
    # Trap 3: the same residual four times over is four times as telling, whatever the noise.
    residual = residual_of((6, 8))
    tiled = jnp.tile(residual, (2, 2))
    coloured, larger = (ColouredNoise(jnp.full((shape[0], shape[1] // 2 + 1), 2.0)) for shape in ((6, 8), (12, 16)))
    for small, large in ((WhiteNoise(2.0), WhiteNoise(2.0)), (coloured, larger)):
        expected = 4 * log_likelihood(small, residual)
        np.testing.assert_allclose(log_likelihood(large, tiled), expected, rtol=100 * ROUNDING)


def test_samples_have_the_spectrum_and_the_variance(drawn):
    _, wanted, _, images = drawn
    shape = images.shape[1:]
    power = np.mean(np.abs(np.fft.rfftn(images, axes=(1, 2))) ** 2, axis=0) / images[0].size
    rows, columns = np.indices(power.shape)
    is_real = (2 * rows % shape[0] == 0) & (2 * columns % shape[1] == 0)
    # |n|² has the relative standard deviation 1, and √2 where the mode is real. Five of them, of the mean.
    assert np.all(np.abs(power / wanted - 1) < 5 * np.sqrt((1 + is_real) / N_DRAWS))
    # Each pixel has the mean of the power as its variance: a real spectrum (trap 1) doubles that of the centre.
    expected = float(np.sum(wanted * mode_multiplicity(shape))) / images[0].size
    assert np.all(np.abs(np.mean(images**2, axis=0) / expected - 1) < 5 * np.sqrt(2 / N_DRAWS))
    assert np.all(np.abs(np.mean(images, axis=0)) < 5 * np.sqrt(expected / N_DRAWS))


def test_samples_are_not_point_symmetric(drawn):
    # Trap 1 makes n(−r) = n(r). Pixels and their mirror images are as correlated as their distance says, no more.
    _, wanted, _, images = drawn
    shape = images.shape[1:]
    rows, columns = np.indices(shape)
    centre = [s // 2 for s in shape]
    mirrored = images[:, (2 * centre[0] - rows) % shape[0], (2 * centre[1] - columns) % shape[1]]
    correlation = np.fft.irfftn(wanted, s=shape, axes=(0, 1))
    distant = correlation[2 * (centre[0] - rows) % shape[0], 2 * (centre[1] - columns) % shape[1]] / correlation[0, 0]
    measured = np.mean(images * mirrored, axis=0) / correlation[0, 0]
    assert np.all(np.abs(measured - distant) < 5 * np.sqrt(2 / N_DRAWS))
    assert np.median(np.abs(distant)) < 0.5  # so that 1 everywhere would be seen


def test_a_sample_is_filtered_real_noise_at_every_mode(drawn):
    # Nothing is lost on the way back: the spectrum was Hermitian at the self-conjugate modes and columns too.
    noise, wanted, keys, images = drawn
    white = np.asarray(jax.random.normal(keys[7], images.shape[1:], noise.power.dtype))
    expected = np.fft.rfftn(np.fft.ifftshift(white)) * np.sqrt(wanted)
    sample = np.fft.rfftn(np.fft.ifftshift(images[7]))
    np.testing.assert_allclose(sample, expected, atol=(1e-13 if X64 else 1e-5) * np.abs(expected).max())


def test_samples_are_as_likely_as_they_should_be(drawn):
    noise, _, _, images = drawn
    values = np.asarray(jax.jit(jax.vmap(noise.log_likelihood))(images), float)
    # −2 log p plus its constant is χ² with one degree of freedom per pixel.
    constant = float(log_likelihood(noise, jnp.zeros(images.shape[1:])))
    assert stats.kstest(-2 * (values - constant), stats.chi2(images[0].size).cdf).pvalue > 1e-3


def test_the_whitened_residual_has_unit_variance_in_every_mode(drawn):
    noise, _, _, images = drawn
    spectra = np.asarray(jax.jit(jax.vmap(noise.whitened))(images))
    # Five standard deviations of the mean, of at most √2 each.
    np.testing.assert_allclose(np.mean(np.abs(spectra) ** 2, axis=0), 1, atol=5 * np.sqrt(2 / N_DRAWS))


def test_white_samples_are_independent_normal_numbers():
    images = np.asarray(draws(WhiteNoise(4.0), jax.random.split(jax.random.key(0), 2000), shape=(5, 6)))
    assert stats.kstest(images.ravel() / 2, stats.norm.cdf).pvalue > 1e-3
    # Each pair of pixels is uncorrelated: within five standard deviations.
    correlation = np.corrcoef(images.reshape(len(images), -1).T) - np.eye(30)
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)


def test_a_radial_spectrum_is_interpolated_and_ends_flat():
    noise = ColouredNoise.from_shells(jnp.array([4.0, 2.0]), jnp.array([0.05, 0.15]), shape=(10, 11), pixel_size=2.0)
    radius = np.linalg.norm(frequencies((10, 11), 2.0), axis=-1)
    expected = 4 - 20 * (np.clip(radius, 0.05, 0.15) - 0.05)
    np.testing.assert_allclose(noise.power, expected, rtol=1e-6)  # float32 rounding of the radii


def test_spectra_of_other_images_are_refused():
    noise, _ = noise_of((8, 8))
    for call in (lambda: noise.sample((8, 10), key=jax.random.key(0)), lambda: noise.log_likelihood(jnp.ones((7, 8)))):
        with pytest.raises(InputError, match=r"shape \(8, 5\)") as error:
            call()
        assert "from_shells" in (error.value.hint or "")


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan, np.inf])
def test_a_variance_that_is_not_positive_is_refused(variance):
    with pytest.raises(InputError, match="variance="):
        WhiteNoise(variance)


@pytest.mark.parametrize("wrong", [0.0, -2.0, np.nan])
def test_a_power_that_is_not_positive_is_refused(wrong):
    with pytest.raises(InputError, match="row 0, column 0") as error:
        ColouredNoise(jnp.ones((4, 3)).at[0, 0].set(wrong))
    assert "neighbour" in (error.value.hint or "")


def test_noise_may_be_built_and_mapped_under_transformations():
    variances, residual = jnp.array([0.5, 2.0]), residual_of((4, 5))

    @jax.jit
    @jax.vmap
    def both(variance):
        coloured = ColouredNoise(jnp.full((4, 3), variance))
        return WhiteNoise(variance).log_likelihood(residual), coloured.log_likelihood(residual)

    white, coloured = both(variances)
    np.testing.assert_allclose(white, [log_likelihood(WhiteNoise(v), residual) for v in (0.5, 2.0)], rtol=ROUNDING)
    np.testing.assert_allclose(coloured, white, rtol=100 * ROUNDING)
