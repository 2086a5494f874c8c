"""The theories of scattering under transformations; their values are tested in tests/scattering."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import (
    check_derivatives,
    check_float32,
    check_jit,
    check_vmap,
    compiled,
    leaves_of,
)
from vitreous.grids import ImageConfig, irfftn
from vitreous.kernels import cubic_bspline
from vitreous.optics import CTF
from vitreous.poses import rotation_from_euler
from vitreous.projection import FourierSliceExtraction, GaussianMixtureProjection
from vitreous.scattering import EwaldSphereScattering, MultisliceScattering, RytovScattering
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
SHAPE = (7, 8)
ATOMS = GaussianMixtureVolume(RNG.uniform(-4, 4, (3, 3)), RNG.uniform(5, 20, (3, 2)), RNG.uniform(2, 6, (3, 2)))
OPTICS = CTF(3000.0, 2500.0, 30.0, amplitude_contrast=0.1, phase_shift_deg=20.0, b_factor=20.0)
ARGUMENTS = (ATOMS, OPTICS, jnp.asarray(1.9, float))
# Some hundred terms, summed in another order when compiled.
EXACT = 1e-11 if X64 else 2e-4


def image(theory, volume, optics, pixel_size, integrator):
    config = ImageConfig(SHAPE, pixel_size)
    return irfftn(theory.contrast_spectrum(volume, optics, config, integrator=integrator), SHAPE)


def every_theory(volume, optics, pixel_size):
    """The images of multislice, Rytov and the Ewald sphere; the phase object is a part of Rytov."""
    rytov = RytovScattering(exit_plane=jnp.asarray(2.0, pixel_size.dtype))
    theories = (MultisliceScattering(3.0, depth=10.0), rytov, EwaldSphereScattering())
    return jnp.stack([image(t, volume, optics, pixel_size, GaussianMixtureProjection()) for t in theories])


def multislice_of_voxels(grid, voxel_size, rotation):
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, voxel_size, interpolant=cubic_bspline())
    turned = eqx.tree_at(lambda v: v.rotation, volume, rotation)
    theory, pixel_size = MultisliceScattering(4.0, depth=10.0), voxel_size.dtype.type(1.9)
    return image(theory, turned, OPTICS, pixel_size, FourierSliceExtraction())


# Steps of some 1e-5 of the scale on which each acts; the quotient then errs by 1e-10, and by rounding 1e-16 / 1e-5.
STEPS = {
    "[0].positions": 1e-4,
    "[0].amplitudes": 1e-3,
    "[0].variances": 1e-4,
    "[1].defocus_u": 1e-1,
    "[1].defocus_v": 1e-1,
    "[1].astigmatism_angle_deg": 1e-3,
    "[1].voltage_kv": 1e-2,
    "[1].cs_mm": 1e-3,
    "[1].amplitude_contrast": 1e-5,
    "[1].phase_shift_deg": 1e-3,
    "[1].b_factor": 1e-3,
    "[2]": 1e-5,
}


def test_derivatives_in_every_argument():
    check_derivatives(every_theory, *ARGUMENTS, steps=STEPS, rtol=1e-6)


def test_gradients_where_something_could_be_singular():
    # w = 0, an atom at the origin, one without width, no astigmatism, no damping; the program of the test above.
    volume = GaussianMixtureVolume(
        ATOMS.positions.at[0].set(0.0), ATOMS.amplitudes, ATOMS.variances.at[1].set(0.0).at[2].set(1e-12)
    )
    optics = CTF(2000.0, amplitude_contrast=0.0)
    leaves, structure = leaves_of((volume, optics, ARGUMENTS[2]))
    values = tuple(jnp.asarray(leaf, leaf.dtype) for _, leaf in leaves)
    flat, _, pull = compiled(every_theory, structure)
    assert all(np.all(np.isfinite(part)) for part in pull(values, flat(*values)))


def test_vmap_and_float32():
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.95 * leaf]), ARGUMENTS)
    check_vmap(jax.jit(every_theory), batch, rtol=EXACT)
    # Phases of the lens up to 10 rad; 1 is never added to the scattered wave and taken off again.
    check_float32(jax.jit(every_theory), *ARGUMENTS, rtol=2e-5)


@pytest.mark.full
def test_compiled_or_not():
    check_jit(every_theory, *ARGUMENTS, rtol=EXACT)


@pytest.mark.full
def test_derivatives_through_voxels():
    grid = jnp.asarray(RNG.uniform(0, 0.5, (5, 6, 7)), float)
    rotation = jnp.asarray(rotation_from_euler(20.0, 50.0, -70.0), float)
    steps = {"[0]": 1e-4, "[1]": 1e-5, "[2]": 1e-5}
    check_derivatives(multislice_of_voxels, grid, jnp.asarray(2.1, float), rotation, steps=steps, rtol=1e-6)
