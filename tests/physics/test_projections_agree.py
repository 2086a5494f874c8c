"""One specimen projected every way that a volume can be: the same image."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.grids import ImageConfig, radius, shift_phases
from vitreous.kernels import kaiser_bessel
from vitreous.poses import EulerAnglePose
from vitreous.projection import (
    FFTAtomProjection,
    FourierSliceExtraction,
    GaussianMixtureProjection,
    PointCloudProjection,
    RealVoxelProjection,
)
from vitreous.volumes import (
    FFTAtomRenderFn,
    FourierVoxelGridVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    IndependentAtomVolume,
    PointCloudVolume,
    RealVoxelGridVolume,
)

X64 = jax.config.jax_enable_x64
EPS = 1e-12 if X64 else 1e-6
# Exact forms: what the NUFFT is asked for, and below the rest that follows. In float32 phases of up to 100 radians.
EXACT = 1e-8 if X64 else 1e-4
RNG = np.random.default_rng(0)
PIXEL = 1.5
POSITIONS = {"heavy": RNG.uniform(-5, 5, (4, 3)), "light": RNG.uniform(-5, 5, (6, 3))}
AMPLITUDES = {"heavy": 5.0, "light": -2.0}
# So blurred that at the voxels' Nyquist frequency, 1/3 Å⁻¹, exp(-2π²σ²/9) = 3e-10 is left of the sharper.
VARIANCES = {"heavy": 10.0, "light": 13.0}
ATOMS = IndependentAtomVolume(
    POSITIONS, {k: GaussianScatteringFactor([a], [8 * np.pi**2 * VARIANCES[k]]) for k, a in AMPLITUDES.items()}
)
MIXTURE = GaussianMixtureVolume(
    np.concatenate(list(POSITIONS.values())),
    np.repeat(list(AMPLITUDES.values()), [4, 6]),
    np.repeat(list(VARIANCES.values()), [4, 6]),
)
# The nearest face is 21 Å from the outermost atom: a tail of exp(-21²/26) = 4e-8 at one corner, far less elsewhere.
BOX = (38, 39, 40)
VOXELS = FFTAtomRenderFn(BOX, PIXEL, eps=EPS)(ATOMS)
POSES = {
    "identity": EulerAnglePose(),
    "general": EulerAnglePose(31.0, 57.0, -108.0, offset_x=2.3, offset_y=-1.7, offset_z=4.0),
}
SHAPES = [(38, 39), (41, 40), (36, 44)]


def close(ours, expected, rtol=EXACT):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


def posed(volume, pose):
    return volume.rotate_to_pose(pose).translate_to_pose(pose)


def analytic(pose, shape):
    return GaussianMixtureProjection().integrate(posed(MIXTURE, pose), ImageConfig(shape, PIXEL))


def shifted(spectrum, pose, shape):
    return spectrum * shift_phases(pose.offset[:2], shape, PIXEL)


def atoms(pose, shape):
    return FFTAtomProjection(eps=EPS).integrate(posed(ATOMS, pose), ImageConfig(shape, PIXEL))


def voxels(pose, shape):
    turned = RealVoxelGridVolume(VOXELS, PIXEL).rotate_to_pose(pose)
    return shifted(RealVoxelProjection(eps=EPS).integrate(turned, ImageConfig(shape, PIXEL)), pose, shape)


def exact_slice(pose, shape):
    turned = RealVoxelGridVolume(VOXELS, PIXEL).rotate_to_pose(pose)
    return shifted(FourierSliceExtraction().integrate(turned, ImageConfig(shape, PIXEL)), pose, shape)


def cloud(pose, shape):
    points = PointCloudVolume.from_real_voxel_grid(np.asarray(VOXELS), PIXEL, threshold=-np.inf)
    return PointCloudProjection(eps=EPS).integrate(posed(points, pose), ImageConfig(shape, PIXEL))


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
@pytest.mark.parametrize("project", [atoms, voxels, exact_slice, cloud])
def test_exact_projections_are_the_analytic_one(project, pose):
    for shape in SHAPES if project is atoms else SHAPES[1:2]:
        close(project(pose, shape), analytic(pose, shape), rtol=EXACT)


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_rendered_then_summed(pose):
    """Along z, the voxels of the turned atoms."""
    image = GaussianMixtureProjection().integrate(posed(MIXTURE, pose), ImageConfig((38, 39), PIXEL), True)
    voxels = FFTAtomRenderFn((40, 38, 39), PIXEL, eps=EPS)(posed(ATOMS, pose))
    close(voxels.sum(0) * PIXEL, image)
    # Windows around the atoms leave out what was allowed of each Gaussian.
    voxels = GaussianMixtureRenderFn((40, 38, 39), PIXEL, accuracy=1e-9)(posed(MIXTURE, pose))
    close(voxels.sum(0) * PIXEL, image)


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_a_slice_is_interpolated_to_what_its_window_promises(pose):
    shape = (41, 40)
    for window, pad_scale, rtol in [(None, 1.5, 1e-3), (kaiser_bessel(8, oversampling=2.0), 2.0, 1e-6)]:
        volume = FourierVoxelGridVolume.from_real_voxel_grid(VOXELS, PIXEL, interpolant=window, pad_scale=pad_scale)
        ours = FourierSliceExtraction().integrate(volume.rotate_to_pose(pose), ImageConfig(shape, PIXEL))
        # Seen: 2e-4 for the default window, as docs/adr/0004 says, and 1e-7 for the widest.
        close(shifted(ours, pose, shape), analytic(pose, shape), rtol=max(rtol, EXACT))


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_a_spline_is_interpolated_to_a_thousandth(pose):
    volume = FourierVoxelSplineVolume.from_real_voxel_grid(VOXELS, PIXEL)
    ours = FourierSliceExtraction().integrate(volume.rotate_to_pose(pose), ImageConfig((41, 40), PIXEL))
    # A prefiltered cubic spline of a specimen that fills a third of a box padded twice; 1.4e-3 where it fills more.
    close(shifted(ours, pose, (41, 40)), analytic(pose, (41, 40)), rtol=1e-3)


@pytest.mark.parametrize("shape", [(24, 24), (21, 24)])
def test_a_translation_of_atoms_is_a_phase(shape):
    pose = EulerAnglePose(offset_x=2.3, offset_y=-4.1, offset_z=9.0)
    project = partial(FFTAtomProjection(eps=EPS).integrate, image_config=ImageConfig(shape, PIXEL))
    ours = np.asarray(project(ATOMS.translate_to_pose(pose)))
    expected = np.asarray(shifted(project(ATOMS), pose, shape))
    # At the Nyquist index of an even axis only cosines remain, and the cosine of a sum is no product.
    modes = np.ones(ours.shape, bool)
    modes[:, -1] = shape[1] % 2
    if shape[0] % 2 == 0:
        modes[shape[0] // 2] = False
    close(ours[modes], expected[modes])


def test_a_translation_of_a_volume_of_atoms_is_a_phase_in_space():
    pose = EulerAnglePose(offset_x=2.3, offset_y=-4.1, offset_z=1.2)
    shape = (21, 23, 25)
    render = partial(FFTAtomRenderFn(shape, PIXEL, eps=EPS), outputs_real_space=False)
    close(render(ATOMS.translate_to_pose(pose)), render(ATOMS) * shift_phases(pose.offset, shape, PIXEL))


def test_the_integral_is_the_sum_of_the_factors():
    total = 4 * AMPLITUDES["heavy"] + 6 * AMPLITUDES["light"]
    for spectrum in (atoms(POSES["general"], (41, 40)), voxels(POSES["general"], (41, 40))):
        close(spectrum[0, 0] * PIXEL**2, np.asarray(total))


def test_finer_and_coarser_images_of_the_same_voxels():
    """Voxels of 1.5 Å imaged at 1.1 and 2.2 Å: the analytic image, up to the lower Nyquist frequency."""
    turned = RealVoxelGridVolume(VOXELS, PIXEL).rotate_to_pose(POSES["general"])
    for pixel, shape in [(1.1, (54, 55)), (2.2, (28, 27))]:
        config = ImageConfig(shape, pixel)
        expected = GaussianMixtureProjection().integrate(MIXTURE.rotate_to_pose(POSES["general"]), config)
        ours = RealVoxelProjection(eps=EPS).integrate(turned, config)
        inside = np.asarray(radius(config.frequencies)) < 1 / (2 * PIXEL)
        close(ours[inside], np.asarray(expected)[inside])
        # Beyond what voxels hold there is nothing, where copies of the spectrum would be.
        close(ours, expected)


def test_gradients_in_the_pose_agree():
    """The same derivative of a likelihood-like sum, however the image is made."""
    shape = (41, 40)
    target = analytic(POSES["identity"], shape)

    def loss(project):
        @jax.jit
        @jax.grad
        def gradient(pose):
            return jnp.abs((project(pose, shape) - target) / 100).sum()

        return gradient

    expected = loss(analytic)(POSES["general"])
    for project in (atoms, voxels):
        ours = loss(project)(POSES["general"])
        for leaf, reference in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
            # In float32 phases of up to 100 radians.
            np.testing.assert_allclose(leaf, reference, rtol=EXACT, atol=1e-10 if X64 else 1e-4)
