import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import crop, pad

PAIRS = [((6, 6), (4, 4)), ((6, 5), (5, 4)), ((7, 8), (4, 5)), ((5, 6, 7), (4, 5, 3)), ((4, 4), (4, 4))]


@pytest.mark.parametrize(("large", "small"), PAIRS)
def test_the_origin_stays_the_origin(large, small):
    image = jnp.zeros(large).at[tuple(n // 2 for n in large)].set(1.0)
    cropped = crop(image, small)
    assert cropped.shape == small and cropped[tuple(n // 2 for n in small)] == 1
    assert np.array_equal(pad(cropped, large), image)


@pytest.mark.parametrize(("large", "small"), PAIRS)
def test_cropping_undoes_padding(large, small):
    image = jnp.arange(np.prod(small)).reshape(small) + 1.0
    padded = pad(image, large, value=-1.0)
    assert np.array_equal(crop(padded, small), image)
    assert np.count_nonzero(padded == -1) == np.prod(large) - np.prod(small)


def test_the_dtype_is_kept():
    for dtype in (bool, np.int16, np.float32, np.complex64):
        assert crop(pad(np.ones((3, 3), dtype), (5, 5)), (2, 2)).dtype == dtype


def test_wrong_direction_and_axes():
    with pytest.raises(InputError, match="pad"):
        crop(np.ones((4, 4)), (4, 5))
    with pytest.raises(InputError, match="crop"):
        pad(np.ones((4, 4)), (3, 5))
    for resize in (crop, pad):
        with pytest.raises(InputError, match="per axis"):
            resize(np.ones((4, 4)), (4, 4, 4))
    with pytest.raises(InputError, match="positive"):
        crop(np.ones((4, 4)), (0, 4))
