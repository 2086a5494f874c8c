import jax.numpy as jnp
import numpy as np
import pytest

from tests.grids.precision import EPS
from vitreous._core import InputError
from vitreous.grids import coordinates, frequencies, radius

SHAPES = [(5, 5), (6, 5), (3, 4, 6)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_origin_is_pixel_n_half(shape):
    points = coordinates(shape, 1.5)
    assert points.shape == (*shape, len(shape))
    assert np.all(points[tuple(n // 2 for n in shape)] == 0)


def test_vectors_are_x_y_z():
    points = coordinates((3, 4, 6), 2.0)
    np.testing.assert_array_equal(points[2, 1, 0], [-6.0, -2.0, 2.0])
    q = frequencies((3, 4, 6), 2.0)
    # Numbers with a rounding each.
    np.testing.assert_allclose(q[1, 1, 3], [0.25, 0.125, 1 / 6], rtol=2 * EPS)


@pytest.mark.parametrize("shape", SHAPES)
def test_frequencies_are_numpys(shape):
    q = frequencies(shape, 0.7)
    assert q.shape == (*shape[:-1], shape[-1] // 2 + 1, len(shape))
    # Two roundings.
    np.testing.assert_allclose(q.reshape(-1, *q.shape[-2:])[0, :, 0], np.fft.rfftfreq(shape[-1], 0.7), rtol=2 * EPS)
    rows = q.reshape(-1, *q.shape[-3:])[0, :, 0, 1]
    np.testing.assert_allclose(rows, np.fft.fftfreq(shape[-2], 0.7), rtol=2 * EPS)


def test_precision_follows_the_spacing():
    assert coordinates((4, 4), jnp.float32(1.5)).dtype == jnp.float32
    assert frequencies((4, 4), np.float32(1.5)).dtype == jnp.float32


@pytest.mark.parametrize("spacing", [0.0, -1.0, np.nan, np.inf])
def test_spacing_must_be_positive(spacing):
    with pytest.raises(InputError, match="spacing"):
        coordinates((4, 4), spacing)
    with pytest.raises(InputError, match="spacing"):
        frequencies((4, 4), spacing)


def test_radius_keeps_the_dtype():
    assert radius(jnp.zeros((2, 2), jnp.float32)).dtype == jnp.float32
