import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grids.precision import FFT
from vitreous._core import InputError
from vitreous.grids import coordinates, irfftn, mode_multiplicity, rfftn, shift_image, shift_phases

SHAPES = [(6, 6), (5, 5), (4, 7), (5, 6), (4, 3, 6)]


def image_of(shape):
    # White noise has power in every mode, Nyquist included.
    return jnp.asarray(np.random.default_rng(3).normal(size=shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_whole_pixels_are_a_roll(shape):
    image = image_of(shape)
    for shift in ([1, 0, 0], [-3, 2, 1], [7, -1, 4]):
        shift = shift[: len(shape)]
        expected = np.roll(image, shift[::-1], axis=tuple(range(len(shape))))
        moved = shift_image(image, [2.5 * s for s in shift], 2.5)
        np.testing.assert_allclose(moved, expected, atol=2 * FFT, rtol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_zero_is_the_identity(shape):
    assert np.all(shift_phases([0.0] * len(shape), shape) == 1)


@pytest.mark.parametrize("shape", [(6, 6), (4, 3, 6)])
def test_real_images_stay_real(shape):
    """The factor is Hermitian: the full complex transform of the shifted spectrum has no imaginary part."""
    shift = [0.37, -1.21, 0.83][: len(shape)]
    moved = shift_image(image_of(shape), shift)
    again = rfftn(moved)
    np.testing.assert_allclose(again, rfftn(image_of(shape)) * shift_phases(shift, shape), atol=1e3 * FFT, rtol=0)


def test_the_nyquist_factor_is_a_cosine():
    s, n = 0.3, 6
    phases = shift_phases([s, 0.0], (n, n))
    np.testing.assert_allclose(phases[:, -1], np.cos(np.pi * s), atol=FFT)
    phases = shift_phases([0.0, s], (n, n))
    np.testing.assert_allclose(phases[n // 2], np.cos(np.pi * s), atol=FFT)
    # The other axis keeps its ordinary phase there.
    both = shift_phases([0.2, s], (n, n))
    np.testing.assert_allclose(both[n // 2, 1], np.cos(np.pi * s) * np.exp(-2j * np.pi * 0.2 / n), atol=FFT)


@pytest.mark.parametrize("shape", [(8, 8), (7, 9)])
@given(x=st.floats(-20, 20), y=st.floats(-20, 20))
def test_unitary_without_nyquist(shape, x, y):
    phases = np.abs(np.asarray(shift_phases([x, y], shape)))
    own = np.ones(phases.shape, bool)
    if shape[0] % 2 == 0:
        own[shape[0] // 2] = False
    if shape[1] % 2 == 0:
        own[:, -1] = False
    np.testing.assert_allclose(phases[own], 1, atol=FFT)
    assert np.all(phases <= 1 + FFT)


def test_shift_theorem_on_a_smooth_blob():
    shape, shift = (24, 25), np.array([1.3, -2.6])
    r = np.asarray(coordinates(shape))
    blob = np.exp(-np.sum(r**2, -1) / 8)
    moved = np.exp(-np.sum((r - shift) ** 2, -1) / 8)
    # exp(-π² 2² q² 2) at Nyquist is 5e-9, and the blob's tail at the edge exp(-9.4²/8) = 2e-5, wrapped around.
    np.testing.assert_allclose(shift_image(blob, shift), moved, atol=1e-4)


def test_there_and_back_without_nyquist():
    image = image_of((6, 6))
    spectrum = rfftn(image).at[3].set(0).at[:, 3].set(0)
    image = irfftn(spectrum, (6, 6))
    back = shift_image(shift_image(image, [0.5, 1.7]), [-0.5, -1.7])
    np.testing.assert_allclose(back, image, atol=4 * FFT)
    # and the power was kept in between
    moved = rfftn(shift_image(image, [0.5, 1.7]))
    weights = mode_multiplicity((6, 6))
    np.testing.assert_allclose(
        jnp.sum(weights * jnp.abs(moved) ** 2), jnp.sum(weights * jnp.abs(spectrum) ** 2), rtol=10 * FFT
    )


def test_precision_follows_the_image():
    image = np.ones((4, 4), np.float32)
    assert shift_image(image, np.array([1.0, 2.0])).dtype == jnp.float32
    assert shift_phases(jnp.ones(2, jnp.float32), (4, 4), 1.5).dtype == jnp.complex64


def test_a_long_shift_keeps_its_digits_in_float32():
    phases = shift_phases(jnp.array([1000.0, 0.0], jnp.float32), (8, 8))
    # 1000 pixels are whole turns of every mode of a box of 8.
    np.testing.assert_allclose(phases, jnp.ones((8, 5)), atol=1e-6)


def test_half_a_pixel_has_finite_gradients():
    gradient = jax.grad(lambda s: jnp.sum(shift_image(image_of((6, 6)), s) ** 2))(jnp.array([0.5, 0.5]))
    assert np.all(np.isfinite(gradient))


def test_one_component_per_axis():
    with pytest.raises(InputError, match="one component per axis"):
        shift_phases([1.0, 2.0, 3.0], (4, 4))
