import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.detector import (
    DetectorCurves,
    DirectDetector,
    Gain,
    GaussianDetector,
    IdealPixel,
    InelasticLoss,
    PoissonDetector,
)

# Terms of which the largest is 50 log 50 = 200, in sums of some 40: 200 × 6e-8 × a few / 40.
COUNTS_OF_50 = {"rounding": 1e-13, "single": 3e-6}
# With two transforms, and curves between their points.
CAMERA = {"rounding": 1e-13, "single": 1e-5, "quotient": 1e-5}
# A few operations on each pixel.
PIXELS = {"rounding": 1e-13, "single": 1e-6, "quotient": 1e-7}


def counts(shape):
    return jnp.asarray(np.random.default_rng(1).poisson(50.0, size=shape), float)


def contrast(shape):
    return jnp.asarray(np.random.default_rng(0).uniform(-0.3, 0.3, size=shape))


def direct(gaussian=True):
    return DirectDetector(
        jnp.asarray(25.0),
        jnp.asarray(1.4),
        DetectorCurves([0.02, 0.3, 0.8], [1.0, 0.7, 0.4], [1.0, 0.9, 0.8], dqe_zero=0.8),
        loss=InelasticLoss(300.0, energy_filter=False),
        detector_pixel_size=0.9,
        gaussian=gaussian,
    )


def log_likelihood(detector, counts, contrast):
    return detector.log_likelihood(counts, contrast)


@case(PoissonDetector, **COUNTS_OF_50)
def poisson(shape):
    return log_likelihood, (PoissonDetector(25.0, 1.4), counts(shape), contrast(shape))


@case(GaussianDetector, **COUNTS_OF_50)
def gaussian(shape):
    return log_likelihood, (GaussianDetector(25.0, 1.4), counts(shape), contrast(shape))


@case(DirectDetector, DetectorCurves, InelasticLoss, **CAMERA)
def direct_detector(shape):
    return log_likelihood, (direct(), counts(shape), contrast(shape))


def sample(detector, contrast):
    return detector.sample(contrast, key=jax.random.key(0))


@case(DirectDetector, **CAMERA, again=True, draws=True)
def samples_of_a_camera(shape):
    return sample, (direct(), contrast(shape))


@case(GaussianDetector, **PIXELS, draws=True)
def samples(shape):
    return sample, (GaussianDetector(25.0, 1.4), contrast(shape))


@case(PoissonDetector, **PIXELS | {"quotient": 1e-8})
def expected_counts(shape):
    return lambda detector, contrast: detector.expected_counts(contrast), (PoissonDetector(25.0, 1.4), contrast(shape))


@case(IdealPixel, **PIXELS)
def ideal_pixel(shape):
    def expected(dose, contrast):
        return DirectDetector(dose, 1.4, IdealPixel()).expected_counts(contrast)

    return expected, (30.0, contrast(shape))


@case(GaussianDetector, **PIXELS)
def contrast_from_counts(shape):
    return lambda detector, counts: detector.contrast_from_counts(counts), (GaussianDetector(25.0, 1.4), counts(shape))


@case(Gain, **PIXELS)
def gain(shape):
    def round_trip(reference, counts):
        return Gain(reference).apply(counts), Gain(reference).correct(counts)

    return round_trip, (jnp.asarray(np.random.default_rng(2).uniform(0.5, 2.0, size=shape)), counts(shape))
