"""Volumes that are projected and rendered by NUFFT under jit, vmap and differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import ImageConfig
from vitreous.poses import EulerAnglePose
from vitreous.projection import FFTAtomProjection, PointCloudProjection, RealVoxelProjection
from vitreous.volumes import (
    FFTAtomRenderFn,
    GaussianScatteringFactor,
    IndependentAtomVolume,
    LobatoScatteringFactor,
    PointCloudVolume,
    RealVoxelGridVolume,
)

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
POSE = EulerAnglePose(20.0, 50.0, 110.0, offset_x=1.0, offset_y=-2.0, offset_z=0.5)
PIXEL = jnp.asarray(1.4)
EPS = 1e-12 if X64 else 1e-6
# The NUFFT's accuracy, and rounding.
EXACT = 1e-11 if X64 else 1e-5
# What eps=1e-6 reaches in float32.
SINGLE = 1e-5
# Difference quotients of step h are wrong by h² and by 1e-16 / h.
FINITE = 1e-6
ATOMS = IndependentAtomVolume(
    {"a": jnp.asarray(RNG.uniform(-4, 4, (4, 3))), "b": jnp.asarray(RNG.uniform(-4, 4, (2, 3)))},
    {"a": GaussianScatteringFactor([1.0, 2.0], [20.0, 40.0]), "b": LobatoScatteringFactor([1.0], [2.0], b_factor=9.0)},
)
VOXELS = RealVoxelGridVolume(jnp.asarray(RNG.normal(size=(4, 5, 6))), jnp.asarray(1.7))
CLOUD = PointCloudVolume(
    jnp.asarray(RNG.uniform(-4, 4, (5, 3))), jnp.asarray(RNG.normal(size=5)), cutoff_frequency=jnp.asarray(0.301)
)
VOLUMES = {"atoms": ATOMS, "voxels": VOXELS, "cloud": CLOUD}


def imager(kind, eps=EPS):
    integrator = {
        "atoms": FFTAtomProjection(antialias=True, eps=eps),
        "voxels": RealVoxelProjection(eps=eps),
        "cloud": PointCloudProjection(eps=eps),
    }[kind]

    def image(volume, pose, pixel_size):
        volume = volume.rotate_to_pose(pose)
        moved = volume if kind == "voxels" else volume.translate_to_pose(pose)
        return integrator.integrate(moved, ImageConfig((8, 9), pixel_size), outputs_real_space=True)

    return image


def render(volume, voxel_size):
    return FFTAtomRenderFn((6, 7, 8), voxel_size, eps=EPS)(volume)


kinds = pytest.mark.parametrize("kind", VOLUMES)


@kinds
def test_jit(kind):
    check_jit(imager(kind), VOLUMES[kind], POSE, PIXEL, rtol=EXACT)


@kinds
def test_vmap_over_everything(kind):
    arguments = (VOLUMES[kind], POSE, PIXEL)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 1.07 * leaf]), arguments)
    check_vmap(jax.jit(imager(kind)), batch, rtol=EXACT)


@kinds
def test_vmap_over_poses_of_one_volume(kind):
    image, volume = imager(kind), VOLUMES[kind]
    poses = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.5 * leaf, 1.1 * leaf]), POSE)
    check_vmap(jax.jit(lambda pose: image(volume, pose, PIXEL)), (poses,), rtol=EXACT)


def paths_and_steps(arguments):
    """A step for each leaf, in its unit."""
    return {jax.tree_util.keystr(path): 1e-5 for path, _ in jax.tree.flatten_with_path(arguments)[0]}


@kinds
def test_derivatives_in_every_argument(kind):
    arguments = (VOLUMES[kind], POSE, PIXEL)
    steps = paths_and_steps(arguments)
    vanishing = {"[1].offset_z", "[0].cutoff_frequency"}
    if kind == "voxels":  # moved by a phase of the image, not here
        vanishing |= {"[1].offset_x", "[1].offset_y"}
    check_derivatives(imager(kind), *arguments, steps=steps, rtol=FINITE, vanishing=vanishing)


def test_derivatives_of_voxels():
    arguments = (ATOMS, jnp.asarray(1.5))
    check_derivatives(render, *arguments, steps=paths_and_steps(arguments), rtol=FINITE)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 1.07 * leaf]), arguments)
    check_vmap(jax.jit(render), batch, rtol=EXACT)


@pytest.mark.x64
@pytest.mark.skipif(not X64, reason="compares with double precision")
@kinds
def test_single_precision(kind):
    check_float32(jax.jit(imager(kind, eps=1e-6)), VOLUMES[kind], POSE, PIXEL, rtol=SINGLE)


def test_gradients_at_the_origin_are_finite():
    """An atom on the axis, no rotation, q = 0."""
    volume = IndependentAtomVolume(jnp.zeros((1, 3)), LobatoScatteringFactor([1.0], [2.0]))

    def loss(volume, pose, pixel_size):
        return (imager("atoms")(volume, pose, pixel_size) ** 2).sum()

    gradients = jax.jit(jax.grad(loss, argnums=(0, 1, 2)))(volume, EulerAnglePose(), PIXEL)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))


def test_hessian_in_the_pose():
    """Forward over reverse, against differences of gradients."""

    def loss(angles):
        return (imager("voxels")(VOXELS, EulerAnglePose(*angles), PIXEL) ** 2).sum()

    angles = jnp.array([20.0, 50.0, 110.0])
    gradient = jax.jit(jax.grad(loss))
    hessian = jax.jit(jax.hessian(loss))(angles)
    assert np.isfinite(hessian).all()
    if X64:
        step = 1e-3
        columns = [(gradient(angles + step * e) - gradient(angles - step * e)) / (2 * step) for e in np.eye(3)]
        # Quotients of step 1e-3 degrees are good to its square.
        np.testing.assert_allclose(hessian, jnp.stack(columns), atol=1e-5 * np.abs(hessian).max())
