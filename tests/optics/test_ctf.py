"""The CTF against its closed formula, written here with the angle that the library avoids."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.optics.closed_forms import ctf as closed_form
from tests.optics.closed_forms import wavelength_a
from vitreous._core import InputError
from vitreous.optics import CTF, Contrast

X64 = jax.config.jax_enable_x64
SHAPE, PIXEL = (32, 33), 1.5
FREQUENCIES = np.stack(np.meshgrid(np.fft.rfftfreq(33, PIXEL), np.fft.fftfreq(32, PIXEL)), axis=-1)
# Phases of up to 300 rad: a few roundings of 300 × 1e-16, or of 300 × 6e-8 in the float32 leg.
EXACT = 1e-12 if X64 else 2e-4

evaluate = jax.jit(lambda ctf, frequencies: ctf(frequencies))


# Trap 2: an angle from +y is invisible at 45° and without astigmatism.
@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 120.0])
def test_closed_form_with_strong_astigmatism(angle):
    ctf = CTF(16_000.0, 12_000.0, angle, voltage_kv=300.0, cs_mm=2.7, amplitude_contrast=0.1)
    ours = evaluate(ctf, jnp.asarray(FREQUENCIES))
    # The CODATA sets of both sides agree to 1e-9, times 300 rad.
    np.testing.assert_allclose(ours, closed_form(FREQUENCIES, 16_000, 12_000, angle), atol=max(EXACT, 1e-6))


@pytest.mark.parametrize("angle", [0.0, 30.0, 120.0])
def test_an_angle_from_y_would_be_seen(angle):
    wrong = closed_form(FREQUENCIES, 16_000, 12_000, 90 - angle)
    ours = evaluate(CTF(16_000.0, 12_000.0, angle), jnp.asarray(FREQUENCIES))
    assert np.abs(ours - wrong).max() > 1


@given(
    st.floats(-30_000, 30_000),
    st.floats(-30_000, 30_000),
    st.floats(-360, 360),
    st.sampled_from([80.0, 120.0, 200.0, 300.0]),
    st.floats(0, 5),
    st.floats(0, 0.99),
    st.floats(-180, 180),
    st.floats(0, 300),
)
def test_closed_form_anywhere(u, v, angle, kv, cs, w, phase, b):
    names = ("voltage_kv", "cs_mm", "amplitude_contrast", "phase_shift_deg", "b_factor")
    ctf = CTF(u, v, angle, **dict(zip(names, (kv, cs, w, phase, b), strict=True)))
    expected = closed_form(FREQUENCIES, u, v, angle, kv=kv, cs=cs, w=w, phase=phase, b=b)
    # As above; at 80 kV and 30 000 Å the phase reaches 900 rad.
    np.testing.assert_allclose(evaluate(ctf, jnp.asarray(FREQUENCIES)), expected, atol=3 * max(EXACT, 1e-6))


def test_without_defocus_v_there_is_no_astigmatism():
    round_ctf, same = CTF(9_000.0), CTF(9_000.0, 9_000.0, 77.0)
    points = jnp.asarray(FREQUENCIES)
    np.testing.assert_allclose(evaluate(round_ctf, points), evaluate(same, points), atol=EXACT)


@pytest.mark.parametrize(("w", "phase"), [(0.0, 0.0), (0.1, 0.0), (0.07, 90.0), (0.3, -40.0)])
def test_value_at_zero_frequency(w, phase):
    ctf = CTF(15_000.0, 14_000.0, 20.0, amplitude_contrast=w, phase_shift_deg=phase, b_factor=100.0)
    expected = -np.sin(np.deg2rad(phase) + np.arcsin(w))
    np.testing.assert_allclose(ctf(jnp.zeros(2)), expected, atol=1e-7)  # float32 rounding of numbers near one
    if phase == 0:
        np.testing.assert_allclose(ctf(jnp.zeros(2)), -w, atol=1e-7)


def test_zeros_without_spherical_aberration():
    # sin(π λ Δf q²) = 0 at q² = n / (λ Δf).
    wave, defocus = wavelength_a(200.0), 10_000.0
    q = np.sqrt(np.arange(1, 20) / (wave * defocus))
    points = jnp.stack([jnp.asarray(q) * np.cos(0.7), jnp.asarray(q) * np.sin(0.7)], axis=-1)
    ctf = CTF(defocus, voltage_kv=200.0, cs_mm=0.0, amplitude_contrast=0.0)
    np.testing.assert_allclose(ctf(points), 0, atol=max(EXACT, 1e-6))  # as for the closed form
    np.testing.assert_allclose(ctf.phase(points), np.pi * np.arange(1, 20), rtol=1e-6)


def test_spherical_aberration_reverses_underfocus():
    # At the Gabor–Scherzer balance q² = 2 Δf / (Cs λ²) the two aberrations cancel.
    wave = wavelength_a(300.0)
    q = np.sqrt(2 * 1_000.0 / (2.7e7 * wave**2))
    np.testing.assert_allclose(CTF(1_000.0).phase(jnp.array([0.0, q])), 0, atol=1e-4)  # of 2 × 30 rad in float32


def test_underfocus_makes_protein_dark_and_is_minus_relions():
    # RELION's CTF is positive where ours is negative; both at low q, before the first zero.
    low = jnp.array([[0.01, 0.0], [0.0, 0.01], [0.005, -0.005]])
    for phase in (0.0, 45.0):
        ours = CTF(20_000.0, 18_000.0, 10.0, phase_shift_deg=phase)(low)
        assert np.all(ours < 0)
    relion = np.sin(-closed_form_relion_gamma(np.asarray(low), 20_000, 18_000, 10))
    np.testing.assert_allclose(CTF(20_000.0, 18_000.0, 10.0)(low), -relion, atol=1e-6)


def closed_form_relion_gamma(frequencies, u, v, angle):
    """RELION's aberration phase: overfocus positive, so its CTF is −sin of it."""
    x, y = frequencies[..., 0], frequencies[..., 1]
    q2, alpha = x**2 + y**2, np.arctan2(y, x)
    k1, k2 = np.pi * wavelength_a(300.0), np.pi / 2 * 2.7e7 * wavelength_a(300.0) ** 3
    defocus = -((u + v) + (u - v) * np.cos(2 * (alpha - np.deg2rad(angle)))) / 2
    return k1 * defocus * q2 + k2 * q2**2 - np.arctan2(0.1, np.sqrt(1 - 0.1**2))


def test_b_factor_is_the_envelope():
    points = jnp.asarray(FREQUENCIES)
    ratio = evaluate(CTF(b_factor=80.0), points) / evaluate(CTF(), points)
    np.testing.assert_allclose(ratio, np.exp(-80 * (FREQUENCIES**2).sum(-1) / 4), rtol=1e-5)


def test_particles_higher_in_the_beam_have_more_underfocus():
    ctf = CTF(12_000.0, 11_000.0, 30.0, voltage_kv=200.0).with_defocus_offset(250)
    assert (float(ctf.defocus_u), float(ctf.defocus_v), float(ctf.voltage_kv)) == (12_250, 11_250, 200)


def test_vmap_builds_a_batch():
    batch = jax.vmap(CTF)(jnp.arange(3.0) * 1e4, jnp.zeros(3), jnp.zeros(3), phase_shift_deg=jnp.arange(3.0))
    assert batch.defocus_u.shape == batch.cs_mm.shape == (3,)
    values = jax.vmap(lambda ctf: ctf(jnp.asarray(FREQUENCIES)))(batch.with_defocus_offset(10.0))
    assert values.shape == (3, 32, 17)


@pytest.mark.parametrize("w", [-0.1, 1.0, 10.0, float("nan")])
def test_amplitude_contrast_out_of_range(w):
    with pytest.raises(InputError, match=r"not a fraction.*\n.*0.1 for ten percent"):
        CTF(amplitude_contrast=w)


@pytest.mark.parametrize("kv", [0.0, -300.0, float("inf")])
def test_voltage_out_of_range(kv):
    with pytest.raises(InputError, match="must be positive"):
        CTF(voltage_kv=kv)


def test_arrays_are_refused_outside_vmap():
    # The shape annotations, which only the tests check, raise a TypeError first; without them it is an InputError.
    with pytest.raises((InputError, TypeError)):
        CTF(jnp.zeros(3))


def test_contrast_signs():
    assert Contrast.DARK.sign == 1
    assert Contrast.BRIGHT.sign == -1
    assert Contrast("bright") is Contrast.BRIGHT
