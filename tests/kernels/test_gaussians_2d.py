"""Gaussians projected onto a plane, against sums and integrals written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from vitreous._core import InputError
from vitreous.grids import Sampling, irfftn
from vitreous.kernels import project_gaussians, sum_gaussians_2d

X64 = jax.config.jax_enable_x64
# Rounding of sums of 60 terms of either sign; in float32 the phases add |k x| 2π 6e-8.
EXACT = 1e-13 if X64 else 2e-5
PIXEL = 1.3
RNG = np.random.default_rng(0)
POSITIONS = 4 * RNG.normal(size=(20, 3))
AMPLITUDES = RNG.normal(size=(20, 3))  # half of them negative
VARIANCES = RNG.uniform(0.1, 3, size=(20, 3))
ATOMS = tuple(jnp.asarray(x, float) for x in (POSITIONS, AMPLITUDES, VARIANCES))
both_forms = pytest.mark.parametrize("draw", [sum_gaussians_2d, project_gaussians], ids=["dense", "windows"])
SHAPES = [(16, 16), (15, 15), (12, 17), (17, 12), (1, 8)]


def direct_spectrum(shape):
    ky = np.fft.fftfreq(shape[0], PIXEL)[:, None]
    kx = np.fft.rfftfreq(shape[1], PIXEL)[None, :]
    waves = [np.exp(-2j * np.pi * k * POSITIONS[:, axis, None, None]) for axis, k in enumerate((kx, ky))]
    # Both signs of a Nyquist frequency share its index: half of each.
    if shape[0] % 2 == 0:
        waves[1][:, shape[0] // 2] = waves[1][:, shape[0] // 2].real
    if shape[1] % 2 == 0:
        waves[0][..., -1] = waves[0][..., -1].real
    square = (kx**2 + ky**2)[..., None]
    envelope = np.einsum("nyxg,ng->nyx", np.exp(-2 * np.pi**2 * VARIANCES[:, None, None] * square), AMPLITUDES)
    return np.sum(waves[0] * waves[1] * envelope, axis=0) / PIXEL**2


def direct_average(shape):
    def part(axis, size):
        edges = (np.arange(size + 1) - size // 2 - 0.5) * PIXEL
        z = (edges - POSITIONS[:, axis, None, None]) / np.sqrt(2 * VARIANCES[..., None])
        return np.diff(erf(z), axis=-1) / (2 * PIXEL)

    return np.einsum("ngy,ngx,ng->yx", part(1, shape[0]), part(0, shape[1]), AMPLITUDES)


def close(ours, expected, rtol=EXACT):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@both_forms
@pytest.mark.parametrize("shape", SHAPES)
def test_band_limited_is_the_direct_fourier_sum(shape, draw):
    close(draw(*ATOMS, shape=shape, pixel_size=PIXEL), direct_spectrum(shape))


@both_forms
@pytest.mark.parametrize("shape", SHAPES)
def test_average_is_the_integral_over_each_pixel(shape, draw):
    image = draw(*ATOMS, shape=shape, pixel_size=PIXEL, sampling=Sampling.AVERAGE)
    close(image, direct_average(shape))


@both_forms
@pytest.mark.parametrize("sampling", Sampling)
def test_batches_do_not_change_the_sum(sampling, draw):
    def project(batch_size):
        return draw(*ATOMS, shape=(8, 9), pixel_size=PIXEL, sampling=sampling, batch_size=batch_size)

    whole = project(20)
    for batch_size in (7, 100):
        close(project(batch_size), whole)


@both_forms
def test_z_is_not_used(draw):
    flat = (ATOMS[0][:, :2], *ATOMS[1:])
    expected = draw(*ATOMS, shape=(8, 9), pixel_size=PIXEL)
    np.testing.assert_array_equal(draw(*flat, shape=(8, 9), pixel_size=PIXEL), expected)


@both_forms
@pytest.mark.parametrize("sampling", Sampling)
def test_no_gaussians_give_an_empty_image(sampling, draw):
    nothing = (jnp.zeros((0, 3)), jnp.zeros((0, 2)), jnp.zeros((0, 2)))
    assert not draw(*nothing, shape=(8, 9), pixel_size=PIXEL, sampling=sampling).any()


@both_forms
def test_outside_the_image_band_limited_wraps_and_average_loses(draw):
    shape, one = (16, 16), jnp.ones((1, 1))
    inside, outside = jnp.asarray([[2.0, 3.0]]), jnp.asarray([[2.0 + 16 * PIXEL, 3.0]])
    ours = draw(outside, one, one, shape=shape, pixel_size=PIXEL)
    close(ours, draw(inside, one, one, shape=shape, pixel_size=PIXEL))
    lost = draw(outside, one, one, shape=shape, pixel_size=PIXEL, sampling=Sampling.AVERAGE)
    # 9 standard deviations beyond the edge.
    assert float(jnp.abs(lost).max()) < 1e-15


@both_forms
@pytest.mark.parametrize("sampling", Sampling)
def test_points_without_width_have_finite_derivatives(sampling, draw):
    def total(positions, variances):
        image = draw(positions, jnp.ones((1, 1)), variances, shape=(8, 8), pixel_size=PIXEL, sampling=sampling)
        return jnp.sum(jnp.abs(image) ** 2)

    gradients = jax.grad(total, argnums=(0, 1))(jnp.full((1, 3), 0.1), jnp.zeros((1, 1)))
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@both_forms
def test_a_point_lies_in_one_averaged_pixel(draw):
    one = jnp.ones((1, 1))
    image = draw(
        jnp.asarray([[PIXEL, -2 * PIXEL]]), one, 0 * one, shape=(8, 9), pixel_size=PIXEL, sampling=Sampling.AVERAGE
    )
    expected = np.zeros((8, 9))
    expected[4 - 2, 4 + 1] = PIXEL**-2
    close(image, expected)


@both_forms
@pytest.mark.parametrize("sampling", Sampling)
def test_memory_of_the_gradient_does_not_hold_every_batch(sampling, draw):
    def memory(n):
        def loss(positions, amplitudes, variances):
            image = draw(
                positions, amplitudes, variances, shape=(32, 32), pixel_size=PIXEL, sampling=sampling, batch_size=64
            )
            return jnp.sum(jnp.abs(image) ** 2)

        sizes = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((n, 3), (n, 5), (n, 5))]
        analysis = jax.jit(jax.grad(loss, argnums=(0, 1, 2))).lower(*sizes).compile().memory_analysis()
        return analysis.temp_size_in_bytes, analysis.argument_size_in_bytes

    (small, small_atoms), (large, large_atoms) = memory(640), memory(6400)
    # One batch's factors take 64 · 5 · 68 numbers; all of them would take a hundred times as much as one. Atoms may be
    # copied a few times (padded, split into batches, their derivatives).
    assert large - small < 4 * (large_atoms - small_atoms)


@both_forms
def test_options_out_of_range_are_refused(draw):
    with pytest.raises(InputError, match="no pixels"):
        draw(*ATOMS, shape=(0, 8), pixel_size=PIXEL)
    with pytest.raises(InputError, match="batch_size=0"):
        draw(*ATOMS, shape=(8, 8), pixel_size=PIXEL, batch_size=0)


@both_forms
def test_a_periodic_image_has_the_gaussians_in_it(draw):
    one = jnp.ones((1, 1))
    spectrum = draw(jnp.asarray([[2.0, -3.0]]), one, 2 * one, shape=(24, 25), pixel_size=1.0)
    y, x = np.mgrid[:24, :25] - np.asarray([12, 12])[:, None, None]
    expected = np.exp(-((x - 2) ** 2 + (y + 3) ** 2) / 4) / (4 * np.pi)
    # What lies beyond Nyquist: exp(-2π² σ² / 4) = 5e-5 of each amplitude, on a ring of modes.
    close(irfftn(spectrum, (24, 25)), expected, rtol=3e-4)


@pytest.mark.parametrize("accuracy", [1e-3, 1e-6])
@pytest.mark.parametrize("sampling", Sampling)
def test_windows_leave_out_what_was_allowed(sampling, accuracy):
    options = {"shape": (24, 25), "pixel_size": PIXEL, "sampling": sampling}
    ours, exact = project_gaussians(*ATOMS, accuracy=accuracy, **options), sum_gaussians_2d(*ATOMS, **options)
    error = float(jnp.linalg.norm(ours - exact) / jnp.linalg.norm(exact))
    # Of amplitudes of either sign, which cancel; rounding in float32.
    assert error < accuracy + (0 if X64 else 2e-6)
    assert accuracy < 1e-4 or error > 1e-3 * accuracy


def test_an_accuracy_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"accuracy=1\.0"):
        project_gaussians(*ATOMS, shape=(8, 8), pixel_size=PIXEL, accuracy=1.0)
