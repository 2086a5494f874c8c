import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import (
    CircularMask,
    CylindricalMask,
    InverseSincMask,
    ProductMask,
    RectangularMask,
    SphericalMask,
    SquareMask,
    VoxelMask,
)


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
    for mask in (SphericalMask(3.0), CylindricalMask(3.0)):
        with pytest.raises(InputError, match="3 dimensions"):
            mask.values((4, 4))
    for mask in (SquareMask(3.0), RectangularMask(3.0, 2.0)):
        with pytest.raises(InputError, match="2 dimensions"):
            mask.values((4, 4, 4))


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan])
def test_nonsense_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        CircularMask(radius)
    with pytest.raises(InputError, match="soft_edge"):
        SphericalMask(3.0, -1.0)
    with pytest.raises(InputError, match="voxel_size"):
        SphericalMask(3.0, voxel_size=0.0)
    with pytest.raises(InputError, match="side"):
        SquareMask(radius)
    with pytest.raises(InputError, match="height"):
        RectangularMask(3.0, radius)
    with pytest.raises(InputError, match="height"):
        CylindricalMask(3.0, radius)


def cosine_edge(distance, start, width):
    return np.where(distance <= start, 1, np.where(distance >= start + width, 0, _fall((distance - start) / width)))


def _fall(x):
    return (1 + np.cos(np.pi * x)) / 2


@pytest.mark.parametrize("shape", [(16, 16), (15, 18)])
def test_rectangles(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    x, y = 1.5 * (x - shape[1] // 2), 1.5 * (y - shape[0] // 2)
    # float32 rounding in the single-precision leg.
    square = SquareMask(6.0, 4.0, pixel_size=1.5).values(shape)
    np.testing.assert_allclose(square, cosine_edge(abs(x), 3, 4) * cosine_edge(abs(y), 3, 4), atol=1e-6)
    turned = RectangularMask(9.0, 4.0, soft_edge=3.0, angle_deg=30.0, pixel_size=1.5).values(shape)
    along, across = x * np.sqrt(0.75) + y / 2, y * np.sqrt(0.75) - x / 2
    np.testing.assert_allclose(turned, cosine_edge(abs(along), 4.5, 3) * cosine_edge(abs(across), 2, 3), atol=2e-6)


@pytest.mark.parametrize("shape", [(12, 13, 14), (9, 8, 8)])
def test_cylinders(shape):
    z, y, x = np.meshgrid(*(2.0 * (np.arange(n) - n // 2) for n in shape), indexing="ij")
    disc = cosine_edge(np.hypot(x, y), 5, 4)
    np.testing.assert_allclose(CylindricalMask(5.0, soft_edge=4.0, voxel_size=2.0).values(shape), disc, atol=1e-6)
    cut = CylindricalMask(5.0, 10.0, soft_edge=4.0, voxel_size=2.0).values(shape)
    np.testing.assert_allclose(cut, disc * cosine_edge(abs(z), 5, 4), atol=1e-6)


def test_a_product_of_masks():
    masks = CircularMask(4.0, 2.0), SquareMask(5.0, 1.0)
    product = ProductMask(*masks).values((12, 13))
    np.testing.assert_array_equal(product, masks[0].values((12, 13)) * masks[1].values((12, 13)))
    assert np.all(ProductMask().values((3, 4)) == 1)


def test_a_mask_in_the_shape_of_a_map():
    shape, size = (20, 22, 21), 1.5
    z, y, x = np.meshgrid(*(size * (np.arange(n) - n // 2) for n in shape), indexing="ij")
    points = np.zeros(shape)
    points[10, 11, 10] = points[10, 11, 14] = 5.0  # at the origin and 6 Å along x
    mask = VoxelMask.from_volume(points, 1.0, voxel_size=size, extend=4.0, soft_edge=3.0)
    nearest = np.minimum(np.sqrt(x**2 + y**2 + z**2), np.sqrt((x - 6) ** 2 + y**2 + z**2))
    np.testing.assert_allclose(mask.values(shape), cosine_edge(nearest, 4, 3), atol=1e-6)
    np.testing.assert_array_equal(mask(2 * np.ones(shape)), 2 * mask.values(shape))


def test_a_low_pass_before_the_threshold_removes_specks():
    disc = 1.0 * (np.hypot(*np.mgrid[-16:16, -16:16]) < 8)
    disc[2, 2] = 1.0  # a speck, which a blur makes faint
    mask = VoxelMask.from_volume(disc, 0.3, voxel_size=1.0, low_pass_a=6.0, soft_edge=0.0).values((32, 32))
    assert mask[2, 2] == 0 and mask[16, 16] == 1
    assert abs(float(mask.sum()) / disc.sum() - 1) < 0.25  # the threshold of 0.3 lies half a pixel outside the rim


def test_a_map_must_reach_the_threshold_and_be_known():
    with pytest.raises(InputError, match="the largest is 1"):
        VoxelMask.from_volume(np.ones((4, 4)), 2.0, voxel_size=1.0)
    with pytest.raises(InputError, match="traces"):
        jax.jit(lambda x: VoxelMask.from_volume(x, 0.5, voxel_size=1.0).voxels)(np.ones((4, 4)))
    with pytest.raises(InputError, match="does not fit"):
        VoxelMask(np.ones((4, 4))).values((4, 5))


def interpolated(spectrum, k, weights):
    """Values of a periodic spectrum between its samples, as a weighted sum of the nearest ones on each axis."""
    reach = len(weights) // 2
    start = int(np.floor(k)) - reach + 1 if len(weights) > 1 else round(k)
    return sum(weight * np.take(spectrum, start + j, axis=0, mode="wrap") for j, weight in enumerate(weights))


@pytest.mark.parametrize(
    ("order", "weights", "accuracy"),
    # What is left are the images of the object that interpolation puts beyond its box, at u = 1 ± 1/16:
    # W(15/16) / W(1/16) is (1/15)^(order + 1), for either of them.
    [(0, [1.0], 2 / 15), (1, [0.5, 0.5], 2 / 15**2)],
)
def test_the_inverse_sinc_undoes_interpolation(order, weights, accuracy):
    # An object of 8 pixels in a box of 64: its spectrum half-way between samples (for order 0: a quarter away).
    rng = np.random.default_rng(0)
    n, k = 64, 3.5 if order else 3.25
    x = np.arange(n) - n // 2
    object_ = np.where(abs(x) <= 4, rng.normal(size=n), 0)
    exact = np.sum(object_ * np.exp(-2j * np.pi * k * x / n))

    def error(values):
        corrected = np.fft.fft(np.fft.ifftshift(object_ * np.asarray(values)))
        return abs(interpolated(corrected, k, weights) - exact) / abs(exact)

    mask = InverseSincMask(order, padded_shape=(1, n))
    assert error(mask.values((1, n))[0]) < accuracy
    if order == 1:  # one sinc instead of two is worse, and none still more so
        one_sinc = InverseSincMask(0, padded_shape=(1, n)).values((1, n))[0]
        assert error(mask.values((1, n))[0]) < error(one_sinc) < error(np.ones(n))


def test_the_inverse_sinc_of_a_cubic_spline():
    # The interpolation kernel of prefiltered cubic splines, in closed form against its transform summed directly.
    j = np.arange(-30, 31)
    samples = (np.sqrt(3) * (np.sqrt(3) - 2) ** abs(j)).astype(float)  # the prefilter, Unser 1999
    t = np.arange(-32, 32, 1 / 16)

    def b_spline(t):
        t = abs(t)
        return np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.where(t < 2, (2 - t) ** 3 / 6, 0))

    kernel = np.sum(samples[:, None] * b_spline(t - j[:, None]), axis=0)
    mask = InverseSincMask(3, padded_shape=(1, 16)).values((1, 16))[0]
    for i, u in enumerate((np.arange(16) - 8) / 16):
        transform = np.sum(kernel * np.exp(-2j * np.pi * u * t)).real / 16
        # The sum over t stands for the integral to the aliases of a cubic spline at 16 samples: 16⁻⁴ / few.
        np.testing.assert_allclose(1 / mask[i], transform, rtol=2e-5)


def test_the_inverse_sinc_of_a_volume_is_a_product_over_the_axes():
    values = np.asarray(InverseSincMask(padded_shape=(6, 8, 10)).values((5, 6, 7)))
    u = [(np.arange(n) - n // 2) / p for n, p in ((5, 6), (6, 8), (7, 10))]
    expected = 1 / np.einsum("z,y,x->zyx", *(np.sinc(v) ** 2 for v in u))
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    np.testing.assert_allclose(InverseSincMask().values((4, 4))[2, 0], (np.pi / 2) ** 2, rtol=1e-6)  # unpadded


@pytest.mark.parametrize(("order", "padded"), [(2, None), (1, (4, 4)), (1, (8, 8, 8))])
def test_the_inverse_sinc_refuses_nonsense(order, padded):
    with pytest.raises(InputError):
        InverseSincMask(order, padded_shape=padded).values((8, 8))
