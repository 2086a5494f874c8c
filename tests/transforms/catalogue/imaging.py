import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.detector import PoissonDetector
from vitreous.filters import BFactorFilter, CircularMask
from vitreous.grids import ImageConfig
from vitreous.imaging import (
    ColouredNoise,
    CountingLikelihood,
    GaussianLikelihood,
    GroupedNoise,
    ImageModel,
    MarginalGaussianLikelihood,
    ProfileGaussianLikelihood,
    ProjectionModel,
    ScaleAndOffsetPrior,
    WhiteNoise,
    make_image_model,
)
from vitreous.kernels import cubic_bspline
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

POSE = EulerAnglePose(20.0, 50.0, -70.0, offset_x=2.6, offset_y=-1.5, offset_z=250.0)
OPTICS = CTF(
    9000.0, 7500.0, 30.0, voltage_kv=200.0, cs_mm=2.0, amplitude_contrast=0.1, phase_shift_deg=20.0, b_factor=30.0
)
# The phases of the CTF, up to 50 rad, amplify rounding; a likelihood sums squares of a hundred pixels.
MODEL = {"single": 2e-5}


def atoms():
    random = np.random.default_rng(0)
    return GaussianMixtureVolume(
        random.uniform(-6, 6, (5, 3)), random.uniform(200, 400, (5, 2)), random.uniform(9, 16, (5, 2))
    )


def observed(shape):
    return jnp.asarray(np.random.default_rng(1).normal(scale=0.1, size=shape))


def model_of(shape, volume, pose, optics, pixel_size, **options):
    config = ImageConfig(shape, pixel_size, padded_shape=(shape[0] + 2, shape[1] + 5))
    return make_image_model(volume, config, pose=pose, optics=optics, **options)


@case(ImageModel, WhiteNoise, GaussianLikelihood, **MODEL)
def image_of_atoms(shape):
    return scored_atoms(shape, POSE, OPTICS)


def scored_atoms(shape, pose, optics):
    def score(volume, pose, optics, pixel_size, variance, observed):
        model = model_of(shape, volume, pose, optics, pixel_size, filter=BFactorFilter(10.0), mask=CircularMask(9.0))
        return GaussianLikelihood(model, WhiteNoise(variance)).log_likelihood(observed)

    return score, (atoms(), pose, optics, 3.0, 0.01, observed(shape))


# Trap 7: no tilt, no offset, no astigmatism, no phase shift, no envelope; and q = 0, which is in every image.
@case(ImageModel, GaussianLikelihood, **MODEL, constant=("astigmatism_angle_deg",))
def image_of_atoms_without_tilt(shape):
    return scored_atoms(shape, EulerAnglePose(), CTF(8000.0, 8000.0, 0.0))


# Difference quotients go through cubic B-splines, which are smooth: the window of the default ends with a step of 4e-4
# that a quotient sees and a derivative does not (tests/projection/test_slice_accuracy.py compares its gradient).
@case(ImageModel, ColouredNoise, GroupedNoise, GaussianLikelihood, **MODEL)
def image_of_voxels(shape):
    return scored_voxels(shape, POSE, OPTICS)


def scored_voxels(shape, pose, optics):
    def score(grid, voxel_size, pose, optics, pixel_size, power, observed):
        volume = FourierVoxelGridVolume.from_real_voxel_grid(
            grid, voxel_size, interpolant=cubic_bspline(), pad_scale=1.5
        )
        model = model_of(shape, volume, pose, optics, pixel_size)
        return GaussianLikelihood(
            model, GroupedNoise.from_laws([ColouredNoise(p) for p in power], group=1)
        ).log_likelihood(observed)

    grid = jnp.asarray(np.random.default_rng(2).uniform(size=(7, 6, 8)))
    power = jnp.asarray(np.random.default_rng(3).uniform(0.01, 0.02, (2, shape[0], shape[1] // 2 + 1)))
    return score, (grid, 2.5, pose, optics, 3.0, power, observed(shape))


@case(ImageModel, GaussianLikelihood, **MODEL, constant=("astigmatism_angle_deg",))
def image_of_voxels_upside_down(shape):
    return scored_voxels(shape, EulerAnglePose(0.0, 180.0, 0.0), CTF(8000.0, 8000.0, 0.0))


@case(
    ProjectionModel,
    ScaleAndOffsetPrior,
    MarginalGaussianLikelihood,
    ProfileGaussianLikelihood,
    **MODEL,
    constant=("offset_z",),  # there is no lens
)
def unknown_scale_and_offset(shape):
    def scores(volume, pose, pixel_size, variance, prior, observed):
        model = ProjectionModel(volume, ImageConfig(shape, pixel_size), pose=pose)
        noise = WhiteNoise(variance)
        return (
            MarginalGaussianLikelihood(model, noise, prior).log_likelihood(observed),
            ProfileGaussianLikelihood(model, noise).log_likelihood(observed),
        )

    prior = ScaleAndOffsetPrior(1.1, 0.2, scale_deviation=0.5, offset_deviation=0.3)
    pose = EulerAnglePose(20.0, 50.0, -70.0, offset_x=2.6, offset_y=-1.5)
    return scores, (atoms(), pose, 3.0, 0.01, prior, observed(shape))


@case(CountingLikelihood, **MODEL)
def counts(shape):
    def score(volume, pose, optics, pixel_size, detector, counts):
        model = model_of(shape, volume, pose, optics, pixel_size)
        return CountingLikelihood(model, detector).log_likelihood(counts)

    counted = jnp.asarray(np.random.default_rng(4).poisson(90.0, size=shape), float)
    return score, (atoms(), POSE, OPTICS, 3.0, PoissonDetector(10.0, 3.0), counted)
