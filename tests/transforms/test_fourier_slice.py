"""Slices of a voxel volume under transformations; their values are tested in tests/projection."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import ImageConfig, Sampling
from vitreous.kernels import cubic_bspline
from vitreous.poses import rotation_from_euler
from vitreous.projection import FourierSliceExtraction
from vitreous.volumes import FourierVoxelGridVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
SHAPE = (11, 10, 12)
# Sums of some thousand terms, compiled in another order.
EXACT = 1e-11 if X64 else 1e-4


def project(grid, voxel_size, rotation, pixel_size, interpolant=None):
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, voxel_size, interpolant=interpolant)
    turned = eqx.tree_at(lambda v: v.rotation, volume, rotation)
    integrator = FourierSliceExtraction(sampling=Sampling.AVERAGE)
    return integrator.integrate(turned, ImageConfig((9, 10), pixel_size), outputs_real_space=True)


def through_splines(*arguments):
    # A difference quotient sees the step at the edge of the default window; a spline has none.
    return project(*arguments, interpolant=cubic_bspline())


ARGUMENTS = (
    jnp.asarray(RNG.normal(size=SHAPE), float),
    jnp.asarray(2.1, float),
    jnp.asarray(rotation_from_euler(20.0, 50.0, -70.0), float),
    jnp.asarray(2.5, float),
)


def test_derivatives_in_every_argument():
    # Steps of 1e-5 of the scale on which the argument acts.
    steps = {"[0]": 1e-3, "[1]": 1e-5, "[2]": 1e-5, "[3]": 1e-5}
    check_derivatives(through_splines, *ARGUMENTS, steps=steps, rtol=1e-6)


def test_jit_vmap_and_float32():
    check_jit(project, *ARGUMENTS, rtol=EXACT)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.95 * leaf]), ARGUMENTS)
    check_vmap(jax.jit(project), batch, rtol=EXACT)
    # Positions between voxels round to 1e-7 of 8 steps, and noise turns over within one.
    check_float32(jax.jit(project), *ARGUMENTS, rtol=2e-5)


def test_projection_and_its_transpose_are_adjoint():
    # ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ from the real map to the real image, through window, padding and apron.
    grid, voxel_size, rotation, pixel_size = ARGUMENTS
    other = jnp.asarray(RNG.normal(size=(9, 10)), float)

    @jax.jit
    def both(x, y):
        forward = lambda g: project(g, voxel_size, rotation, pixel_size)  # noqa: E731
        (back,) = jax.linear_transpose(forward, x)(y)
        return jnp.vdot(forward(x), y), jnp.vdot(x, back)

    left, right = both(grid, other)
    np.testing.assert_allclose(left, right, rtol=EXACT)
