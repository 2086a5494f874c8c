import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import block_offset, block_reduce_downsample, coordinates, shift_image

X64 = jax.config.jax_enable_x64
ROUNDING = 1e-12 if X64 else 1e-5
IMAGE = jnp.asarray(np.random.default_rng(0).normal(size=(12, 18)))


@pytest.mark.parametrize("factor", [1, 2, 3, 6])
def test_pixels_are_integrated(factor):
    means = block_reduce_downsample(IMAGE, factor, keep_origin=False)
    expected = np.asarray(IMAGE).reshape(12 // factor, factor, 18 // factor, factor).mean((1, 3))
    np.testing.assert_allclose(means, expected, atol=ROUNDING)
    counts = block_reduce_downsample(IMAGE, factor, operation=jnp.sum)
    # Moving the image first leaves its sum.
    np.testing.assert_allclose(counts.sum(), IMAGE.sum(), atol=100 * ROUNDING)
    integral = block_reduce_downsample(IMAGE, factor).sum() * factor**2
    np.testing.assert_allclose(integral, IMAGE.sum(), atol=100 * ROUNDING)


@pytest.mark.parametrize(("size", "factor"), [(8, 2), (7, 2), (8, 3), (7, 3), (6, 4), (5, 4)])
def test_an_object_at_the_origin_stays_there(size, factor):
    def blob(shape, spacing):
        return jnp.exp(-jnp.sum(coordinates(shape, spacing) ** 2, axis=-1) / (2 * (size * factor / 8) ** 2))

    coarse = block_reduce_downsample(blob((size * factor, size * factor), 1.0), factor)
    places = coordinates((size, size), 1.0)
    centre = (coarse[..., None] * places).sum((0, 1)) / coarse.sum()
    # Even boxes have one more row on one side, where the blob has fallen to exp(-8).
    np.testing.assert_allclose(centre, 0, atol=1e-2)
    if size % 2:
        # Mirror images of each other, but for what the half-pixel shift takes from the Nyquist frequency.
        np.testing.assert_allclose(coarse, coarse[::-1, ::-1], atol=1e-4)


def test_odd_factors_move_by_whole_pixels():
    image = IMAGE[:, :15]
    moved = shift_image(image, jnp.asarray([block_offset(5, 3), block_offset(4, 3)], float))
    assert block_offset(5, 3) == 0
    assert block_offset(4, 3) == 1
    expected = np.roll(image, (1, 0), (0, 1)).reshape(4, 3, 5, 3).mean((1, 3))
    np.testing.assert_allclose(moved, np.roll(image, (1, 0), (0, 1)), atol=100 * ROUNDING)
    np.testing.assert_allclose(block_reduce_downsample(image, 3), expected, atol=100 * ROUNDING)


def test_volumes_are_reduced_along_three_axes():
    assert block_reduce_downsample(jnp.ones((4, 6, 8)), 2).shape == (2, 3, 4)


def test_what_does_not_divide_is_refused():
    with pytest.raises(InputError, match="blocks of 5 pixels"):
        block_reduce_downsample(IMAGE, 5)
    with pytest.raises(InputError, match="downsample_factor=0"):
        block_reduce_downsample(IMAGE, 0)
