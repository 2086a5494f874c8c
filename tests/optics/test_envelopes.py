"""Envelopes against their closed formulas, and against the averages that they stand for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.optics.closed_forms import chi, wavelength_a
from vitreous._core import InputError
from vitreous.optics import (
    CTF,
    Aberrations,
    DamageEnvelope,
    DefocusSpreadEnvelope,
    DoseFilter,
    Microscope,
    SpatialEnvelope,
    TemporalEnvelope,
)

Q = np.linspace(0, 0.5, 26)
POINTS = jnp.stack([jnp.asarray(Q), jnp.zeros_like(Q)], axis=-1)
WAVE = wavelength_a(300.0)
PERFECT = CTF(0.0, cs_mm=0.0)


@partial(jax.jit, static_argnums=1)
def _damping(envelope, phase, points, optics):
    return envelope.damping(points, lambda q: phase(optics, q), voltage_kv=300.0)


def total_phase(optics, q):
    return optics.phase(q) + optics.odd_phase(q)


def damping(envelope, optics=PERFECT, points=POINTS):
    return np.asarray(_damping(envelope, total_phase, points, optics))


def test_temporal_coherence():
    # δE is 0.7 eV over 2.3548; f_r = (1 + E/m₀c²)/(1 + E/2m₀c²) with m₀c² = 510.999 keV.
    factor = (1 + 300 / 510.999) / (1 + 300 / (2 * 510.999))
    spread = 2.7e7 * np.hypot(factor * np.hypot(0.7 / 2.35482 / 300e3, 2e-7), 2 * 1e-7)
    envelope = TemporalEnvelope(2.7, 0.7, voltage_ripple=2e-7, current_ripple=1e-7)
    np.testing.assert_allclose(envelope.defocus_spread(300.0), spread, rtol=1e-5)  # six digits of the constants
    np.testing.assert_allclose(damping(envelope), np.exp(-((np.pi * WAVE * spread * Q**2) ** 2) / 2), atol=1e-5)
    np.testing.assert_allclose(damping(envelope), damping(DefocusSpreadEnvelope(spread)), atol=1e-5)


def test_a_source_as_reimer_writes_it():
    # exp(−(πλq²H / 4√ln2)²) with H the full width at half maximum of the defocus (Reimer & Kohl 2008, section 6.4.2).
    width = 2.35482 * float(TemporalEnvelope(2.7, 0.9).defocus_spread(300.0))
    expected = np.exp(-((np.pi * WAVE * Q**2 * width / (4 * np.sqrt(np.log(2)))) ** 2))
    np.testing.assert_allclose(damping(TemporalEnvelope(2.7, 0.9)), expected, atol=1e-5)


def test_defocus_spread_is_the_mean_over_defoci():
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    waves = np.exp(1j * np.pi * WAVE * 60.0 * nodes * Q[:, None] ** 2) @ weights / weights.sum()
    np.testing.assert_allclose(damping(DefocusSpreadEnvelope(60.0)), waves, atol=1e-6)  # the quadrature


@pytest.mark.parametrize("defocus", [15_000.0, 900.0, -3_000.0])
def test_spatial_coherence(defocus):
    # Frank 1973, without astigmatism.
    expected = np.exp(-((np.pi * 2e-5 / WAVE) ** 2) * (2.7e7 * WAVE**3 * Q**3 - defocus * WAVE * Q) ** 2)
    np.testing.assert_allclose(damping(SpatialEnvelope(0.02), CTF(defocus)), expected, atol=1e-5)


def test_spatial_coherence_is_the_mean_over_directions():
    # With astigmatism and coma: e^{i[χ(q + θ/λ) − χ(θ/λ)]} over exp(−θ²/α²), with a source so small that χ is linear.
    tilt = Aberrations.from_beam_tilt(2.0, 1.0, voltage_kv=300.0, cs_mm=2.7)
    ctf = CTF(12_000.0, 8_000.0, 25.0)
    points = np.array([[0.1, 0.05], [-0.1, 0.2], [0.3, -0.1]])
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    angle = 1.5e-5

    def total(q):
        coma = -2 * np.pi * 2.7e7 * WAVE**2 * (q**2).sum(-1) * (q @ [2e-3, 1e-3])
        return chi(q, 12_000, 8_000, 25) + coma

    mean = 0
    for x, wx in zip(nodes, weights, strict=True):
        for y, wy in zip(nodes, weights, strict=True):
            shift = np.array([x, y]) * angle / np.sqrt(2) / WAVE
            mean = mean + wx * wy * np.exp(1j * (total(points + shift) - total(points) - total(shift[None])))
    optics = Microscope(ctf, aberrations=tilt)
    ours = damping(SpatialEnvelope(angle * 1e3), optics, jnp.asarray(points))
    # Terms of second order in θ/λ = 8e-4 Å⁻¹: χ'' ≈ 1 500 Å² makes phases of 4e-4 rad, whose square is left.
    np.testing.assert_allclose(ours, np.abs(mean / weights.sum() ** 2), atol=1e-5)
    assert ours.min() < 0.99


def test_a_shift_of_the_image_is_no_incoherence():
    # Z_1 is a shift: the same for all directions of illumination.
    shifted = Microscope(CTF(8_000.0), aberrations=Aberrations(odd=[50.0, -30.0]))
    np.testing.assert_allclose(
        damping(SpatialEnvelope(0.1), shifted), damping(SpatialEnvelope(0.1), CTF(8_000.0)), atol=1e-6
    )


def test_damage_is_the_mean_of_what_the_dose_filter_leaves():
    doses = np.linspace(5, 45, 401)
    left = jax.vmap(lambda dose: DoseFilter(dose).transfer(POINTS))(jnp.asarray(doses))
    mean = np.trapezoid(left, doses, axis=0) / 40
    ours = damping(DamageEnvelope(40.0, before_per_a2=5.0))
    np.testing.assert_allclose(ours, mean, atol=1e-5)  # the trapezoids: steps² / 12 × curvature
    assert ours[0] == 1


def test_no_dose_no_damage():
    np.testing.assert_array_equal(damping(DamageEnvelope(0.0)), 1)


@pytest.mark.parametrize("make", [DefocusSpreadEnvelope, TemporalEnvelope, SpatialEnvelope, DamageEnvelope])
def test_gradients_are_finite_at_zero(make):
    # Trap 7: at q = 0, and for a perfect instrument.
    phase = CTF(10_000.0).phase
    gradient = jax.jit(jax.grad(lambda e, q: jnp.sum(e.damping(q, phase, voltage_kv=300.0)), argnums=(0, 1)))
    for size in (0.0, 0.5):
        gradients = gradient(make(size), POINTS)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradients))


@pytest.mark.parametrize("make", [DefocusSpreadEnvelope, TemporalEnvelope, SpatialEnvelope, DamageEnvelope])
def test_nothing_is_negative(make):
    with pytest.raises(InputError, match="must not be negative"):
        make(-1.0)
