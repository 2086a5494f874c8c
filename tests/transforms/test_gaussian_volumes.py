"""Gaussians on planes and in volumes under jit, vmap and differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import ImageConfig, Sampling
from vitreous.kernels import project_gaussians, spread_gaussians_3d
from vitreous.poses import EulerAnglePose, QuaternionPose
from vitreous.projection import GaussianMixtureProjection
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
ATOMS = tuple(
    jnp.asarray(x, float) for x in (3 * RNG.normal(size=(6, 3)), RNG.normal(size=(6, 2)), RNG.uniform(0.3, 1.5, (6, 2)))
)
VOLUME = GaussianMixtureVolume(*ATOMS)
PIXEL = jnp.asarray(1.4)
samplings = pytest.mark.parametrize("sampling", Sampling)

# Rounding of sums, compiled in another order.
EXACT = 1e-12 if X64 else 1e-5
# float32 rounding of values, and of phases of up to 20 radians.
SINGLE = 5e-6
# Difference quotients of step h are wrong by h² and by 1e-16 / h.
FINITE = 1e-6


def real(values):
    return jnp.stack([values.real, values.imag]) if jnp.iscomplexobj(values) else values


def projector(sampling):
    def project(positions, amplitudes, variances, pixel_size):
        return real(
            project_gaussians(
                positions, amplitudes, variances, shape=(8, 9), pixel_size=pixel_size, sampling=sampling, batch_size=4
            )
        )

    return project


def spreader(sampling):
    def spread(positions, amplitudes, variances, voxel_size):
        volume = spread_gaussians_3d(
            positions,
            amplitudes,
            variances,
            shape=(8, 9, 10),
            voxel_size=voxel_size,
            sampling=sampling,
            half_width=7,
            accuracy=1e-8,
            batch_size=4,
        )
        return real(volume)

    return spread


def imager(sampling):
    integrator = GaussianMixtureProjection(sampling=sampling)

    def image(volume, pose, pixel_size):
        moved = volume.rotate_to_pose(pose).translate_to_pose(pose)
        return integrator.integrate(moved, ImageConfig((8, 9), pixel_size), outputs_real_space=True)

    return image


@samplings
@pytest.mark.parametrize("build", [projector, spreader])
def test_jit(build, sampling):
    check_jit(build(sampling), *ATOMS, PIXEL, rtol=EXACT)


@samplings
@pytest.mark.parametrize("build", [projector, spreader])
def test_vmap(build, sampling):
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf, 1.1 * leaf]), (*ATOMS, PIXEL))
    check_vmap(build(sampling), batch, rtol=EXACT)


@samplings
def test_derivatives_of_the_spread(sampling):
    steps = {"[0]": 1e-4, "[1]": 1e-3, "[2]": 1e-4, "[3]": 1e-4}
    check_derivatives(spreader(sampling), *ATOMS, PIXEL, steps=steps, rtol=FINITE)


@samplings
@pytest.mark.parametrize("build", [projector, spreader])
def test_float32(build, sampling):
    check_float32(build(sampling), *ATOMS, PIXEL, rtol=SINGLE)


@samplings
def test_images_over_poses(sampling):
    image = imager(sampling)
    angles = jnp.asarray([[10.0, 40.0, 70.0], [0.0, 0.0, 0.0], [-170.0, 90.0, 33.0]])
    poses = jax.vmap(lambda a: EulerAnglePose(a[0], a[1], a[2], offset_x=a[0] / 100))(angles)
    check_vmap(lambda pose: image(VOLUME, pose, PIXEL), (poses,), rtol=EXACT)


@samplings
def test_derivatives_of_an_image_in_the_pose_and_the_volume(sampling):
    image = imager(sampling)

    def seen(volume, wxyz, offset, pixel_size):
        return image(volume, QuaternionPose(wxyz, offset_x=offset[0], offset_y=offset[1]), pixel_size)

    steps = {
        "[0].positions": 1e-4,
        "[0].amplitudes": 1e-3,
        "[0].variances": 1e-4,
        "[1]": 1e-5,
        "[2]": 1e-4,
        "[3]": 1e-4,
    }
    arguments = (VOLUME, jnp.array([0.3, -0.5, 1.1, 0.2]), jnp.array([1.0, -0.5]), PIXEL)
    check_derivatives(seen, *arguments, steps=steps, rtol=FINITE)


def test_a_render_under_jit_is_that_without():
    render = GaussianMixtureRenderFn((8, 9, 10), 1.4, half_width=7)
    check_jit(render, VOLUME, rtol=EXACT)
