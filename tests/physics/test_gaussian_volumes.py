"""Invariants of Gaussian mixtures on planes and in volumes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.constants import PengScatteringFactorParameters
from vitreous.grids import ImageConfig, Sampling, frequencies, shift_phases
from vitreous.poses import EulerAnglePose
from vitreous.projection import GaussianMixtureProjection
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
# Rounding; in float32 mostly of phases of up to 40 radians.
ROUNDING = 1e-13 if X64 else 2e-5
PIXEL = 1.5
RNG = np.random.default_rng(0)
# Carbon, oxygen, and rubidium and neptunium with their negative amplitudes; within 6 Å of the centre.
NUMBERS = np.array([6, 8, 37, 93, 6, 6, 8])
POSITIONS = RNG.uniform(-6, 6, (7, 3))
B_FACTORS = RNG.uniform(10, 60, 7)
VOLUME = GaussianMixtureVolume.from_tabulated_parameters(
    POSITIONS, PengScatteringFactorParameters(NUMBERS), jnp.asarray(B_FACTORS)
)
SHAPE = (24, 21)
BOX = (22, 24, 21)
samplings = pytest.mark.parametrize("sampling", Sampling)


def project(volume=VOLUME, *, shape=SHAPE, sampling=Sampling.BANDLIMITED, real=False):
    return GaussianMixtureProjection(sampling=sampling).integrate(volume, ImageConfig(shape, PIXEL), real)


def close(ours, expected, rtol=ROUNDING):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@samplings
def test_the_integral_of_the_potential_is_the_sum_of_scattering_factors(sampling):
    total = float(PengScatteringFactorParameters(NUMBERS)(0.0).sum())
    voxels = GaussianMixtureRenderFn(BOX, PIXEL, sampling=sampling)(VOLUME)
    image = project(sampling=sampling, real=True)
    # Averages lose what is beyond the box, 7 standard deviations from the nearest atom; windows leave out 1e-6.
    assert float(image.sum()) * PIXEL**2 == pytest.approx(total, rel=1e-5)
    assert float(voxels.sum()) * PIXEL**3 == pytest.approx(total, rel=1e-5)


@samplings
def test_a_projection_is_the_sum_of_the_voxels_along_the_beam(sampling):
    voxels = GaussianMixtureRenderFn(BOX, PIXEL, sampling=sampling, accuracy=1e-9)(VOLUME)
    # The accuracy asked of the windows.
    close(voxels.sum(axis=0) * PIXEL, project(sampling=sampling, real=True), rtol=max(1e-8, ROUNDING))


@pytest.mark.parametrize("shape", [(24, 21), (25, 26)])
def test_an_averaged_image_is_the_band_limited_one_with_all_its_aliases(shape):
    """avg(k) = Σ_m F(k + m/p) sinc((k + m/p) p), F the continuous spectrum over a pixel's area."""
    k = np.asarray(frequencies(shape, 1.0), float)
    amplitudes, variances = np.asarray(VOLUME.amplitudes), np.asarray(VOLUME.variances)

    def spectrum(k):
        envelope = np.exp(-2 * np.pi**2 * variances[:, None, None] * np.sum(k**2, -1)[..., None] / PIXEL**2)
        phase = np.exp(-2j * np.pi * np.einsum("yxd,nd->nyx", k, POSITIONS[:, :2]) / PIXEL)
        return np.einsum("ng,nyxg,nyx->yx", amplitudes, envelope, phase) / PIXEL**2 * np.prod(np.sinc(k), -1)

    # At 10 pixel⁻¹ the narrowest Gaussian has decayed to exp(-2π² 0.13 (10/1.5)²) = 1e-50.
    aliases = [np.array([x, y]) for x in range(-10, 11) for y in range(-10, 11)]
    expected = sum(spectrum(k + alias) for alias in aliases)
    # The average is that of the plane and not periodic: what is beyond the edge decides, and is 1e-11.
    close(project(shape=shape, sampling=Sampling.AVERAGE), expected, rtol=max(1e-9, ROUNDING))
    # Without its aliases it is another image (the sharper the atoms, the more).
    assert np.abs(spectrum(k) - expected).max() > 0.01 * np.abs(expected).max()


def test_an_atom_has_its_tabulated_scattering_factor():
    carbon = GaussianMixtureVolume.from_tabulated_parameters(np.zeros((1, 3)), PengScatteringFactorParameters([6]))
    q = jnp.linalg.norm(frequencies(SHAPE, PIXEL), axis=-1)
    factor = jax.vmap(PengScatteringFactorParameters([6]))(q.ravel()).reshape(q.shape)
    close(project(carbon), factor / PIXEL**2)


def test_a_b_factor_blurs_by_exp_minus_b_q2_over_4():
    parameters = PengScatteringFactorParameters(NUMBERS)
    blurred = GaussianMixtureVolume.from_tabulated_parameters(POSITIONS, parameters, jnp.asarray(B_FACTORS) + 80.0)
    q2 = jnp.sum(frequencies(SHAPE, PIXEL) ** 2, axis=-1)
    close(project(blurred), project() * jnp.exp(-80.0 * q2 / 4))
    q2 = jnp.sum(frequencies(BOX, PIXEL) ** 2, axis=-1)
    render = GaussianMixtureRenderFn(BOX, PIXEL, accuracy=1e-8)
    sharp = render(VOLUME, outputs_real_space=False)
    # The accuracy asked of the windows.
    close(render(blurred, outputs_real_space=False), sharp * jnp.exp(-80.0 * q2 / 4), rtol=max(1e-7, ROUNDING))


@pytest.mark.parametrize("shape", [(24, 24), (21, 21), (24, 21)])
def test_moving_the_atoms_shifts_the_phases(shape):
    shift = (2.3, -4.1)
    moved = VOLUME.translate_to_pose(EulerAnglePose(offset_x=shift[0], offset_y=shift[1], offset_z=9.0))
    expected = project(shape=shape) * shift_phases(jnp.asarray(shift), shape, PIXEL)
    # At the Nyquist index of an even axis only cosines remain, of the position and of the shift, and the cosine of a
    # sum is not their product: those modes are left out.
    modes = np.ones(expected.shape, bool)
    if shape[0] % 2 == 0:
        modes[shape[0] // 2] = False
    if shape[1] % 2 == 0:
        modes[:, -1] = False
    close(project(moved, shape=shape)[modes], expected[modes])


@samplings
def test_moving_by_whole_pixels_is_a_roll(sampling):
    compact = eqx.tree_at(lambda v: v.positions, VOLUME, 0.4 * VOLUME.positions)
    moved = compact.translate_to_pose(EulerAnglePose(offset_x=2 * PIXEL, offset_y=-3 * PIXEL))
    # An averaged image is not periodic: the atoms' tails reach its edges at 1e-11.
    close(
        project(moved, sampling=sampling, real=True),
        np.roll(project(compact, sampling=sampling, real=True), (-3, 2), (0, 1)),
        rtol=max(1e-9, ROUNDING),
    )


def test_rotating_back_restores_the_projection():
    pose = EulerAnglePose(20.0, 70.0, -140.0)
    close(project(VOLUME.rotate_to_pose(pose).rotate_to_pose(pose, inverse=True)), project())


@samplings
def test_quarter_turns_permute_pixels_and_voxels(sampling):
    shape = (21, 21)
    image = project(shape=shape, sampling=sampling, real=True)
    turned = project(VOLUME.rotate_to_pose(EulerAnglePose(psi=90.0)), shape=shape, sampling=sampling, real=True)
    # (x, y) goes to (-y, x): row x, column -y.
    close(turned, np.asarray(image)[::-1].T)
    # Half a turn about y sees the object from behind, mirrored in x.
    behind = project(VOLUME.rotate_to_pose(EulerAnglePose(theta=180.0)), shape=shape, sampling=sampling, real=True)
    close(behind, np.asarray(image)[:, ::-1])
    # A quarter turn about y takes z to x and x to -z.
    render = GaussianMixtureRenderFn((21, 21, 21), PIXEL, sampling=sampling)
    voxels, turned = render(VOLUME), render(VOLUME.rotate_to_pose(EulerAnglePose(theta=90.0)))
    close(turned, np.asarray(voxels).transpose(2, 1, 0)[::-1], rtol=max(1e-6, ROUNDING))


def test_a_projection_from_the_side_is_the_sum_of_the_voxels_across():
    voxels = GaussianMixtureRenderFn((24, 24, 24), PIXEL, accuracy=1e-9)(VOLUME)
    side = project(VOLUME.rotate_to_pose(EulerAnglePose(theta=90.0)), shape=(24, 24), real=True)
    # The object's z becomes the image's x; its x points against the beam and is summed over.
    close(side, np.asarray(voxels).sum(axis=2).T * PIXEL, rtol=max(1e-8, ROUNDING))


def test_padding_does_not_move_the_image():
    small = GaussianMixtureProjection(sampling=Sampling.AVERAGE)
    config = ImageConfig(SHAPE, PIXEL, padded_shape=(31, 40))
    padded = config.crop(small.integrate(VOLUME, config, True))
    close(padded, project(sampling=Sampling.AVERAGE, real=True))
