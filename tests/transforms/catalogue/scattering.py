import equinox as eqx
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.grids import ImageConfig, irfftn
from vitreous.kernels import cubic_bspline
from vitreous.optics import CTF
from vitreous.poses import rotation_from_euler
from vitreous.projection import FourierSliceExtraction, GaussianMixtureProjection
from vitreous.scattering import (
    EwaldSphereScattering,
    MultisliceScattering,
    PhaseObjectScattering,
    RytovScattering,
    WaveGrid,
    WeakPhaseScattering,
)
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

OPTICS = CTF(3000.0, 2500.0, 30.0, amplitude_contrast=0.1, phase_shift_deg=20.0, b_factor=20.0)
# Phases of the lens up to 10 rad.
WAVES = {"single": 2e-5}


def image(theory, shape, integrator=None):
    integrator = integrator or GaussianMixtureProjection()

    def simulated(volume, optics, pixel_size):
        config = ImageConfig(shape, pixel_size)
        return irfftn(theory.contrast_spectrum(volume, optics, config, integrator=integrator), shape)

    random = np.random.default_rng(0)
    atoms = GaussianMixtureVolume(
        random.uniform(-4, 4, (3, 3)), random.uniform(5, 20, (3, 2)), random.uniform(2, 6, (3, 2))
    )
    return simulated, (atoms, OPTICS, 1.9)


@case(WeakPhaseScattering, **WAVES)
def weak_phase(shape):
    return image(WeakPhaseScattering(), shape)


@case(PhaseObjectScattering, WaveGrid, **WAVES)
def phase_object(shape):
    return image(PhaseObjectScattering(), shape)


@case(RytovScattering, **WAVES)
def rytov(shape):
    def simulated(volume, optics, pixel_size, exit_plane):
        return image(RytovScattering(exit_plane=exit_plane), shape)[0](volume, optics, pixel_size)

    return simulated, (*image(RytovScattering(), shape)[1], 2.0)


@case(EwaldSphereScattering, **WAVES)
def ewald_sphere(shape):
    return image(EwaldSphereScattering(), shape)


@case(MultisliceScattering, **WAVES)
def multislice(shape):
    return image(MultisliceScattering(3.0, depth=10.0), shape)


@case(MultisliceScattering, **WAVES, again=True)
def multislice_of_voxels(shape):
    def simulated(grid, voxel_size, rotation, optics, pixel_size):
        volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, voxel_size, interpolant=cubic_bspline())
        turned = eqx.tree_at(lambda v: v.rotation, volume, rotation)
        theory = MultisliceScattering(4.0, depth=10.0)
        return image(theory, shape, FourierSliceExtraction())[0](turned, optics, pixel_size)

    grid = jnp.asarray(np.random.default_rng(0).uniform(0, 0.5, (5, 6, 7)))
    return simulated, (grid, 2.1, jnp.asarray(rotation_from_euler(20.0, 50.0, -70.0), float), OPTICS, 1.9)
