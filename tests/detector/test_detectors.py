import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vitreous._core import InputError
from vitreous.detector import GaussianDetector, PoissonDetector

X64 = jax.config.jax_enable_x64
KINDS = [PoissonDetector, GaussianDetector]
kinds = pytest.mark.parametrize("kind", KINDS)
random = np.random.default_rng(0)
CONTRAST = random.uniform(-0.3, 0.3, size=(6, 7))
# Sums of 42 terms of up to 1e3, rounded at 1e-16 (6e-8 in the float32 leg).
EXACT = 1e-12 if X64 else 2e-5

log_likelihood = eqx.filter_jit(lambda detector, counts, contrast: detector.log_likelihood(counts, contrast))


@kinds
def test_expected_counts_are_dose_times_area_times_intensity(kind):
    detector = kind(30.0, 1.5)
    # |ψ|² = 1 + 2C
    np.testing.assert_allclose(
        detector.expected_counts(jnp.asarray(CONTRAST)), 30 * 2.25 * (1 + 2 * CONTRAST), rtol=1e-6
    )
    np.testing.assert_allclose(detector.expected_vacuum, 67.5)
    np.testing.assert_allclose(detector.expected_counts(jnp.zeros(3)), 67.5)


@kinds
def test_dark_contrast_means_fewer_electrons(kind):
    assert kind(30.0, 1.0).expected_counts(jnp.asarray(-0.1)) < kind(30.0, 1.0).expected_vacuum


@kinds
def test_contrast_from_counts_undoes_expected_counts(kind):
    detector = kind(30.0, 1.5)
    back = detector.contrast_from_counts(detector.expected_counts(jnp.asarray(CONTRAST)))
    np.testing.assert_allclose(back, CONTRAST, atol=1e-6)  # float32 rounding


@given(st.floats(0.5, 200), st.floats(0.5, 3))
def test_poisson_log_likelihood_is_scipys(dose, pixel):
    mean = dose * pixel**2 * (1 + 2 * CONTRAST)
    counts = np.random.default_rng(1).poisson(mean)
    ours = log_likelihood(PoissonDetector(dose, pixel), jnp.asarray(counts, float), jnp.asarray(CONTRAST))
    np.testing.assert_allclose(ours, stats.poisson.logpmf(counts, mean).sum(), rtol=10 * EXACT)


@given(st.floats(0.5, 200), st.floats(0.5, 3))
def test_gaussian_log_likelihood_is_scipys(dose, pixel):
    mean = dose * pixel**2 * (1 + 2 * CONTRAST)
    counts = np.random.default_rng(1).normal(mean, np.sqrt(mean))
    ours = log_likelihood(GaussianDetector(dose, pixel), jnp.asarray(counts), jnp.asarray(CONTRAST))
    np.testing.assert_allclose(ours, stats.norm.logpdf(counts, mean, np.sqrt(mean)).sum(), rtol=10 * EXACT)


def test_counting_nothing_has_a_probability():
    ours = log_likelihood(PoissonDetector(2.0, 1.0), jnp.zeros(5), jnp.zeros(5))
    np.testing.assert_allclose(ours, -10, rtol=EXACT)


@kinds
@pytest.mark.parametrize("dose", [0.5, 20.0, 500.0])
def test_sample_mean_and_variance(kind, dose):
    n = 20_000
    contrast = jnp.full((n,), -0.1)
    sample = np.asarray(kind(dose, 1.0).sample(contrast, key=jax.random.key(2)), float)
    mean = dose * 0.8
    # Four standard errors; the variance of a sample variance is (μ₄ − σ⁴) / n with μ₄ = 3 μ² + μ for counts.
    np.testing.assert_allclose(sample.mean(), mean, atol=4 * np.sqrt(mean / n))
    np.testing.assert_allclose(sample.var(), mean, atol=4 * np.sqrt((2 * mean**2 + mean) / n))


def test_poisson_samples_are_poisson():
    sample = np.asarray(PoissonDetector(4.0, 1.0).sample(jnp.zeros(20_000), key=jax.random.key(0)))
    assert np.all(sample == np.round(sample)) and sample.min() >= 0
    expected = stats.poisson.pmf(np.arange(13), 4.0) * len(sample)
    observed = np.bincount(sample.astype(int), minlength=14)[:13]
    expected, observed = np.append(expected, len(sample) - expected.sum()), np.append(observed, sum(sample > 12))
    # A right sampler fails for one key in a hundred; this one passes.
    assert stats.chisquare(observed, expected).pvalue > 0.01


@kinds
def test_pixels_and_keys_are_independent(kind):
    detector = kind(50.0, 1.0)
    contrast = jnp.zeros((100, 100))
    one = np.asarray(detector.sample(contrast, key=jax.random.key(0)), float)
    two = np.asarray(detector.sample(contrast, key=jax.random.key(1)), float)
    np.testing.assert_array_equal(one, detector.sample(contrast, key=jax.random.key(0)))
    # Correlations of 1e4 independent pairs: four standard errors of 0.01.
    for other in (two, np.roll(one, 1, axis=0), np.roll(one, 1, axis=1), one[::-1, ::-1]):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.04


def test_poisson_becomes_gaussian_at_high_dose():
    # Counts and contrast of one standard deviation: log P differs by O(1/sqrt μ) per pixel.
    differences = []
    for dose in (1e2, 1e4):
        counts = jnp.round(dose + jnp.sqrt(dose) * jnp.linspace(-2, 2, 50))
        zero = jnp.zeros(50)
        ours = [log_likelihood(kind(dose, 1.0), counts, zero) for kind in KINDS]
        differences.append(abs(float(ours[0] - ours[1])))
    # 50 pixels at μ = 1e4. The cubic terms, odd in the deviation, cancel: what is left goes as 1/μ. (In the float32
    # leg, 50 terms of μ log μ = 9e4 are rounded at 6e-8.)
    assert differences[1] < (0.01 if X64 else 0.5)
    assert not X64 or differences[1] < differences[0] / 50


@kinds
@pytest.mark.parametrize("contrast", [-0.5, -0.7, float("nan")])
def test_a_mean_that_is_not_positive_is_an_error(kind, contrast):
    detector = kind(40.0, 1.0)
    bad = jnp.asarray([0.0, contrast])
    for call in (
        lambda contrast: detector.expected_counts(contrast),
        lambda contrast: detector.sample(contrast, key=jax.random.key(0)),
        lambda contrast: detector.log_likelihood(jnp.ones(2), contrast),
    ):
        with pytest.raises(InputError, match="not positive in 1 pixels"):
            call(bad)
        with pytest.raises(RuntimeError, match="expected count is not positive"):
            jax.block_until_ready(eqx.filter_jit(call)(bad))


def test_the_check_under_grad_and_vmap():
    detector = PoissonDetector(40.0, 1.0)

    def likelihood(contrast):
        return detector.log_likelihood(jnp.full(2, 40.0), contrast)

    good, bad = jnp.zeros(2), jnp.asarray([0.0, -0.6])
    np.testing.assert_allclose(jax.grad(likelihood)(good), 0, atol=1e-5)  # the maximum; float32 rounding of 80
    # Outside jit the values are known, in a gradient too.
    with pytest.raises(InputError, match="not positive"):
        jax.grad(likelihood)(bad)
    with pytest.raises(RuntimeError, match="not positive"):
        jax.block_until_ready(jax.jit(jax.vmap(likelihood))(jnp.stack([good, bad])))


@kinds
def test_the_likelihood_is_greatest_at_the_true_contrast(kind):
    detector = kind(2_000.0, 1.0)
    counts = detector.expected_counts(jnp.asarray(CONTRAST))
    gradient = jax.jit(jax.grad(lambda contrast: detector.log_likelihood(counts, contrast)))(jnp.asarray(CONTRAST))
    # Exact for counts; the Gaussian's own variance term moves its maximum by half an electron: ½ dμ/dC / μ.
    expected = 0 if kind is PoissonDetector else -1 / (1 + 2 * CONTRAST)
    np.testing.assert_allclose(gradient, expected, atol=1e-6 if X64 else 2e-2)  # of terms of 4000, in float32


@kinds
@pytest.mark.parametrize("arguments", [(0.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (40.0, 0.0), (40.0, -1.5)])
def test_dose_and_pixel_size_must_be_positive(kind, arguments):
    with pytest.raises(InputError, match="must be positive"):
        kind(*arguments)


@kinds
def test_defaults_and_dtype(kind):
    contrast = jnp.zeros((3, 4), jnp.float32)
    detector = kind()
    assert detector.expected_counts(contrast).dtype == jnp.float32
    assert detector.sample(contrast, key=jax.random.key(0)).dtype == jnp.float32
    assert detector.log_likelihood(contrast + 40, contrast).dtype == jnp.float32
