"""Transforms plane by plane are those of the whole padded box, in float64 to rounding and in float32 nearly so."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import relative_error
from vitreous.grids import crop, frequencies, irfftn, rfftn, shift_phases
from vitreous.reconstruct._accumulator import _centred_spectra
from vitreous.reconstruct._planes import convolved, cropped, windowless
from vitreous.reconstruct._shells import radial
from vitreous.reconstruct._wiener import radially_filtered

BOXES = pytest.mark.parametrize(("n", "padded"), [(6, 12), (7, 16)])
# Rounding of a few hundred operations.
PRECISIONS = pytest.mark.parametrize(("dtype", "tolerance"), [(jnp.float64, 1e-13), (jnp.float32, 1e-6)])


def random(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def hermitian(padded, seed=0):
    """A half spectrum of a real volume, and that volume."""
    volume = random((padded,) * 3, seed)
    return rfftn(volume), volume


@BOXES
@PRECISIONS
def test_a_convolution_is_that_of_the_padded_box(n, padded, dtype, tolerance):
    volume, transfer = random((n,) * 3), random((padded, padded, padded // 2 + 1), 1)
    options = {"s": (padded,) * 3, "axes": (0, 1, 2)}
    expected = np.fft.irfftn(transfer * np.fft.rfftn(volume, **options), **options)
    found = convolved(jnp.asarray(volume, dtype), jnp.asarray(transfer.T, dtype))
    assert found.dtype == dtype
    assert relative_error(found, expected[:n, :n, :n]) < tolerance


@BOXES
@PRECISIONS
def test_the_middle_of_a_spectrum_is_cropped(n, padded, dtype, tolerance):
    spectrum, volume = hermitian(padded)
    single = jnp.complex64 if dtype == jnp.float32 else jnp.complex128
    found = cropped(jnp.asarray(spectrum.T, single), n)
    assert found.dtype == dtype
    assert relative_error(found, crop(volume, (n,) * 3)) < tolerance


@PRECISIONS
def test_a_window_is_divided_out(dtype, tolerance):
    padded = 12
    even = random((padded,) * 3)
    weight = rfftn(even + np.roll(np.flip(even), 1, (0, 1, 2))).real  # even about its origin, so its spectrum is real
    window = np.random.default_rng(2).uniform(0.5, 1, padded)
    window = (window + np.roll(window[::-1], 1)) / 2
    cube = window[:, None, None] * window[:, None] * window
    expected = rfftn(irfftn(weight + 0j, (padded,) * 3) / cube).real
    found = windowless(jnp.asarray(weight.T, dtype), jnp.asarray(window, dtype))
    assert found.dtype == dtype
    assert relative_error(found.T, expected) < tolerance


@pytest.mark.parametrize("box", [6, 7])
def test_profiles_are_linear_between_shells(box):
    profile = random(box // 2 + 1)
    radius = np.linalg.norm(np.asarray(frequencies((2 * box,) * 3)), axis=-1) * box
    expected = np.interp(radius, np.arange(len(profile)), profile)
    found = radial(jnp.asarray(profile), np.arange(box + 1), padded=2 * box, box=box)
    np.testing.assert_allclose(found.T, expected, atol=2e-6)  # radii are float32


@pytest.mark.parametrize("box", [6, 7])
def test_a_filter_of_ones_changes_nothing(box):
    volume = random((box,) * 3)
    np.testing.assert_allclose(radially_filtered(jnp.asarray(volume), jnp.ones(box // 2 + 1)), volume, atol=1e-14)


@pytest.mark.parametrize("box", [8, 9])
@PRECISIONS
def test_images_are_centred_and_moved_back(box, dtype, tolerance):
    images, offsets = random((3, box, box)), np.random.default_rng(1).uniform(-40, 40, (3, 2))
    expected = np.stack([rfftn(y) * np.conj(shift_phases(t, y.shape)) for y, t in zip(images, offsets, strict=True)])
    found = np.asarray(_centred_spectra(jnp.asarray(images, dtype), jnp.asarray(offsets, dtype)))
    below_nyquist = slice(0, (box + 1) // 2)
    rows = np.abs(np.fft.fftfreq(box)) < 0.5
    # Offsets of forty pixels make phases of 126 radians, each rounded by one part in 2e7.
    assert relative_error(found[:, rows, below_nyquist], expected[:, rows, below_nyquist]) < 5 * tolerance
