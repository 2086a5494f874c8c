"""The microscope as a whole: its factors against closed formulas, and the wave transfer against the linear one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.optics.closed_forms import chi, ctf, polar, wavelength_a, zernike
from vitreous._core import InputError
from vitreous.optics import (
    CTF,
    Aberrations,
    DefocusSpreadEnvelope,
    Microscope,
    ObjectiveAperture,
    SpatialEnvelope,
    VoltaPhasePlate,
)

X64 = jax.config.jax_enable_x64
# A full spectrum of odd sides: with −q for each q, and no Nyquist index, which stands for two frequencies.
SHAPE, PIXEL = (9, 7), 1.5
FREQUENCIES = np.stack(np.meshgrid(np.fft.fftfreq(7, PIXEL), np.fft.fftfreq(9, PIXEL)), axis=-1)
POINTS = jnp.asarray(FREQUENCIES)
CTF_ALL = CTF(12_000.0, 10_500.0, 30.0, amplitude_contrast=0.1, phase_shift_deg=20.0, b_factor=30.0)
EVEN, ODD = [0.2, 1.0, -0.5, 0.8, 20.0], [0.3, -0.4, 10.0, 5.0]
MAGNIFICATION = [[1.02, 0.015], [-0.01, 0.985]]
# Phases of up to 60 rad; the wavelengths of both sides agree to 1e-9.
CLOSE = 1e-6 if X64 else 1e-4

evaluate = jax.jit(lambda optics, frequencies: optics(frequencies))
wave = jax.jit(lambda optics, frequencies: optics.wave_transfer(frequencies))


def everything(**changes):
    parts = {
        "aberrations": Aberrations(EVEN, ODD),
        "magnification": MAGNIFICATION,
        "envelopes": (DefocusSpreadEnvelope(80.0), SpatialEnvelope(0.05)),
        "aperture": ObjectiveAperture(0.3, 0.1),
        "phase_plate": VoltaPhasePlate(60.0),
        "scale": 0.9,
    }
    return Microscope(CTF_ALL, **{**parts, **changes})


def test_alone_it_is_its_ctf():
    optics = Microscope(CTF_ALL)
    assert optics(POINTS).dtype == POINTS.dtype
    for method in ("__call__", "phase", "odd_phase", "wave_transfer", "image_factor"):
        np.testing.assert_array_equal(getattr(optics, method)(POINTS), getattr(CTF_ALL, method)(POINTS))
    assert (float(optics.voltage_kv), float(optics.amplitude_contrast)) == (300.0, float(CTF_ALL.amplitude_contrast))
    np.testing.assert_array_equal(optics.true_frequencies(POINTS), POINTS)


def test_closed_form_of_all_aberrations_at_the_true_frequencies():
    true = FREQUENCIES @ np.array(MAGNIFICATION).T
    even = sum(
        e * zernike(n, m, true) for e, (n, m) in zip(EVEN, [(0, 0), (2, -2), (2, 0), (2, 2), (4, -4)], strict=True)
    )
    odd = sum(o * zernike(n, m, true) for o, (n, m) in zip(ODD, [(1, -1), (1, 1), (3, -3), (3, -1)], strict=True))
    phase = chi(true, 12_000, 10_500, 30) - even + np.deg2rad(20) + np.arcsin(0.1)
    expected = -0.9 * np.sin(phase) * np.exp(-30 * (true**2).sum(-1) / 4) * np.exp(1j * odd)
    ours = evaluate(everything(envelopes=(), aperture=None, phase_plate=None), POINTS)
    np.testing.assert_allclose(ours, expected, atol=CLOSE)


def test_relions_formula_of_even_coefficients():
    # CTF_R = sin(χ + φ + arcsin w − Σ e Z), minus ours.
    shifted = ctf(FREQUENCIES, 9_000, 9_000, 0, phase=np.rad2deg(-0.4))
    ours = evaluate(Microscope(CTF(9_000.0), aberrations=Aberrations(even=[0.4])), POINTS)
    np.testing.assert_allclose(ours, shifted, atol=CLOSE)


def test_damping_multiplies():
    bare = everything(envelopes=(), aperture=None)
    factors = np.asarray(evaluate(everything(), POINTS)) / np.asarray(evaluate(bare, POINTS))
    true = FREQUENCIES @ np.array(MAGNIFICATION).T
    spread = np.exp(-((np.pi * wavelength_a(300.0) * 80 * (true**2).sum(-1)) ** 2) / 2)
    edge = (1 + np.cos(np.pi * np.clip((polar(true)[0] - 0.25) / 0.1, 0, 1))) / 2
    spatial = everything(envelopes=(SpatialEnvelope(0.05),), aperture=None)
    source = np.asarray(evaluate(spatial, POINTS)) / np.asarray(evaluate(bare, POINTS))
    np.testing.assert_allclose(factors, spread * edge * source, atol=CLOSE)
    assert np.abs(source).min() < 0.9


def test_the_wave_transfer_is_the_linear_one_of_a_weak_phase():
    # A weak exit wave 1 + iP(√(1−w²) + iw) has the contrast Re of what the lens makes of its second term: the mode q of
    # it is P ½[i e^{i arcsin w} L(q) − i e^{−i arcsin w} L*(−q)], for any real P. With odd phases, damping, everything.
    optics = everything()
    lens = np.asarray(wave(optics, POINTS))
    mate = np.roll(lens[::-1, ::-1], (1, 1), (0, 1)).conj()  # L*(−q)
    turn = np.exp(1j * np.arcsin(0.1))
    linear = 0.9 * 0.5j * (turn * lens - turn.conjugate() * mate)
    ours = np.asarray(evaluate(optics, POINTS))
    where = polar(FREQUENCIES)[0] > 0  # a phase plate does not turn the mode q = 0 of the wave
    np.testing.assert_allclose(ours[where], linear[where], atol=CLOSE)
    assert lens[0, 0] == 1


def test_spatial_coherence_with_odd_phases_damps_both_sidebands():
    # Why the test above cannot be exact with damping: |∇(χ + odd)| differs at q and −q.
    optics = Microscope(
        CTF(20_000.0), aberrations=Aberrations(odd=[0, 0, 0, 0, 40.0]), envelopes=(SpatialEnvelope(0.05),)
    )
    damping = np.abs(np.asarray(wave(optics, POINTS)))
    assert np.abs(damping - np.roll(damping[::-1, ::-1], (1, 1), (0, 1))).max() > 1e-3


def test_phase_plates_leave_the_unscattered_beam():
    plain = evaluate(Microscope(CTF(), phase_plate=VoltaPhasePlate(90.0)), POINTS)
    np.testing.assert_allclose(plain[0, 0], -0.1, rtol=1e-6)


def test_premultiplied_images_keep_the_sign_of_the_protein():
    # Spatial coherence left out, which makes the odd side of the transfer (see above) part of the magnitude.
    once, twice = everything(envelopes=()), everything(envelopes=(), premultiplied=True)
    magnitude = np.abs(np.asarray(evaluate(once, POINTS)))
    np.testing.assert_allclose(np.abs(evaluate(twice, POINTS)), magnitude**2, atol=CLOSE)
    real = Microscope(CTF(10_000.0), premultiplied=True)
    np.testing.assert_allclose(real(POINTS), -(np.asarray(CTF(10_000.0)(POINTS)) ** 2), atol=CLOSE)
    # RELION multiplied by its real CTF, so the odd phases stay as they are.
    where = magnitude > 1e-3
    turn = np.asarray(evaluate(twice, POINTS))[where] / -(magnitude[where] ** 2)
    np.testing.assert_allclose(turn, np.exp(1j * np.asarray(once.odd_phase(POINTS))[where]), atol=1e3 * CLOSE)


def test_defocus_offset_moves_the_ctf_alone():
    moved = everything().with_defocus_offset(250.0)
    assert (float(moved.ctf.defocus_u), float(moved.ctf.defocus_v)) == (12_250, 10_750)
    np.testing.assert_array_equal(moved.magnification, everything().magnification)


def test_float32_stays_float32():
    optics, single = everything(), jax.ShapeDtypeStruct(POINTS.shape, jnp.float32)
    assert jax.eval_shape(optics, single).dtype == jnp.complex64
    assert jax.eval_shape(optics.wave_transfer, single).dtype == jnp.complex64
    assert jax.eval_shape(optics.phase, single).dtype == jnp.float32


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"magnification": [1.0, 2.0]}, "matrix of 2 × 2"),
        ({"envelopes": (VoltaPhasePlate(),)}, "holds VoltaPhasePlate"),
    ],
)
def test_parts_that_do_not_fit(wrong, message):
    # The annotations, which only the tests check, may raise a TypeError first.
    with pytest.raises((InputError, TypeError), match=f"{message}|Type-check"):
        Microscope(CTF(), **wrong)
