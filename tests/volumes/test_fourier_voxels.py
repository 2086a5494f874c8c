"""Volumes of Fourier voxels: how maps are prepared, and what they give back at their own grid points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import LowPassFilter, filter_image
from vitreous.grids import frequencies, make_frequency_slice, pad, rfftn
from vitreous.kernels import compute_spline_coefficients, kaiser_bessel, linear_interpolant
from vitreous.poses import EulerAnglePose
from vitreous.volumes import FourierVoxelGridVolume, FourierVoxelSplineVolume

X64 = jax.config.jax_enable_x64
EXACT = 1e-12 if X64 else 1e-5  # rounding of a transform
VOXEL = 2.0
MAP = jnp.asarray(np.random.default_rng(0).normal(size=(9, 8, 7)), float)
CLASSES = [FourierVoxelGridVolume, FourierVoxelSplineVolume]
classes = pytest.mark.parametrize("cls", CLASSES)


def spectrum_of(volume, map_):
    """The transform of the padded map at its grid points within the Nyquist frequency, and what the volume says."""
    k = frequencies(volume.padded_shape, VOXEL)
    inside = np.all(np.abs(k) < 0.49 / VOXEL, axis=-1)
    expected = rfftn(pad(map_, volume.padded_shape)) * VOXEL**3
    return volume.values_at(k[inside]), expected[inside]


def close(ours, expected, rtol=EXACT):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("pad_scale", [1.0, 1.5])
def test_the_spline_passes_through_the_transform(pad_scale):
    volume = FourierVoxelSplineVolume.from_real_voxel_grid(MAP, VOXEL, pad_scale=pad_scale)
    close(*spectrum_of(volume, MAP), rtol=10 * EXACT)


def test_coefficients_are_those_of_the_spline_filter():
    """A division in real space is the periodic filter in Fourier space."""
    volume = FourierVoxelSplineVolume.from_real_voxel_grid(MAP[:8, :, :6], VOXEL, pad_scale=1.0)
    full = jnp.fft.fftn(jnp.fft.ifftshift(MAP[:8, :, :6]))
    expected = compute_spline_coefficients(full, mode="grid-wrap")
    close(volume.spline_coefficients[3:-3, 3:-3, 3:7], expected[..., :4], rtol=10 * EXACT)


def test_linear_interpolation_without_deconvolution_passes_through_it_too():
    volume = FourierVoxelGridVolume.from_real_voxel_grid(MAP, VOXEL, interpolant=linear_interpolant(), deconvolve=False)
    close(*spectrum_of(volume, MAP))


def test_beyond_nyquist_the_transform_of_voxels_is_periodic():
    volume = FourierVoxelGridVolume.from_real_voxel_grid(MAP, VOXEL)
    k = jnp.asarray(np.random.default_rng(1).uniform(-0.2, 0.2, size=(20, 3)))
    shift = jnp.array([1.0, -2.0, 3.0]) / VOXEL
    # Positions of up to 3 periods, rounded.
    close(volume.values_at(k + shift), volume.values_at(k), rtol=100 * EXACT)


def window_of(cls):
    """An explicit window, as the default one depends on `pad_scale`."""
    return {"interpolant": kaiser_bessel(4)} if cls is FourierVoxelGridVolume else {}


@classes
def test_padding_modes(cls):
    edge = cls.from_real_voxel_grid(MAP, VOXEL, pad_mode="edge", **window_of(cls))
    widths = [(m // 2 - n // 2, m - n - m // 2 + n // 2) for n, m in zip(MAP.shape, edge.padded_shape, strict=True)]
    by_hand = cls.from_real_voxel_grid(jnp.pad(MAP, widths, mode="edge"), VOXEL, pad_scale=1.0, **window_of(cls))
    assert edge.shape == MAP.shape
    close(edge.coefficients, by_hand.coefficients)


@classes
def test_filters_multiply_the_transform_of_the_padded_map(cls):
    low_pass = LowPassFilter(8.0)
    filtered = cls.from_real_voxel_grid(MAP, VOXEL, filter=low_pass, **window_of(cls))
    map_ = filter_image(pad(MAP, filtered.padded_shape), low_pass, pixel_size=VOXEL)
    by_hand = cls.from_real_voxel_grid(map_, VOXEL, pad_scale=1.0, **window_of(cls))
    close(filtered.coefficients, by_hand.coefficients)


@classes
@pytest.mark.parametrize("sign", [-1, 1])
def test_centred_full_grids_of_either_exponent(cls, sign):
    full = jnp.fft.fftn(jnp.fft.ifftshift(MAP))
    centred = jnp.fft.fftshift(full if sign == -1 else jnp.conj(full))
    ours = cls.from_centred_fourier_voxel_grid(centred, VOXEL, exponent_sign=sign, pad_scale=1.25)
    expected = cls.from_real_voxel_grid(MAP, VOXEL, pad_scale=1.25)
    assert ours.shape == MAP.shape
    close(ours.coefficients, expected.coefficients, rtol=10 * EXACT)


def test_a_grid_that_is_not_centred_is_refused():
    full = jnp.fft.fftn(jnp.fft.ifftshift(MAP))
    with pytest.raises(InputError, match="not the transform of a real map"):
        FourierVoxelGridVolume.from_centred_fourier_voxel_grid(full, VOXEL)
    with pytest.raises(InputError, match="exponent_sign=0"):
        FourierVoxelGridVolume.from_centred_fourier_voxel_grid(full, VOXEL, exponent_sign=0)


@classes
def test_the_frequency_slice_turns_with_the_pose(cls):
    volume = cls.from_real_voxel_grid(MAP, VOXEL)
    plane = make_frequency_slice(volume.padded_shape[1:], outputs_rfft=False, fftshifted=True)
    close(volume.frequency_slice_in_pixels, plane)
    pose = EulerAnglePose(20.0, 40.0, 70.0)
    close(volume.rotate_to_pose(pose).frequency_slice_in_pixels, pose.rotate(plane, inverse=True))


@classes
def test_bad_maps_are_refused(cls):
    for wrong, options in [(r"pad_scale=0\.5", {"pad_scale": 0.5}), ("voxel_size=0", {"voxel_size": 0.0})]:
        with pytest.raises(InputError, match=wrong):
            cls.from_real_voxel_grid(MAP, **{"voxel_size": VOXEL, **options})
