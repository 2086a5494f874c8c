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
COUNTS_OF_50 = {"single": 1e-5, "quotient": 1e-5}


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


@case(DirectDetector, DetectorCurves, InelasticLoss, **COUNTS_OF_50)
def direct_detector(shape):
    return log_likelihood, (direct(), counts(shape), contrast(shape))


@case(DirectDetector, GaussianDetector, **COUNTS_OF_50, again=True, draws=True)
def samples(shape):
    def sample(direct, gaussian, contrast):
        return [detector.sample(contrast, key=jax.random.key(0)) for detector in (direct, gaussian)]

    return sample, (direct(), GaussianDetector(25.0, 1.4), contrast(shape))


@case(PoissonDetector, IdealPixel)
def expected_counts(shape):
    def expected(poisson, dose, contrast, counts):
        ideal = DirectDetector(dose, 1.4, IdealPixel())
        return poisson.expected_counts(contrast), ideal.expected_counts(contrast), poisson.contrast_from_counts(counts)

    return expected, (PoissonDetector(25.0, 1.4), 30.0, contrast(shape), counts(shape))


@case(Gain)
def gain(shape):
    def round_trip(reference, counts):
        return Gain(reference).apply(counts), Gain(reference).correct(counts)

    return round_trip, (jnp.asarray(np.random.default_rng(2).uniform(0.5, 2.0, size=shape)), counts(shape))
