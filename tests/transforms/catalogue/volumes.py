"""Volumes as they are imaged, each by the integrator that is registered for it."""

import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.grids import ImageConfig, Sampling
from vitreous.kernels import cubic_bspline
from vitreous.poses import EulerAnglePose
from vitreous.projection import (
    FFTAtomProjection,
    FourierSliceExtraction,
    GaussianMixtureProjection,
    PointCloudProjection,
    RealVoxelProjection,
    integrator_for,
)
from vitreous.volumes import (
    AssembledFourierVolume,
    AssembledVolume,
    DeformedAtomVolume,
    DeformedVoxelVolume,
    DisplacementModes,
    FFTAtomRenderFn,
    FourierFeatureNetwork,
    FourierSumVolume,
    FourierVoxelGridVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    GridDisplacement,
    HelicalVolume,
    IndependentAtomVolume,
    LinearSubspaceVolume,
    LobatoScatteringFactor,
    MixtureVolume,
    NeuralDensityVolume,
    NeuralFieldVolume,
    PointCloudVolume,
    RealVoxelGridVolume,
    ThermalMotionVolume,
    TrajectoryVolume,
    ZernikeVolume,
)

POSE = EulerAnglePose(20.0, 50.0, 110.0, offset_x=1.0, offset_y=-2.0, offset_z=0.5)
PIXEL_SIZE = 1.4
# Along the beam nothing changes, and grids are moved by the phases of the image, not here.
FREE_ATOMS = {"constant": ("offset_z",)}
ATOMS = FREE_ATOMS | {"rounding": 1e-12}
GRIDS = {"constant": ("offset_x", "offset_y", "offset_z")}
# The NUFFT to its finest, and in single precision to what it reaches there.
NUFFT = {"single": 1e-5}


def random(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def positive(*shape, seed=1):
    return jnp.asarray(np.random.default_rng(seed).uniform(0.5, 1.5, size=shape))


def atoms(n=4):
    return GaussianMixtureVolume(3 * random(n, 3), positive(n, 2), 1 + positive(n, 2, seed=2))


def eps_of(pixel_size):
    return 1e-6 if pixel_size.dtype == jnp.float32 else 1e-12


def image_of(volume, shape, pose, pixel_size, integrator=None):
    representation = volume.get_representation().rotate_to_pose(pose)
    moved = representation.translate_to_pose(pose) if hasattr(representation, "translate_to_pose") else representation
    integrator = integrator or integrator_for(moved)
    return integrator.integrate(moved, ImageConfig(shape, pixel_size), outputs_real_space=True)


def imaged(make, shape, *parameters, integrator=None):
    """The image of what `make` makes of parameters, and all that it depends on."""

    def image(pose, pixel_size, *parameters):
        chosen = integrator(eps_of(pixel_size)) if integrator else None
        return image_of(make(*parameters), shape, pose, pixel_size, chosen)

    return image, (POSE, PIXEL_SIZE, *parameters)


@case(GaussianMixtureVolume, GaussianMixtureProjection, **ATOMS)
def gaussian_mixture(shape):
    return imaged(lambda volume: volume, shape, atoms())


@case(GaussianMixtureProjection, **ATOMS)
def averaged_gaussian_mixture(shape):
    average = GaussianMixtureProjection(sampling=Sampling.AVERAGE)
    return imaged(lambda volume: volume, shape, atoms(), integrator=lambda eps: average)


@case(
    IndependentAtomVolume,
    GaussianScatteringFactor,
    LobatoScatteringFactor,
    FFTAtomProjection,
    **NUFFT,
    **FREE_ATOMS,
)
def independent_atoms(shape):
    volume = IndependentAtomVolume(
        {"a": 2 * random(4, 3), "b": 2 * random(2, 3, seed=3)},
        {
            "a": GaussianScatteringFactor([1.0, 2.0], [20.0, 40.0]),
            "b": LobatoScatteringFactor([1.0], [2.0], b_factor=9.0),
        },
    )
    return imaged(lambda v: v, shape, volume, integrator=lambda eps: FFTAtomProjection(antialias=True, eps=eps))


@case(PointCloudVolume, PointCloudProjection, **NUFFT, constant=("offset_z", "cutoff_frequency"))
def point_cloud(shape):
    volume = PointCloudVolume(2 * random(5, 3), random(5, seed=3), cutoff_frequency=jnp.asarray(0.301))
    return imaged(lambda v: v, shape, volume, integrator=lambda eps: PointCloudProjection(eps=eps))


@case(RealVoxelGridVolume, RealVoxelProjection, **NUFFT, **GRIDS)
def real_voxels(shape):
    def make(grid, voxel_size):
        return RealVoxelGridVolume(grid, voxel_size)

    return imaged(make, shape, random(4, 5, 6), 1.7, integrator=lambda eps: RealVoxelProjection(eps=eps))


# A difference quotient sees the step at the edge of the default window; a spline has none.
@case(FourierVoxelGridVolume, FourierSliceExtraction, single=2e-5, **GRIDS)
def fourier_voxels(shape):
    def make(grid, voxel_size):
        return FourierVoxelGridVolume.from_real_voxel_grid(grid, voxel_size, interpolant=cubic_bspline())

    average = FourierSliceExtraction(sampling=Sampling.AVERAGE)
    return imaged(make, shape, random(7, 6, 8), 1.9, integrator=lambda eps: average)


# The window of the default, with the step of 4e-4 at its edge that a quotient sees and a derivative does not.
@case(FourierVoxelGridVolume, FourierSliceExtraction, single=2e-5, quotient=2e-3, **GRIDS)
def windowed_voxels(shape):
    smooth = GaussianMixtureRenderFn((12, 12, 12), 2.0)(GaussianMixtureVolume(3 * random(6, 3), 1.0, 9.0))
    return imaged(FourierVoxelGridVolume.from_real_voxel_grid, shape, smooth, 2.0)


@case(FourierVoxelSplineVolume, FourierSliceExtraction, single=2e-5, **GRIDS)
def spline_coefficients(shape):
    return imaged(FourierVoxelSplineVolume.from_real_voxel_grid, shape, random(7, 6, 8), 1.9)


def rendered(shape, sampling):
    def render(volume, voxel_size):
        options = {"sampling": sampling, "half_width": 7, "accuracy": 1e-8}
        return GaussianMixtureRenderFn((6, *shape), voxel_size, **options)(volume)

    return render, (atoms(), 1.4)


@case(GaussianMixtureRenderFn, rounding=1e-12)
def rendered_mixture(shape):
    return rendered(shape, Sampling.BANDLIMITED)


@case(GaussianMixtureRenderFn, rounding=1e-12)
def averaged_voxels_of_a_mixture(shape):
    return rendered(shape, Sampling.AVERAGE)


@case(FFTAtomRenderFn, **NUFFT)
def rendered_atoms(shape):
    def render(volume, voxel_size):
        return FFTAtomRenderFn((6, *shape), voxel_size, eps=eps_of(voxel_size))(volume)

    factor = GaussianScatteringFactor([1.0, 2.0], [20.0, 40.0])
    return render, (IndependentAtomVolume(2 * random(4, 3), factor), 1.5)


@case(AssembledVolume, **ATOMS)
def assembly(shape):
    def make(unit, rotations, translations, unit_offset):
        return AssembledVolume(unit, rotations, translations, unit_offset=unit_offset)

    turns = jnp.stack([jnp.eye(3), jnp.diag(jnp.array([-1.0, -1.0, 1.0]))])
    return imaged(make, shape, atoms(2), turns, random(2, 3), random(3, seed=4))


@case(HelicalVolume, **ATOMS)
def helix(shape):
    def make(unit, rise, twist, offset):
        return HelicalVolume(unit, rise, twist, n=3, unit_offset=offset)

    return imaged(make, shape, atoms(2), 1.5, 30.0, jnp.array([2.0, 1.0, 0.0]))


@case(AssembledFourierVolume, FourierSumVolume, single=2e-5, **GRIDS)
def assembled_grids(shape):
    def make(grids, weights, rotations, translations):
        volumes = [FourierVoxelSplineVolume.from_real_voxel_grid(grid, 1.9) for grid in grids]
        return AssembledVolume(FourierSumVolume.from_volumes(volumes, weights), rotations, translations)

    turns = jnp.stack([jnp.eye(3), jnp.diag(jnp.array([-1.0, -1.0, 1.0]))])
    return imaged(make, shape, random(2, 5, 6, 5), positive(2), turns, random(2, 3))


@case(LinearSubspaceVolume, **ATOMS)
def linear_subspace(shape):
    def make(mean, moves, latent):
        return LinearSubspaceVolume(mean, {"positions": moves}, latent)

    return imaged(make, shape, atoms(), random(2, 4, 3), random(2))


@case(DeformedAtomVolume, DisplacementModes, GridDisplacement, **ATOMS)
def deformed_atoms(shape):
    def make(volume, modes, amplitudes, vectors, spacing):
        bent = DeformedAtomVolume(volume, DisplacementModes(modes, amplitudes))
        return DeformedAtomVolume(bent, GridDisplacement(vectors, spacing))

    return imaged(make, shape, atoms(), random(2, 4, 3), random(2), random(3, 3, 4, 3), 6.0)


# Difference quotients of splines, which have two derivatives.
@case(DeformedVoxelVolume, GridDisplacement, single=1e-4, quotient=1e-4)
def deformed_voxels(shape):
    def warp(grid, voxel_size, vectors, spacing):
        return DeformedVoxelVolume(grid, voxel_size, GridDisplacement(vectors, spacing), iterations=3).warped()

    return warp, (random(4, *shape), 2.0, 0.3 * random(3, 3, 4, 3), 6.0)


@case(MixtureVolume, constant=("offset_z", "[3]"))  # the weights of a component that is given
def mixture(shape):
    def make(volumes, log_weights):
        return MixtureVolume(volumes, log_weights).component(1)

    return imaged(make, shape, MixtureVolume.from_volumes([atoms(), atoms()]).volumes, jnp.log(positive(2)))


@case(TrajectoryVolume, constant=("offset_z", "[2].positions"))  # the atoms are where the frame says
def trajectory(shape):
    def make(volume, positions):
        return TrajectoryVolume(volume, positions, frame=1)

    return imaged(make, shape, atoms(), 3 * random(2, 4, 3))


@case(ThermalMotionVolume, **ATOMS, draws=True)
def thermal_motion(shape):
    def make(volume, b_factors):
        return ThermalMotionVolume(volume, b_factors).get_representation(jax.random.key(0))

    return imaged(make, shape, atoms(), 20 * positive(4))


def network(latent_size=0):
    return FourierFeatureNetwork(0.04, n_features=4, width=6, depth=1, latent_size=latent_size, key=jax.random.key(1))


# The voxel size is that of the maps it will be made into.
@case(NeuralFieldVolume, FourierFeatureNetwork, single=1e-4, constant=(*GRIDS["constant"], "[3]"))
def neural_field(shape):
    def make(network, voxel_size, latent):
        return NeuralFieldVolume(network, voxel_size, latent=latent)

    return imaged(make, shape, network(2), 1.9, random(2))


@case(NeuralDensityVolume, single=1e-4, **GRIDS)
def neural_density(shape):
    def density(network, voxel_size, radius):
        return NeuralDensityVolume(network, (4, *shape), voxel_size, radius=radius).density()

    return density, (network(), 1.9, 7.0)


@case(ZernikeVolume, **GRIDS)
def zernike_series(shape):
    def make(real, imaginary, radius):
        return ZernikeVolume(jax.lax.complex(real, imaginary), radius, voxel_size=2.0)

    return imaged(make, shape, random(13), random(13, seed=3), 9.0)
