import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.detector import (
    DetectorCurves,
    DirectDetector,
    Gain,
    GaussianDetector,
    IdealPixel,
    InelasticLoss,
    PoissonDetector,
)

X64 = jax.config.jax_enable_x64
kinds = pytest.mark.parametrize("kind", [PoissonDetector, GaussianDetector])
CONTRAST = jnp.asarray(np.random.default_rng(0).uniform(-0.3, 0.3, size=(3, 4)))
COUNTS = jnp.asarray(np.random.default_rng(1).poisson(50.0, size=(3, 4)), dtype=CONTRAST.dtype)
# Sums of 12 terms of up to 200.
EXACT = 1e-13 if X64 else 1e-5


def log_likelihood(detector, counts, contrast):
    return detector.log_likelihood(counts, contrast)


@kinds
def test_log_likelihood(kind):
    arguments = (kind(25.0, 1.4), COUNTS, CONTRAST)
    check_jit(log_likelihood, *arguments, rtol=EXACT)
    check_vmap(log_likelihood, jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf]), arguments), rtol=EXACT)
    # 12 terms of which the largest is 50 log 50 = 200, in sums of 40: 200 × 6e-8 × a few / 40.
    check_float32(log_likelihood, *arguments, rtol=3e-6)


@kinds
def test_log_likelihood_derivatives(kind):
    # In the counts too: both are smooth in them. The quotient errs by h² / 6 third derivatives.
    steps = {"[0].dose_per_a2": 1e-3, "[0].pixel_size": 1e-4, "[1]": 1e-2, "[2]": 1e-5}
    check_derivatives(log_likelihood, kind(25.0, 1.4), COUNTS, CONTRAST, steps=steps, rtol=1e-6)


@kinds
def test_expected_counts(kind):
    def expected(detector, contrast):
        return detector.expected_counts(contrast)

    arguments = (kind(25.0, 1.4), CONTRAST)
    check_jit(expected, *arguments, rtol=EXACT)
    check_vmap(expected, jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf]), arguments), rtol=EXACT)
    check_float32(expected, *arguments, rtol=1e-6)
    steps = {"[0].dose_per_a2": 1e-2, "[0].pixel_size": 1e-4, "[1]": 1e-3}
    check_derivatives(expected, *arguments, steps=steps, rtol=1e-8)


@kinds
def test_contrast_from_counts(kind):
    def contrast(detector, counts):
        return detector.contrast_from_counts(counts)

    arguments = (kind(25.0, 1.4), COUNTS)
    check_jit(contrast, *arguments, rtol=EXACT)
    check_float32(contrast, *arguments, rtol=1e-6)
    steps = {"[0].dose_per_a2": 1e-3, "[0].pixel_size": 1e-4, "[1]": 1e-2}
    check_derivatives(contrast, *arguments, steps=steps, rtol=1e-7)


@kinds
def test_samples(kind):
    def sample(detector, contrast):
        return detector.sample(contrast, key=jax.random.key(0))

    arguments = (kind(25.0, 1.4), CONTRAST)
    check_jit(sample, *arguments, rtol=EXACT)
    if kind is GaussianDetector:
        steps = {"[0].dose_per_a2": 1e-3, "[0].pixel_size": 1e-4, "[1]": 1e-5}
        check_derivatives(sample, *arguments, steps=steps, rtol=1e-7)
    else:
        # Whole numbers have no derivative, and say so.
        assert np.all(jax.jit(jax.grad(lambda contrast: sample(arguments[0], contrast).sum()))(CONTRAST) == 0)


def direct(gaussian=True):
    return DirectDetector(
        jnp.asarray(25.0),
        jnp.asarray(1.4),
        DetectorCurves([0.02, 0.3, 0.8], [1.0, 0.7, 0.4], [1.0, 0.9, 0.8], dqe_zero=0.8),
        loss=InelasticLoss(300.0, energy_filter=False),
        detector_pixel_size=0.9,
        gaussian=gaussian,
    )


STEPS = {
    "[0].dose_per_a2": 1e-3,
    "[0].pixel_size": 1e-5,
    "[0].curves.frequency": 1e-6,
    "[0].curves.mtf_values": 1e-5,
    "[0].curves.ntf_values": 1e-5,
    "[0].curves.dqe_zero": 1e-5,
    "[0].loss.thickness": 1e-2,
    "[0].loss.mean_free_path": 1e-1,
    "[0].detector_pixel_size": 1e-5,
}


def test_direct_log_likelihood():
    arguments = (direct(), COUNTS, CONTRAST)
    check_jit(log_likelihood, *arguments, rtol=EXACT)
    check_vmap(log_likelihood, jax.tree.map(lambda leaf: jnp.stack([leaf, 0.99 * leaf]), arguments), rtol=EXACT)
    check_float32(log_likelihood, *arguments, rtol=1e-5)  # as above, with two transforms
    check_derivatives(log_likelihood, *arguments, steps={**STEPS, "[1]": 1e-2, "[2]": 1e-5}, rtol=1e-5)


def test_direct_samples():
    def sample(detector, contrast):
        return detector.sample(contrast, key=jax.random.key(0))

    arguments = (direct(), CONTRAST)
    check_jit(sample, *arguments, rtol=EXACT)
    check_derivatives(sample, *arguments, steps={**STEPS, "[1]": 1e-5}, rtol=1e-5)
    counts = direct(gaussian=False)
    check_jit(sample, counts, CONTRAST, rtol=EXACT)
    assert np.all(jax.jit(jax.grad(lambda contrast: sample(counts, contrast).sum()))(CONTRAST) == 0)


def test_an_ideal_pixel_on_odd_and_rectangular_images():
    def expected(contrast):
        return DirectDetector(25.0, 1.4, IdealPixel()).expected_counts(contrast)

    for shape in ((4, 6), (5, 7), (5, 4)):
        contrast = 0.1 * jnp.cos(jnp.arange(float(np.prod(shape)))).reshape(shape)
        check_jit(expected, contrast, rtol=EXACT)
        check_float32(expected, contrast, rtol=1e-6)


def test_gain():
    def round_trip(reference, counts):
        return Gain(reference).apply(counts), Gain(reference).correct(counts)

    reference = jnp.asarray(np.random.default_rng(2).uniform(0.5, 2.0, size=(3, 4)))
    check_jit(round_trip, reference, COUNTS, rtol=EXACT)
    check_float32(round_trip, reference, COUNTS, rtol=1e-6)
    for part in (0, 1):
        steps = {"[0]": 1e-5, "[1]": 1e-2}
        check_derivatives(lambda g, n, part=part: round_trip(g, n)[part], reference, COUNTS, steps=steps, rtol=1e-7)
    dead = jax.grad(lambda reference: jnp.sum(Gain(reference).apply(COUNTS)))(reference.at[0, 0].set(0.0))
    assert np.all(np.isfinite(dead))
