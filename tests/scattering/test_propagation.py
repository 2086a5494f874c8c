"""Free space, and slices that are given as arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import interaction_constant, wavelength
from vitreous.optics import CTF
from vitreous.scattering import multislice_exit_wave, propagate_wave

X64 = jax.config.jax_enable_x64
ROUNDING = 1e-13 if X64 else 2e-5
RNG = np.random.default_rng(0)
WAVE = jnp.asarray(1 + 0.3 * RNG.normal(size=(9, 12)) + 0.3j * RNG.normal(size=(9, 12)))
BEAM = {"pixel_size": 1.5, "voltage_kv": 200.0}


def test_free_space_can_be_crossed_in_steps_and_back():
    there = propagate_wave(propagate_wave(WAVE, 300.0, **BEAM), 200.0, **BEAM)
    np.testing.assert_allclose(there, propagate_wave(WAVE, 500.0, **BEAM), atol=ROUNDING)
    np.testing.assert_allclose(propagate_wave(there, -500.0, **BEAM), WAVE, atol=ROUNDING)
    np.testing.assert_allclose(np.sum(np.abs(there) ** 2), np.sum(np.abs(WAVE) ** 2), rtol=ROUNDING)
    np.testing.assert_allclose(propagate_wave(WAVE, 0.0, **BEAM), WAVE, atol=ROUNDING)


def test_free_space_has_the_sign_of_the_lens():
    # Trap 5. An underfocused lens undoes free space of the length of its defocus: the plane it shows is before it.
    steps = np.stack(np.meshgrid(np.fft.fftfreq(12), np.fft.fftfreq(9)), axis=-1) / 1.5
    lens = CTF(800.0, cs_mm=0.0, voltage_kv=200.0).wave_transfer(jnp.asarray(steps, float))
    behind = propagate_wave(WAVE, 800.0, **BEAM)
    np.testing.assert_allclose(jnp.fft.ifft2(jnp.fft.fft2(behind) * lens), WAVE, atol=ROUNDING)


def test_a_point_spreads_as_a_wave_travels():
    # The phase exp(−iπλ dz q²), mode by mode: a spherical wave diverges from a point, exp(+iπr²/λdz).
    plane = jnp.exp(2j * jnp.pi * jnp.arange(12) * 2 / 12) * jnp.ones((9, 1))
    ours = propagate_wave(plane, 100.0, **BEAM) / plane
    q = 2 / (12 * 1.5)
    np.testing.assert_allclose(ours, np.exp(-1j * np.pi * float(wavelength(200.0)) * 100.0 * q**2), atol=ROUNDING)


def test_slices_are_crossed_in_order():
    # Written out: half a slice, transmission, the other half, each limited to two thirds of Nyquist.
    slices, thicknesses = RNG.uniform(0, 20, (3, 9, 12)), np.array([4.0, 2.0, 3.0])
    ky, kx = np.meshgrid(np.fft.fftfreq(9, 1.5), np.fft.fftfreq(12, 1.5), indexing="ij")
    inside = np.hypot(kx, ky) < 2 / 3 / 3
    assert inside.sum() not in (0, inside.size)
    strength = float(interaction_constant(200.0)) * (np.sqrt(1 - 0.1**2) + 0.1j)

    def limited(wave, distance=0.0):
        factor = np.exp(-1j * np.pi * float(wavelength(200.0)) * distance * (kx**2 + ky**2))
        return np.fft.ifft2(np.fft.fft2(wave) * inside * factor)

    wave = np.ones((9, 12))
    for projection, thickness in zip(slices, thicknesses, strict=True):
        wave = limited(wave, thickness / 2)
        wave = limited(wave * limited(np.exp(1j * strength * projection)), thickness / 2)
    ours = multislice_exit_wave(jnp.asarray(slices), jnp.asarray(thicknesses), amplitude_contrast=0.1, **BEAM)
    np.testing.assert_allclose(ours, wave, atol=1e-13 if X64 else 1e-5)


def test_gradients_keep_one_wave_for_each_slice():
    # Twice as many slices may cost the backward pass little more than their waves and their own gradients.
    def peak(n):
        def loss(slices):
            return jnp.sum(jnp.abs(multislice_exit_wave(slices, jnp.ones(n), **BEAM) - 0.5) ** 2)

        compiled = jax.jit(jax.grad(loss)).lower(jnp.zeros((n, 48, 48))).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    wave = 48 * 48 * (16 if X64 else 8)
    assert (peak(40) - peak(20)) / 20 < 2.5 * wave


def test_thicknesses_belong_to_slices():
    with pytest.raises(InputError, match=r"\(2,\) thicknesses"):
        multislice_exit_wave(jnp.zeros((3, 4, 4)), jnp.ones(2), **BEAM)
