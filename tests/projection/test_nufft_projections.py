"""The options of projections by NUFFT; that they are right is in tests/physics/test_projections_agree.py."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import PengScatteringFactorParameters
from vitreous.grids import ImageConfig, Sampling, coordinates, frequencies, irfftn, rfftn
from vitreous.kernels import NufftBackend, NufftOptions
from vitreous.poses import EulerAnglePose
from vitreous.projection import (
    FFTAtomProjection,
    GaussianMixtureProjection,
    PointCloudProjection,
    RealVoxelProjection,
    integrator_for,
)
from vitreous.volumes import (
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    IndependentAtomVolume,
    PointCloudVolume,
    RealVoxelGridVolume,
)

X64 = jax.config.jax_enable_x64
EPS = 1e-12 if X64 else 1e-6
CLOSE = 1e-10 if X64 else 2e-5
RNG = np.random.default_rng(0)
POSITIONS = RNG.uniform(-5, 5, (6, 3))
VOLUME = IndependentAtomVolume.from_tabulated_parameters(
    (POSITIONS,), PengScatteringFactorParameters([6]), b_factor_by_element=(60.0,)
)
MIXTURE = GaussianMixtureVolume.from_tabulated_parameters(POSITIONS, PengScatteringFactorParameters([6] * 6), 60.0)
CONFIG = ImageConfig((14, 15), 1.5, padded_shape=(16, 17))


def close(ours, expected, rtol=CLOSE):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize(
    ("volume", "integrator"),
    [
        (VOLUME, FFTAtomProjection),
        (RealVoxelGridVolume(jnp.ones((4, 4, 4)), 1.5), RealVoxelProjection),
        (PointCloudVolume(jnp.zeros((2, 3)), jnp.ones(2)), PointCloudProjection),
    ],
    ids=["atoms", "voxels", "cloud"],
)
def test_each_kind_has_its_integrator_and_both_outputs(volume, integrator):
    assert type(integrator_for(volume)) is integrator
    spectrum = integrator(eps=EPS).integrate(volume, CONFIG)
    assert spectrum.shape == (16, 9)
    image = integrator(eps=EPS).integrate(volume, CONFIG, outputs_real_space=True)
    close(irfftn(spectrum, (16, 17)), image)
    pure = integrator(eps=EPS, opts=NufftOptions(NufftBackend.JAX)).integrate(volume, CONFIG)
    close(pure, spectrum)


def test_antialias_is_the_average_over_a_pixel():
    plain = FFTAtomProjection(eps=EPS).integrate(VOLUME, CONFIG)
    averaged = FFTAtomProjection(antialias=True, eps=EPS).integrate(VOLUME, CONFIG)
    close(averaged, plain * np.prod(np.sinc(np.asarray(frequencies((16, 17), 1.0))), axis=-1))


@pytest.mark.parametrize("shape", [(16, 17), (15, 18)])
def test_upsampling_tends_to_the_average_with_its_aliases(shape):
    config = ImageConfig(shape, 1.5)
    expected = GaussianMixtureProjection(sampling=Sampling.AVERAGE).integrate(MIXTURE, config, outputs_real_space=True)
    # At three times Nyquist, 1 Å⁻¹, the atoms have decayed to exp(-B/4) = 3e-7; the edge of the box sees less.
    for factor in (3, 4):
        ours = FFTAtomProjection(antialias=True, upsample_factor=factor, eps=EPS).integrate(VOLUME, config, True)
        close(ours, expected, rtol=1e-5)
    # Without it aliases are missing.
    plain = FFTAtomProjection(antialias=True, eps=EPS).integrate(VOLUME, config, True)
    assert np.abs(plain - expected).max() > 1e-3 * np.abs(expected).max()
    # The mean of 4 × 4 points is not yet that of the area: its sinc is off by (π q p / 4)²/6 each.
    points = FFTAtomProjection(upsample_factor=4, eps=EPS).integrate(VOLUME, config, True)
    close(points, expected, rtol=0.02)


def test_a_smaller_shape_is_padded():
    compact = IndependentAtomVolume((0.2 * POSITIONS,), (GaussianScatteringFactor([1.0], [300.0]),))
    small = FFTAtomProjection(shape=(13, 14), eps=EPS).integrate(compact, CONFIG, outputs_real_space=True)
    whole = FFTAtomProjection(eps=EPS).integrate(compact, CONFIG, outputs_real_space=True)
    # At Nyquist exp(-300/36) = 2e-4 of the atoms is left, which rings across the smaller box and is wrapped.
    close(small[2:15, 1:15], whole[2:15, 1:15], rtol=2e-3)
    assert not small[0].any()
    spectrum = FFTAtomProjection(shape=(13, 14), eps=EPS).integrate(compact, CONFIG)
    close(spectrum, rfftn(small))
    doubled = FFTAtomProjection(shape=(13, 14), upsample_factor=2, eps=EPS).integrate(compact, CONFIG)
    assert doubled.shape == (16, 9)


def test_voxels_between_two_pixel_sizes():
    """A map of slow waves, imaged with pixels of another size, is those waves at its own pixels."""
    n, voxel = 24, 1.2

    def wave(places):
        return jnp.exp(-jnp.sum(places**2, axis=-1) / 18)

    volume = RealVoxelGridVolume(wave(coordinates((n, n, n), voxel)), voxel)
    for pixel, shape in [(1.7, (16, 17)), (0.8, (35, 36))]:
        image = RealVoxelProjection(eps=EPS).integrate(volume, ImageConfig(shape, pixel), outputs_real_space=True)
        plane = jnp.concatenate([coordinates(shape, pixel), jnp.zeros((*shape, 1))], axis=-1)
        # The map ends, and the image is wrapped, where the wave is exp(-13²/18) of its peak.
        close(image, wave(plane) * np.sqrt(18 * np.pi), rtol=1e-3)


def test_displaced_voxels_are_imaged_where_they_are():
    grid = jnp.asarray(RNG.normal(size=(5, 6, 7)))
    pose = EulerAnglePose(30.0, 40.0, 50.0)
    places = coordinates((5, 6, 7))
    config = ImageConfig((12, 13), 1.5)
    regular = RealVoxelGridVolume(grid, 1.5).rotate_to_pose(pose)
    listed = RealVoxelGridVolume(grid, 1.5, places).rotate_to_pose(pose)
    project = partial(RealVoxelProjection(eps=EPS).integrate, image_config=config, outputs_real_space=True)
    close(project(listed), project(regular))
    moved = RealVoxelGridVolume(grid, 1.5, places + jnp.array([1.0, 0.0, 3.0]))
    close(project(moved), np.roll(project(RealVoxelGridVolume(grid, 1.5)), 1, axis=1))


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="upsample_factor=0"):
        FFTAtomProjection(upsample_factor=0)
    with pytest.raises(InputError, match="has no pixels"):
        FFTAtomProjection(shape=(0, 4))
    with pytest.raises(InputError, match="double precision" if X64 else "single precision"):
        FFTAtomProjection(eps=1e-20).integrate(VOLUME, CONFIG)
