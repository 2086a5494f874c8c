import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import CircularMask, SphericalMask


@pytest.mark.parametrize("shape", [(16, 16), (15, 18)])
def test_a_disc_about_the_origin_pixel(shape):
    values = np.asarray(CircularMask(6.0, 4.0, pixel_size=2.0).values(shape))
    y, x = np.mgrid[: shape[0], : shape[1]]
    r = 2.0 * np.hypot(y - shape[0] // 2, x - shape[1] // 2)
    expected = np.where(r <= 6, 1, np.where(r >= 10, 0, (1 + np.cos(np.pi * (r - 6) / 4)) / 2))
    # float32 rounding in the single-precision leg.
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_a_hard_ball_has_its_volume():
    values = SphericalMask(9.0, 0.0).values((24, 24, 25))
    # Voxels counted on a sphere: to 2 % at this radius.
    np.testing.assert_allclose(values.sum(), 4 / 3 * np.pi * 9**3, rtol=0.02)
    assert set(np.unique(values)) == {0.0, 1.0}


def test_a_mask_multiplies_in_the_images_precision():
    image = 3 * np.ones((9, 9), np.float32)
    masked = CircularMask(2.0, 1.0)(image)
    assert masked.dtype == jnp.float32
    assert masked[4, 4] == 3 and masked[0, 0] == 0


def test_dimensions_must_fit():
    with pytest.raises(InputError, match="2 dimensions"):
        CircularMask(3.0)(np.ones((4, 4, 4)))
    with pytest.raises(InputError, match="3 dimensions"):
        SphericalMask(3.0).values((4, 4))


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan])
def test_nonsense_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        CircularMask(radius)
    with pytest.raises(InputError, match="soft_edge"):
        SphericalMask(3.0, -1.0)
    with pytest.raises(InputError, match="voxel_size"):
        SphericalMask(3.0, voxel_size=0.0)
