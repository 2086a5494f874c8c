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
    Gain,
    GaussianDetector,
    InelasticLoss,
    PoissonDetector,
    sample_frames,
    split_counts,
)

CURVES = DetectorCurves([0.0, 0.5], [1.0, 0.6])
DETECTORS = [PoissonDetector(20.0, 1.5), GaussianDetector(20.0, 1.5), DirectDetector(20.0, 1.5, CURVES)]
frames_of = eqx.filter_jit(sample_frames)


@pytest.mark.parametrize("detector", DETECTORS)
def test_frames_sum_to_the_exposure(detector):
    contrast = jnp.full((32, 32), -0.1)
    frames = np.asarray(frames_of(detector, jnp.broadcast_to(contrast, (6, 32, 32)), key=jax.random.key(1)))
    total, mean = frames.sum(axis=0), 45 * 0.8
    # Four standard errors of the mean and of the variance of 1024 pixels.
    assert total.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 1024))
    assert total.var() == pytest.approx(mean, rel=4 * np.sqrt(2.2 / 1024))
    correlation = np.corrcoef(frames.reshape(6, -1)) - np.eye(6)
    assert np.abs(correlation).max() < 4.5 / 32


def test_a_split_exposure_sums_to_itself_exactly():
    counts = jax.random.poisson(jax.random.key(0), 24.0, (60, 50)).astype(float)
    frames = np.asarray(split_counts(counts, 6, key=jax.random.key(1)))
    np.testing.assert_array_equal(frames.sum(axis=0), counts)
    assert np.all(frames >= 0) and np.all(frames == np.round(frames))
    # Each frame is Poisson of a sixth of the mean, and knows nothing of the others.
    for frame in frames:
        assert frame.mean() == pytest.approx(4, abs=4.5 * np.sqrt(4 / 3000))
        assert frame.var() == pytest.approx(4, rel=4.5 * np.sqrt((2 + 1 / 4) / 3000))
    assert np.abs(np.corrcoef(frames.reshape(6, -1)) - np.eye(6)).max() < 4.5 / np.sqrt(3000)


def test_one_frame_is_the_exposure():
    counts = jnp.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(split_counts(counts, 1, key=jax.random.key(0))[0], counts)
    with pytest.raises(InputError, match="frames"):
        split_counts(counts, 0, key=jax.random.key(0))


def test_ice_removes_electrons():
    contrast = jnp.asarray([0.0, -0.2])
    z = np.exp(-600 / 3950)
    for filtered, background in ((True, 0.0), (False, 1 - z)):
        loss = InelasticLoss(600.0, energy_filter=filtered)
        for kind in (PoissonDetector, GaussianDetector):
            detector = kind(20.0, 1.5, loss=loss)
            expected = 45 * (z * np.array([1, 0.6]) + background)
            np.testing.assert_allclose(detector.expected_counts(contrast), expected, rtol=1e-6)
            np.testing.assert_allclose(detector.contrast_from_counts(jnp.asarray(expected)), contrast, atol=1e-6)
    # Without a filter no electron is lost behind ice alone; with one, the fraction 1 - z.
    assert float(InelasticLoss(600.0, energy_filter=False).intensity(jnp.zeros(()))) == pytest.approx(1)
    assert float(InelasticLoss(0.0).intensity(jnp.asarray(-0.1))) == pytest.approx(0.8)


@pytest.mark.parametrize("arguments", [(-1.0, 3950.0), (300.0, 0.0)])
def test_no_such_layer(arguments):
    with pytest.raises(InputError, match="Å must"):
        InelasticLoss(*arguments)


def test_a_gain_measured_on_flat_images_corrects():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.8, 1.25, size=(16, 17))
    truth[3, 4] = 0
    gain = Gain(truth)
    flat = np.asarray(jax.vmap(gain.apply)(jnp.asarray(rng.poisson(400.0, size=(100, 16, 17)), float)))
    measured = Gain.from_flat_images(flat)
    # 40 000 counts in each pixel: half a per cent, five times; the common scale of a reference is arbitrary.
    ratio = np.asarray(measured.reference)[truth > 0] / truth[truth > 0]
    np.testing.assert_allclose(ratio / ratio.mean(), 1, atol=0.025)
    assert measured.reference[3, 4] == 0
    image = rng.poisson(50.0, size=(16, 17)).astype(float)
    np.testing.assert_allclose(gain.correct(gain.apply(jnp.asarray(image))), np.where(truth > 0, image, 0), rtol=1e-5)


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_a_gain_is_finite_and_not_negative(value):
    with pytest.raises(InputError, match="gain reference"):
        Gain(np.array([[1.0, value]]))


def test_the_counts_at_which_the_gaussian_limit_holds():
    # The distance of both distribution functions half-way between the counts, and its bound of Edgeworth's series.
    zero = jnp.zeros(())
    log_probability = jax.jit(jax.vmap(lambda n, mean: PoissonDetector(mean, 1.0).log_likelihood(n, zero), (0, None)))
    counts = np.arange(560.0)
    for mean, distance in ((10.0, 0.0215), (44.0, 0.0101), (400.0, 0.0034)):
        probability = np.exp(np.asarray(log_probability(jnp.asarray(counts), jnp.asarray(mean))))
        normal = stats.norm.cdf(counts + 0.5, mean, np.sqrt(mean))
        measured = np.abs(np.cumsum(probability) - normal).max()
        assert measured < distance
        # The next terms are smaller by a fraction of 1 / √μ, and the maximum lies between whole numbers.
        np.testing.assert_allclose(measured, 1 / (6 * np.sqrt(2 * np.pi * mean)), rtol=0.06)
