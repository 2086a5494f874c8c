import jax.numpy as jnp
import numpy as np
import pytest

from tests.grids.precision import FFT
from vitreous._core import InputError
from vitreous.grids import coordinates, fourier_crop, fourier_pad, irfftn, resize_spectrum, rfftn

SIZES = [(4, 5), (4, 6), (5, 7), (5, 8)]


def image_of(shape):
    return np.random.default_rng(5).normal(size=shape)


@pytest.mark.parametrize(("small", "large"), SIZES)
def test_pad_and_crop_is_the_identity(small, large):
    image = image_of((small, small))
    np.testing.assert_allclose(fourier_crop(fourier_pad(image, (large, large)), (small, small)), image, atol=2 * FFT)


def test_pad_and_crop_in_three_dimensions():
    image = image_of((4, 5, 6))
    np.testing.assert_allclose(fourier_crop(fourier_pad(image, (6, 8, 7)), (4, 5, 6)), image, atol=2 * FFT)


def trigonometric(image, points):
    """The real trigonometric polynomial through the pixels, at any points (pixels from the origin), by plain sums."""
    for axis, n in enumerate(image.shape):
        k = np.arange(n) - n // 2
        nyquist = np.abs(k) == n / 2
        i = np.arange(n) - n // 2
        phase = 2 * np.pi * k * (points[axis][:, None, None] - i[:, None]) / n
        # A real field: the missing +n/2 of an even axis is the mirror image of -n/2.
        kernel = np.sum(np.where(nyquist, np.cos(phase), np.exp(1j * phase)), -1)
        image = np.moveaxis(np.tensordot(kernel.real / n, image, axes=(1, axis)), 0, axis)
    return image


@pytest.mark.parametrize(("old", "new"), [((4, 4), (8, 8)), ((6, 5), (9, 8)), ((5, 4, 3), (6, 6, 6))])
def test_padding_is_trigonometric_interpolation(old, new):
    image = image_of(old)
    points = [(np.arange(m) - m // 2) * n / m for n, m in zip(old, new, strict=True)]
    np.testing.assert_allclose(fourier_pad(image, new), trigonometric(image, points), atol=2 * FFT)


@pytest.mark.parametrize(("old", "new"), [((12, 12), (8, 8)), ((13, 12), (9, 6))])
def test_cropping_keeps_slow_waves_and_removes_fast_ones(old, new):
    x = np.asarray(coordinates(old))

    def wave(r, n):
        return 1 + np.cos(2 * np.pi * (2 * r[..., 0] / n[1] - r[..., 1] / n[0]) + 0.4)

    fast = np.cos(2 * np.pi * 5 * x[..., 0] / old[1] + 0.1) + np.cos(2 * np.pi * 5 * x[..., 1] / old[0] + 0.2)
    cropped = fourier_crop(wave(x, old) + fast, new)
    np.testing.assert_allclose(cropped, wave(np.asarray(coordinates(new)), new), atol=4 * FFT)


def test_a_wave_at_the_new_nyquist_is_sampled():
    """cos(2π·3x/12 + 0.4) on 6 pixels of 2 is its samples, cos(0.4) (-1)^x; nothing else changes."""
    x = np.asarray(coordinates((4, 12)))[..., 0]
    cropped = fourier_crop(np.cos(2 * np.pi * 3 * x / 12 + 0.4), (4, 6))
    signs = (-1.0) ** (np.arange(6) - 3)
    np.testing.assert_allclose(cropped, np.broadcast_to(np.cos(0.4) * signs, (4, 6)), atol=2 * FFT)


@pytest.mark.parametrize(("old", "new"), [((12, 12), (8, 8)), ((9, 8, 8), (6, 6, 4))])
def test_the_spectrum_is_hermitian_before_the_inverse(old, new):
    """irfftn must have nothing to repair: its own transform gives the resized spectrum back."""
    resized = resize_spectrum(rfftn(image_of(old)), old, new_shape=new)
    np.testing.assert_allclose(rfftn(irfftn(resized, new)), resized, atol=20 * FFT)


def test_growing_one_axis_and_shrinking_the_other():
    image = image_of((6, 8))
    both = resize_spectrum(rfftn(image), (6, 8), new_shape=(9, 5))
    steps = rfftn(fourier_crop(fourier_pad(image, (9, 8)), (9, 5))) * (48 / 45)
    np.testing.assert_allclose(both, steps, atol=20 * FFT)


def test_the_mean_is_kept_and_the_precision_too():
    image = image_of((8, 8)).astype(np.float32)
    for result in (fourier_crop(image, (5, 4)), fourier_pad(image, (9, 10))):
        assert result.dtype == jnp.float32
        # Rounding of float32.
        np.testing.assert_allclose(result.mean(), image.mean(), atol=1e-6)


def test_wrong_direction_and_axes():
    with pytest.raises(InputError, match="fourier_pad"):
        fourier_crop(np.ones((4, 4)), (4, 5))
    with pytest.raises(InputError, match="fourier_crop"):
        fourier_pad(np.ones((4, 4)), (3, 5))
    with pytest.raises(InputError, match="per axis"):
        fourier_crop(np.ones((4, 4)), (4,))
    with pytest.raises(InputError, match="half spectrum"):
        resize_spectrum(jnp.ones((4, 4), complex), (4, 4), new_shape=(2, 2))
