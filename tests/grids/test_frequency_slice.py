"""Frequencies of spectra in every layout."""

import numpy as np
import pytest

from tests.grids.precision import EPS
from vitreous._core import InputError
from vitreous.grids import (
    coordinates,
    frequencies,
    make_coordinate_grid,
    make_frequency_grid,
    make_frequency_slice,
)

SHAPE = (3, 4, 6)


def test_without_options_they_are_ours():
    np.testing.assert_array_equal(make_frequency_grid(SHAPE, 1.5), frequencies(SHAPE, 1.5))
    np.testing.assert_array_equal(make_coordinate_grid(SHAPE, 1.5), coordinates(SHAPE, 1.5))


def test_each_mode_of_numpys_full_spectrum():
    full = make_frequency_grid(SHAPE, 2.0, outputs_rfft=False)
    for axis, n in enumerate(SHAPE):
        line = np.moveaxis(np.asarray(full[..., 2 - axis]), axis, 0)[:, 0, 0]
        np.testing.assert_allclose(line, np.fft.fftfreq(n, 2.0), rtol=2 * EPS)


@pytest.mark.parametrize("half", [True, False])
def test_shifted_axes_are_those_that_hold_all_modes(half):
    axes = (0, 1) if half else (0, 1, 2)
    centred = make_frequency_grid(SHAPE, outputs_rfft=half, fftshifted=True)
    expected = np.fft.fftshift(make_frequency_grid(SHAPE, outputs_rfft=half), axes=axes)
    np.testing.assert_array_equal(centred, expected)
    origin = (1, 2, 0) if half else (1, 2, 3)
    np.testing.assert_array_equal(centred[origin], 0)


@pytest.mark.parametrize("shape", [(4, 5), (5, 6)])
def test_a_slice_is_the_plane_without_kz(shape):
    plane = make_frequency_slice(shape, 1.5, outputs_rfft=False, fftshifted=True)
    assert plane.shape == (1, *shape, 3)
    np.testing.assert_array_equal(
        plane[0, ..., :2], make_frequency_grid(shape, 1.5, outputs_rfft=False, fftshifted=True)
    )
    np.testing.assert_array_equal(plane[..., 2], 0)
    assert make_frequency_slice(shape).shape == (1, shape[0], shape[1] // 2 + 1, 3)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="no shape of a projection"):
        make_frequency_slice(SHAPE)
    with pytest.raises(InputError, match="grid_spacing=0"):
        make_frequency_grid((4, 4), 0.0)
