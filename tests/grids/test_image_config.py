import equinox as eqx
import jax
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import ImageConfig, coordinates, frequencies


def test_padding_is_for_the_spectrum_only():
    config = ImageConfig((5, 6), 2.0, padded_shape=(8, 9))
    np.testing.assert_array_equal(config.frequencies, frequencies((8, 9), 2.0))
    np.testing.assert_array_equal(config.coordinates, coordinates((5, 6), 2.0))
    np.testing.assert_array_equal(config.crop(config.padded_coordinates[..., 0]), config.coordinates[..., 0])


def test_shapes_are_static_and_the_pixel_size_is_not():
    config = ImageConfig((4, 4), 1.5)
    assert len(jax.tree.leaves(config)) == 1
    gradient = eqx.filter_grad(lambda c: c.frequencies[0, 1, 0])(config)
    # d(1 / 4p)/dp, one rounding in float32.
    np.testing.assert_allclose(gradient.pixel_size, -1 / (4 * 1.5**2), rtol=3e-7)


def test_built_under_jit():
    # The same operations, compiled: one rounding.
    result = jax.jit(lambda p: ImageConfig((4, 4), p).frequencies)(1.5)
    np.testing.assert_allclose(result, ImageConfig((4, 4), 1.5).frequencies, rtol=3e-7)


@pytest.mark.parametrize(
    ("shape", "pixel_size", "padded"),
    [((0, 4), 1.0, None), ((4, 4), 0.0, None), ((4, 4), -1.0, None), ((4, 4), 1.0, (4, 3)), ((4, 4), np.nan, None)],
)
def test_nonsense_is_refused(shape, pixel_size, padded):
    with pytest.raises(InputError):
        ImageConfig(shape, pixel_size, padded_shape=padded)
