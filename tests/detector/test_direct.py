from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.detector import (
    DetectorCurves,
    DirectDetector,
    GaussianDetector,
    IdealPixel,
    InelasticLoss,
    PoissonDetector,
)
from vitreous.grids import frequencies, irfftn, mode_multiplicity, rfftn

X64 = jax.config.jax_enable_x64
SHAPE = (12, 13)
FREQUENCY = [0.0, 0.25, 0.5, 0.75]
CURVES = DetectorCurves(FREQUENCY, [1.0, 0.8, 0.5, 0.4], [1.0, 0.9, 0.8, 0.75], dqe_zero=0.8)
PERFECT = DetectorCurves([0.0], [1.0])
CONTRAST = jnp.asarray(np.random.default_rng(0).uniform(-0.2, 0.2, size=SHAPE))
# Sums of some hundred terms, rounded at 1e-16 (6e-8 in the float32 leg).
EXACT = 1e-11 if X64 else 1e-4

draw = eqx.filter_jit(
    lambda detector, contrast, n: jax.vmap(lambda key: detector.sample(contrast, key=key))(
        jax.random.split(jax.random.key(0), n)
    )
)
log_likelihood = eqx.filter_jit(lambda detector, counts, contrast: detector.log_likelihood(counts, contrast))


def blur_matrix(transfer):
    """The matrix of a filter on flattened images."""
    n = np.prod(SHAPE)
    filtered = jax.vmap(lambda image: irfftn(rfftn(image) * transfer, SHAPE).ravel())
    return np.asarray(filtered(jnp.eye(n).reshape(n, *SHAPE))).T


@pytest.mark.parametrize("curves", [CURVES, IdealPixel()])
def test_vacuum_gives_the_dose(curves):
    detector = DirectDetector(30.0, 1.5, curves)
    np.testing.assert_allclose(detector.expected_counts(jnp.zeros(SHAPE)), 67.5, rtol=1e-6)
    counts = np.asarray(draw(detector, jnp.zeros(SHAPE), 1000))
    # The mean of all pixels has the noise of the 67.5 electrons in each, over DQE(0) = 0.8: four standard errors.
    assert counts.mean() == pytest.approx(67.5, abs=4 * np.sqrt(67.5 / 0.8 / counts.size))


def test_the_mtf_multiplies_the_signal():
    detector = DirectDetector(30.0, 1.5, CURVES)
    arrivals = 67.5 * (1 + 2 * CONTRAST)
    expected = np.fft.fft2(arrivals) * np.interp(
        np.hypot(*np.meshgrid(np.fft.fftfreq(12), np.fft.fftfreq(13), indexing="ij")), FREQUENCY, CURVES.mtf_values
    )
    np.testing.assert_allclose(
        np.fft.fft2(detector.expected_counts(CONTRAST)), expected, atol=1e-2 if not X64 else 1e-9
    )


@pytest.mark.parametrize("gaussian", [False, True])
def test_the_ntf_squared_multiplies_the_power_of_the_noise(gaussian):
    n = 1000
    detector = DirectDetector(2.0, 1.5, CURVES, gaussian=gaussian)
    noise = np.asarray(draw(detector, jnp.zeros(SHAPE), n)) - 4.5
    spectra = np.asarray(jax.vmap(rfftn)(jnp.asarray(noise)))
    power = np.mean(np.abs(spectra) ** 2, axis=0) / np.prod(SHAPE)
    expected = 4.5 * np.asarray(CURVES.ntf(frequencies(SHAPE))) ** 2 / 0.8
    # Modes have exponential power: a standard error of 1 / sqrt 1000, and the zero mode, which is real, √2 of it.
    np.testing.assert_allclose(power, expected, rtol=5 * np.sqrt(2 / n))
    assert abs(np.mean(power / expected) - 1) < 4 / np.sqrt(n * power.size)
    # The same in every pixel.
    np.testing.assert_allclose(noise.var(axis=0), noise.var(), rtol=6 * np.sqrt(2 / n))


def test_counting_detectors_count_whole_electrons():
    counts = DirectDetector(8.0, 1.0, IdealPixel()).sample(CONTRAST, key=jax.random.key(3))
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-10 if X64 else 1e-4)


def test_without_blur_it_is_the_poisson_detector():
    key = jax.random.key(4)
    plain = PoissonDetector(8.0, 1.0).sample(CONTRAST, key=key)
    np.testing.assert_allclose(DirectDetector(8.0, 1.0, PERFECT).sample(CONTRAST, key=key), plain, atol=1e-4)


def test_without_blur_its_likelihood_is_the_gaussian_detectors():
    counts = jnp.asarray(np.random.default_rng(1).poisson(20.0, size=SHAPE), float)
    ours = log_likelihood(DirectDetector(20.0, 1.0, PERFECT), counts, CONTRAST)
    np.testing.assert_allclose(ours, GaussianDetector(20.0, 1.0).log_likelihood(counts, CONTRAST), rtol=EXACT)


def test_the_likelihood_is_the_multivariate_normal_of_its_covariance():
    detector = DirectDetector(20.0, 1.0, CURVES)
    mean = np.asarray(detector.expected_counts(CONTRAST)).ravel()
    noise = blur_matrix(CURVES.ntf(frequencies(SHAPE)))
    covariance = noise @ np.diag(mean / 0.8) @ noise.T
    counts = np.random.default_rng(2).multivariate_normal(mean, (covariance + covariance.T) / 2)
    expected = stats.multivariate_normal.logpdf(counts, mean, (covariance + covariance.T) / 2)
    ours = log_likelihood(detector, jnp.asarray(counts).reshape(SHAPE), CONTRAST)
    np.testing.assert_allclose(ours, expected, rtol=1e-9 if X64 else 1e-4)


def test_the_likelihood_knows_its_own_samples():
    # Of a model's own samples, twice the log-density below that of the mean is chi-square with one degree per pixel.
    detector = DirectDetector(50.0, 1.0, CURVES, gaussian=True)
    samples = draw(detector, CONTRAST, 400)
    score = partial(log_likelihood, detector)
    best = score(detector.expected_counts(CONTRAST), CONTRAST)
    deficits = 2 * (best - jax.vmap(lambda counts: score(counts, CONTRAST))(samples))
    n = np.prod(SHAPE)
    # Mean n and variance 2n: four standard errors.
    assert float(deficits.mean()) == pytest.approx(n, abs=4 * np.sqrt(2 * n / 400))
    assert stats.kstest(np.asarray(deficits, float), stats.chi2(n).cdf).pvalue > 1e-3


def test_dqe_is_the_loss_of_signal_to_noise():
    # One weak wave, measured before and behind: the ratio of both signal-to-noise ratios is DQE at its frequency.
    q = frequencies(SHAPE)
    mode = (2, 3)
    wave = 1e-3 * irfftn(jnp.zeros((12, 7), complex).at[mode].set(1.0), SHAPE)
    detector = DirectDetector(20.0, 1.0, CURVES)
    signal = rfftn(detector.expected_counts(wave) - detector.expected_counts(0 * wave))[mode]
    arriving = rfftn(40.0 * wave)[mode]
    noise = 20 * CURVES.ntf(q)[mode] ** 2 / CURVES.dqe_zero
    ratio = (abs(signal) ** 2 / noise) / (abs(arriving) ** 2 / 20)
    np.testing.assert_allclose(ratio, CURVES.dqe(q)[mode], rtol=1e-6 if X64 else 1e-2)


def test_curves_of_smaller_pixels_reach_further():
    # An image binned by two: half its frequency, in pixels of the camera.
    binned = DirectDetector(20.0, 2.0, CURVES, detector_pixel_size=1.0)
    arrivals = rfftn(80.0 * (1 + 2 * CONTRAST))
    expected = irfftn(arrivals * CURVES.mtf(frequencies(SHAPE) / 2), SHAPE)
    np.testing.assert_allclose(binned.expected_counts(CONTRAST), expected, rtol=1e-5)


def test_a_blurred_contrast_comes_back_blurred():
    detector = DirectDetector(20.0, 1.0, CURVES, loss=InelasticLoss(400.0, energy_filter=False))
    back = detector.contrast_from_counts(detector.expected_counts(CONTRAST))
    blurred = irfftn(rfftn(CONTRAST) * CURVES.mtf(frequencies(SHAPE)), SHAPE)
    np.testing.assert_allclose(back, blurred, atol=1e-12 if X64 else 1e-5)


def test_a_mean_that_is_not_positive_is_an_error():
    detector = DirectDetector(20.0, 1.0, CURVES)
    with pytest.raises(InputError, match="not positive"):
        detector.expected_counts(CONTRAST.at[0, 0].set(-0.6))
    with pytest.raises(InputError, match="detector_pixel_size"):
        DirectDetector(20.0, 1.0, CURVES, detector_pixel_size=0.0)


def test_the_determinant_counts_every_mode():
    # Noise amplified alike at every frequency but zero: log-density lower by the number of those modes.
    double = DetectorCurves([0.0, 1e-6], [1.0, 1.0], [1.0, 2.0])
    mean = GaussianDetector(20.0, 1.0).expected_counts(CONTRAST)
    plain, loud = (log_likelihood(DirectDetector(20.0, 1.0, curves), mean, CONTRAST) for curves in (PERFECT, double))
    modes = float(mode_multiplicity(SHAPE).sum()) - 1
    np.testing.assert_allclose(plain - loud, modes * np.log(2), rtol=1e-5)
