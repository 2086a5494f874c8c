"""Atoms of a few kinds: trees, tables, poses, and their voxels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import LobatoScatteringFactorParameters, PengScatteringFactorParameters
from vitreous.filters import AbstractFilter, BFactorFilter, ProductFilter
from vitreous.grids import frequencies, make_frequency_grid
from vitreous.poses import EulerAnglePose
from vitreous.volumes import (
    FFTAtomRenderFn,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    IndependentAtomVolume,
    LobatoScatteringFactor,
)

X64 = jax.config.jax_enable_x64
EPS = 1e-12 if X64 else 1e-6
CLOSE = 1e-10 if X64 else 2e-5
RNG = np.random.default_rng(0)
CARBONS, OXYGENS = RNG.uniform(-6, 6, (5, 3)), RNG.uniform(-6, 6, (3, 3))
PENG = PengScatteringFactorParameters([6, 8])
VOLUME = IndependentAtomVolume.from_tabulated_parameters((CARBONS, OXYGENS), PENG, b_factor_by_element=(30.0, 50.0))
SHAPE, VOXEL = (12, 13, 14), 1.5


def close(ours, expected, rtol=CLOSE):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


def mixture():
    parameters = PengScatteringFactorParameters([6] * 5 + [8] * 3)
    return GaussianMixtureVolume.from_tabulated_parameters(
        np.concatenate([CARBONS, OXYGENS]), parameters, jnp.asarray([30.0] * 5 + [50.0] * 3)
    )


def test_the_transform_is_the_sum_over_atoms():
    points = jnp.asarray(RNG.uniform(-0.3, 0.3, (2, 4, 3)))
    volume = mixture()
    q2 = np.sum(np.asarray(points, float) ** 2, axis=-1)[..., None, None]
    envelopes = np.sum(np.asarray(volume.amplitudes) * np.exp(-2 * np.pi**2 * np.asarray(volume.variances) * q2), -1)
    expected = np.sum(envelopes * np.exp(-2j * np.pi * np.asarray(points) @ np.asarray(volume.positions).T), -1)
    close(VOLUME.values_at(points), expected)


@pytest.mark.parametrize("shape", [SHAPE, (9, 12, 11)])
def test_voxels_are_those_of_the_gaussians(shape):
    ours = FFTAtomRenderFn(shape, VOXEL, eps=EPS)(VOLUME)
    assert ours.shape == shape
    # The windows of the Gaussians leave out what they were told to.
    close(ours, GaussianMixtureRenderFn(shape, VOXEL, accuracy=1e-9)(mixture()), rtol=max(CLOSE, 1e-8))


def test_spectra_are_those_of_the_voxels():
    render = FFTAtomRenderFn(SHAPE, VOXEL, eps=EPS)
    full = np.fft.fftn(np.fft.ifftshift(np.asarray(render(VOLUME))))
    close(render(VOLUME, outputs_real_space=False), full[..., :8])
    close(render(VOLUME, outputs_real_space=False, outputs_rfft=False), full)
    close(render(VOLUME, outputs_real_space=False, outputs_rfft=False, fftshifted=True), np.fft.fftshift(full))
    close(render(VOLUME, outputs_real_space=False, fftshifted=True), np.fft.fftshift(full[..., :8], axes=(0, 1)))


def test_frequencies_may_be_given_in_either_layout():
    half = FFTAtomRenderFn(SHAPE, VOXEL, frequency_grid=frequencies(SHAPE, VOXEL), eps=EPS)
    centred = FFTAtomRenderFn.from_centred_frequency_grid(
        make_frequency_grid(SHAPE, VOXEL, outputs_rfft=False, fftshifted=True), VOXEL, eps=EPS
    )
    assert centred.shape == SHAPE
    expected = FFTAtomRenderFn(SHAPE, VOXEL, eps=EPS)(VOLUME)
    for render in (half, centred):
        close(render(VOLUME), expected, rtol=1e-6)
    with pytest.raises(InputError, match="from_centred_frequency_grid") as error:
        FFTAtomRenderFn(SHAPE, VOXEL, frequency_grid=make_frequency_grid(SHAPE, VOXEL, outputs_rfft=False))
    assert "half spectrum" in str(error.value)


def test_antialias_averages_over_voxels():
    plain = FFTAtomRenderFn(SHAPE, VOXEL, eps=EPS)(VOLUME, outputs_real_space=False)
    averaged = FFTAtomRenderFn(SHAPE, VOXEL, antialias=True, eps=EPS)(VOLUME, outputs_real_space=False)
    close(averaged, plain * np.prod(np.sinc(np.asarray(frequencies(SHAPE, 1.0))), axis=-1))


def test_any_filter_is_a_factor_and_any_tree_holds_them():
    class Shell(AbstractFilter):
        """A thin spherical shell of radius 2 Å."""

        def transfer(self, frequencies):
            return jnp.sinc(4 * jnp.sqrt(jnp.sum(frequencies**2, axis=-1) + 1e-30))

    factors = {"shell": [Shell()], "bead": ProductFilter(Shell(), BFactorFilter(40.0))}
    volume = IndependentAtomVolume({"shell": [CARBONS], "bead": OXYGENS}, factors)
    close(volume.values_at(jnp.zeros(3)), np.asarray(8.0))
    total = FFTAtomRenderFn(SHAPE, VOXEL, eps=EPS)(volume).sum() * VOXEL**3
    close(total, np.asarray(8.0))


def test_poses_move_every_kind():
    pose = EulerAnglePose(20.0, 50.0, 70.0, offset_x=1.0, offset_z=-2.0)
    moved = VOLUME.rotate_to_pose(pose).translate_to_pose(pose)
    for ours, positions in zip(moved.position_pytree, (CARBONS, OXYGENS), strict=True):
        close(ours, np.asarray(pose.transform(jnp.asarray(positions))))
    back = VOLUME.rotate_to_pose(pose).rotate_to_pose(pose, inverse=True)
    close(back.position_pytree[0], CARBONS)
    assert VOLUME.get_representation() is VOLUME


def test_lobato_factors_are_those_of_their_table():
    table = LobatoScatteringFactorParameters([6, 8])
    volume = IndependentAtomVolume.from_tabulated_parameters((CARBONS, OXYGENS), table, b_factor_by_element=20.0)
    q = 0.4
    along_x = jnp.array([[q, 0.0, 0.0]])
    for factor, expected in zip(volume.scattering_factor_pytree, table(q), strict=True):
        assert isinstance(factor, LobatoScatteringFactor)
        close(factor.transfer(along_x)[0], np.asarray(expected * np.exp(-20.0 * q**2 / 4)))
    peng = IndependentAtomVolume.from_tabulated_parameters((CARBONS, OXYGENS), PENG, b_factor_by_element=20.0)
    ours, theirs = (FFTAtomRenderFn(SHAPE, VOXEL, eps=1e-6)(v) for v in (volume, peng))
    # The tables differ by 2 % for oxygen.
    close(ours, theirs, rtol=0.03)


def test_trees_that_do_not_fit_are_refused():
    factor = GaussianScatteringFactor([1.0], [1.0])
    with pytest.raises(InputError, match="do not go together"):
        IndependentAtomVolume((CARBONS, OXYGENS), (factor,))
    with pytest.raises(InputError, match=r"\(5, 2\)"):
        IndependentAtomVolume(CARBONS[:, :2], factor)
    with pytest.raises(InputError, match="2 rows"):
        IndependentAtomVolume.from_tabulated_parameters((CARBONS,), PENG)
    with pytest.raises(InputError, match="not one list of terms"):
        GaussianScatteringFactor([1.0, 2.0], [1.0])


def test_single_precision_stays_single():
    single = jax.tree.map(lambda x: x.astype(jnp.float32), VOLUME)
    assert FFTAtomRenderFn(SHAPE, 1.5)(single).dtype == jnp.float32
