import jax.numpy as jnp
import numpy as np
import pytest

from tests.grids.precision import EPS, FFT
from vitreous._core import InputError
from vitreous.grids import mode_multiplicity, power_spectrum, rfftn, shell_average, shell_index


@pytest.mark.parametrize("shape", [(6, 6), (7, 7), (8, 8, 8), (33, 33)])
def test_shells_of_a_cube_are_rounded_radii(shape):
    """By integers: |k| rounds to s exactly where s² - s < |k|² <= s² + s (so no radius is ever halfway)."""
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(n, 1 / n).astype(int) for n in shape], indexing="ij"), -1)
    squares = np.sum(k**2, -1)[..., : shape[-1] // 2 + 1]
    s = np.asarray(shell_index(shape))
    assert np.all(squares > s * s - s) or np.all(squares[squares > 0] > (s * s - s)[squares > 0])
    assert np.all(squares <= s * s + s)


def test_shells_of_a_rectangle_are_those_of_its_frequencies():
    s = np.asarray(shell_index((4, 8)))
    # 1/4 per pixel is shell 1: index 1 of the axis of 4, index 2 of the axis of 8; halfway (index 1 of 8) rounds up.
    assert s[1, 0] == 1 and s[0, 2] == 1 and s[0, 1] == 1 and s[0, 4] == 2 and s[2, 0] == 2


def test_averages_weigh_each_mode_by_its_multiplicity():
    shape = (6, 6)
    values = np.random.default_rng(0).normal(size=(6, 4))
    weights, index = np.asarray(mode_multiplicity(shape)), np.asarray(shell_index(shape))
    expected = [np.average(values[index == s], weights=weights[index == s]) for s in range(4)]
    np.testing.assert_allclose(shell_average(values, shape), expected, atol=10 * EPS)


def test_averages_equal_those_of_the_full_spectrum():
    image = np.random.default_rng(1).normal(size=(7, 8))
    full = np.abs(np.fft.fftn(image)) ** 2
    k = np.hypot(np.fft.fftfreq(7)[:, None], np.fft.fftfreq(8)) * 7
    index = np.floor(k + 0.5).astype(int)
    expected = [full[index == s].mean() for s in range(4)]
    np.testing.assert_allclose(power_spectrum(image), expected, rtol=20 * FFT)


def test_complex_values_keep_their_kind():
    values = rfftn(np.random.default_rng(0).normal(size=(6, 6)).astype(np.float32))
    assert shell_average(values, (6, 6)).dtype == jnp.complex64
    assert power_spectrum(np.ones((6, 6), np.float32)).dtype == jnp.float32


def test_white_noise_has_its_variance_times_the_number_of_pixels():
    image = 2 * np.random.default_rng(2).normal(size=(24, 24, 24))
    power = np.asarray(power_spectrum(image)) / image.size
    # Shell 8 and beyond hold over 700 modes (350 independent): 5 standard deviations of 1/√350.
    np.testing.assert_allclose(power[8:], 4, rtol=0.27)


def test_float32_sums_of_many_modes():
    values = np.ones((64, 64, 33), np.float32) * np.float32(1.1)
    # Short sums: far below the 1e-4 that one running sum of 2e5 float32 numbers loses.
    np.testing.assert_allclose(shell_average(values, (64, 64, 64)), 1.1, rtol=3e-6)


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match="half spectrum"):
        shell_average(np.ones((6, 6)), (6, 6))
