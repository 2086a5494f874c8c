import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.grids.precision import EPS, FFT
from vitreous._core import InputError
from vitreous.grids import coordinates, fourier_crop, fourier_pad, rescale


def blob(shape, spacing, width=4.0):
    """An off-centre Gaussian, in Å."""
    r = np.asarray(coordinates(shape, spacing))
    centre = np.array([1.7, -0.9, 0.4][: len(shape)])
    return np.exp(-np.sum((r - centre) ** 2, -1) / (2 * width**2))


@pytest.mark.parametrize(
    ("shape", "new_spacing"), [((36, 37), 0.83), ((37, 36), 1.3), ((36, 37), 1.77), ((37, 36), 2.0 / 3.0)]
)
def test_any_ratio_samples_the_same_field(shape, new_spacing):
    result = rescale(blob(shape, 1.2), 1.2, new_spacing=new_spacing)
    assert result.shape == tuple(round(n * 1.2 / new_spacing) for n in shape)
    # exp(-2π² 4² q²) at the Nyquist of 1.77 Å is 1e-11; at the edge, 20 Å from the centre, exp(-18²/32) = 4e-5,
    # where the periodic images meet.
    np.testing.assert_allclose(result, blob(result.shape, new_spacing), atol=2e-4)
    inner = tuple(slice(n // 4, -(n // 4)) for n in result.shape)
    np.testing.assert_allclose(result[inner], blob(result.shape, new_spacing)[inner], atol=2e-5)


def test_three_dimensions_and_rectangles():
    result = rescale(blob((20, 22, 25), 2.0), 2.0, new_spacing=1.5, shape=(16, 18, 20))
    # As above: the edge of the old field is 20 Å away.
    np.testing.assert_allclose(result, blob((16, 18, 20), 1.5), atol=1e-4)


@pytest.mark.parametrize(("n", "m"), [(12, 8), (13, 7)])
def test_a_ratio_of_sizes_is_fourier_crop(n, m):
    image = np.random.default_rng(0).normal(size=(n, n))
    # Cosines of angles up to 2π in place of an FFT.
    np.testing.assert_allclose(rescale(image, 1.0, new_spacing=n / m), fourier_crop(image, (m, m)), atol=8 * FFT)


@pytest.mark.parametrize(("n", "m"), [(8, 12), (6, 13)])
def test_a_ratio_of_sizes_is_fourier_pad(n, m):
    image = np.random.default_rng(0).normal(size=(n, n))
    np.testing.assert_allclose(rescale(image, 1.0, new_spacing=n / m), fourier_pad(image, (m, m)), atol=8 * FFT)


def test_the_same_spacing_is_the_identity():
    image = np.random.default_rng(0).normal(size=(8, 9))
    np.testing.assert_allclose(rescale(image, 1.3, new_spacing=1.3), image, atol=8 * FFT)


@pytest.mark.parametrize("new_spacing", [0.71, 1.0, 1.9])
def test_constants_are_kept_everywhere(new_spacing):
    result = rescale(np.ones((9, 10)), 1.0, new_spacing=new_spacing)
    np.testing.assert_allclose(result, 1, atol=20 * EPS)


def test_coarsening_removes_what_would_alias():
    x = np.asarray(coordinates((1, 60)))[..., 0]
    fast = np.cos(2 * np.pi * 20 * x / 60)  # 1/3 per pixel: beyond the new Nyquist of 0.5 / 1.7
    np.testing.assert_allclose(rescale(fast, 1.0, new_spacing=1.7, shape=(1, 35)), 0, atol=20 * EPS)


def test_outside_the_old_field_of_view_is_zero():
    result = rescale(np.ones((10, 10)), 1.0, new_spacing=0.5, shape=(30, 30))
    assert np.all(result[:4] == 0) and np.all(result[-4:] == 0)
    np.testing.assert_allclose(result[5:25, 5:25], 1, atol=20 * EPS)


def test_traced_spacings_need_a_shape():
    image = jnp.ones((6, 6))
    with pytest.raises(InputError, match="shape"):
        jax.jit(lambda p: rescale(image, 1.0, new_spacing=p))(1.5)
    result = jax.jit(lambda p: rescale(image, 1.0, new_spacing=p, shape=(4, 4)))(1.5)
    np.testing.assert_allclose(result, 1, atol=20 * EPS)


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="new_spacing"):
        rescale(np.ones((4, 4)), 1.0, new_spacing=0.0)
    with pytest.raises(InputError, match="per axis"):
        rescale(np.ones((4, 4)), 1.0, new_spacing=1.0, shape=(4,))
