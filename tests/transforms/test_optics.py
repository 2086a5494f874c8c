import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.checks import (
    check_derivatives,
    check_float32,
    check_jit,
    check_vmap,
    compiled,
    leaves_of,
)
from vitreous.optics import (
    CTF,
    Aberrations,
    DamageEnvelope,
    DefocusSpreadEnvelope,
    DoseFilter,
    LaserPhasePlate,
    Microscope,
    ObjectiveAperture,
    SpatialEnvelope,
    TemporalEnvelope,
    VoltaPhasePlate,
)

X64 = jax.config.jax_enable_x64
CTF_ALL = CTF(
    16_000.0,
    12_000.0,
    30.0,
    voltage_kv=200.0,
    cs_mm=2.0,
    amplitude_contrast=0.1,
    phase_shift_deg=25.0,
    b_factor=60.0,
)
GRID = np.stack(np.meshgrid(np.fft.rfftfreq(7, 1.5), np.fft.fftfreq(6, 1.5)), axis=-1)
FREQUENCIES = jnp.asarray(GRID)
# Compiled and eager code round the phases, up to 300 rad, differently: a few times 300 × 1e-16 (or 6e-8, in float32).
EXACT = 1e-12 if X64 else 2e-4


def evaluate(ctf, frequencies):
    return ctf(frequencies)


def test_jit_and_vmap():
    check_jit(evaluate, CTF_ALL, FREQUENCIES, rtol=EXACT)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf, 0.4 * leaf]), (CTF_ALL, FREQUENCIES))
    check_vmap(evaluate, batch, rtol=EXACT)


def test_derivatives_in_every_argument():
    # Steps that change the phase by about 1e-4 rad: the quotient then errs by 1e-9, and by rounding 300 × 1e-16 / 1e-4.
    steps = {
        "[0].defocus_u": 1e-2,
        "[0].defocus_v": 1e-2,
        "[0].astigmatism_angle_deg": 1e-4,
        "[0].voltage_kv": 1e-3,
        "[0].cs_mm": 1e-5,
        "[0].amplitude_contrast": 1e-4,
        "[0].phase_shift_deg": 1e-2,
        "[0].b_factor": 1e-2,
        "[1]": 1e-7,
    }
    check_derivatives(evaluate, CTF_ALL, FREQUENCIES, steps=steps, rtol=1e-7)


def test_gradients_at_zero_frequency():
    # Trap 7. There the CTF is −sin(φ + arcsin w): nothing else changes it, and all derivatives are finite.
    gradient, by_frequency = jax.jit(jax.grad(evaluate, argnums=(0, 1)))(CTF_ALL, jnp.zeros(2))
    np.testing.assert_array_equal(by_frequency, 0)
    for name in ("defocus_u", "defocus_v", "astigmatism_angle_deg", "voltage_kv", "cs_mm", "b_factor"):
        assert float(getattr(gradient, name)) == 0
    total = np.deg2rad(25.0) + np.arcsin(0.1)
    np.testing.assert_allclose(gradient.phase_shift_deg, -np.deg2rad(np.cos(total)), rtol=1e-6)  # float32 rounding
    np.testing.assert_allclose(gradient.amplitude_contrast, -np.cos(total) / np.sqrt(1 - 0.01), rtol=1e-6)
    hessian = jax.jit(jax.hessian(evaluate, argnums=1))(CTF_ALL, jnp.zeros(2))
    assert np.all(np.isfinite(hessian))


def test_gradients_are_finite_without_astigmatism_or_amplitude_contrast():
    ctf = CTF(10_000.0, amplitude_contrast=0.0)
    gradient = jax.jit(jax.grad(lambda ctf: jnp.sum(ctf(FREQUENCIES) ** 2)))(ctf)
    assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(gradient))


def test_float32():
    # Phases up to 300 rad, rounded a few times at 6e-8: 1e-4 in the sine.
    check_float32(evaluate, CTF_ALL, FREQUENCIES, rtol=1e-4)
    # Python numbers do not promote float32 frequencies.
    assert CTF(10_000, cs_mm=2)(FREQUENCIES.astype(jnp.float32)).dtype == jnp.float32


def test_defocus_offset_is_differentiable():
    def offset(z):
        return evaluate(CTF_ALL.with_defocus_offset(z), FREQUENCIES)

    check_derivatives(offset, jnp.asarray(100.0), steps={"[0]": 1e-2}, rtol=1e-7)


MICROSCOPE = Microscope(
    CTF_ALL,
    aberrations=Aberrations([0.2, 1.0, -0.5, 0.8, 20.0], [0.3, -0.4, 10.0, 5.0]),
    magnification=[[1.02, 0.015], [-0.01, 0.985]],
    envelopes=(
        TemporalEnvelope(2.0, 0.7, voltage_ripple=1e-7, current_ripple=1e-7),
        DefocusSpreadEnvelope(50.0),
        SpatialEnvelope(0.05),
        DamageEnvelope(20.0, before_per_a2=3.0),
    ),
    aperture=ObjectiveAperture(0.33, 0.3),
    phase_plate=VoltaPhasePlate(40.0, cut_on=0.05),
    scale=0.9,
    premultiplied=True,
)
# Steps that change the transfer by about 1e-5: the quotient errs by 1e-10 of it, and by rounding 1e-14 / 1e-5.
STEPS = {
    "[0].ctf.defocus_u": 1e-2,
    "[0].ctf.defocus_v": 1e-2,
    "[0].ctf.astigmatism_angle_deg": 1e-4,
    "[0].ctf.voltage_kv": 1e-3,
    "[0].ctf.cs_mm": 1e-4,
    "[0].ctf.amplitude_contrast": 1e-4,
    "[0].ctf.phase_shift_deg": 1e-2,
    "[0].ctf.b_factor": 1e-2,
    "[0].aberrations.even": 1e-4,
    "[0].aberrations.odd": 1e-4,
    "[0].magnification": 1e-6,
    "[0].envelopes[0].cc_mm": 1e-3,
    "[0].envelopes[0].energy_spread_ev": 1e-3,
    "[0].envelopes[0].voltage_ripple": 1e-9,
    "[0].envelopes[0].current_ripple": 1e-9,
    "[0].envelopes[1].defocus_spread": 1e-2,
    "[0].envelopes[2].source_angle_mrad": 1e-5,
    "[0].envelopes[3].dose_per_a2": 1e-2,
    "[0].envelopes[3].before_per_a2": 1e-2,
    "[0].aperture.cutoff": 1e-5,
    "[0].aperture.width": 1e-5,
    "[0].phase_plate.phase_shift_deg": 1e-2,
    "[0].phase_plate.cut_on": 1e-5,
    "[0].scale": 1e-4,
    "[1]": 1e-7,
}
SMALL = FREQUENCIES[1:3]  # without q = 0, where a phase plate makes a step


BARE = eqx.tree_at(lambda m: m.envelopes, MICROSCOPE, ())  # compiled, or run uncompiled, in much less time


def linear(optics, frequencies):
    transfer = optics(frequencies)
    return jnp.stack([transfer.real, transfer.imag])


def wave(optics, frequencies):
    transfer = optics.wave_transfer(frequencies)
    return jnp.stack([transfer.real, transfer.imag])


def test_microscope_jit():
    check_jit(linear, BARE, SMALL, rtol=EXACT)
    check_jit(wave, BARE, SMALL, rtol=EXACT)


def test_microscope_vmap_and_float32():
    transfer = jax.jit(linear)
    check_vmap(transfer, jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf]), (MICROSCOPE, SMALL)), rtol=EXACT)
    check_float32(transfer, MICROSCOPE, SMALL, rtol=2e-4)  # phases up to 300 rad, twice


def test_microscope_derivatives_in_every_argument():
    check_derivatives(linear, MICROSCOPE, SMALL, steps=STEPS, rtol=1e-5)


def test_wave_transfer_derivatives_in_every_argument():
    steps = {path: step for path, step in STEPS.items() if "envelopes" not in path}
    # Amplitude contrast is in the potential, and the scale in the image, not in the wave.
    constant = ("[0].ctf.amplitude_contrast", "[0].scale")
    check_derivatives(wave, BARE, SMALL, steps=steps, rtol=1e-5, vanishing=constant)


def test_microscope_gradients_at_zero_frequency():
    leaves, structure = leaves_of((MICROSCOPE, 0 * SMALL))
    _, _, pull = compiled(linear, structure)
    gradients = pull(tuple(jnp.asarray(leaf, leaf.dtype) for _, leaf in leaves), jnp.ones((2, *SMALL.shape[:-1])))
    assert all(np.all(np.isfinite(leaf)) for leaf in gradients)


def test_laser_plate():
    def shift(plate, frequencies, voltage_kv):
        return plate.phase_shift(frequencies, voltage_kv=voltage_kv)

    plate = LaserPhasePlate(90.0, (40.0, 130.0), polarisation_deg=70.0)
    # Near the axis, where the phase of the fringes is small enough for float32.
    arguments = (plate, SMALL / 200, jnp.asarray(300.0))
    check_jit(shift, *arguments, rtol=EXACT)
    check_float32(jax.jit(shift), *arguments, rtol=1e-4)
    steps = {
        "[0].phase_shift_deg": 1e-2,
        "[0].azimuths_deg": 1e-4,
        "[0].laser_wavelength_nm": 1e-3,
        "[0].numerical_aperture": 1e-7,
        "[0].focal_length_mm": 1e-4,
        "[0].polarisation_deg": 1e-3,
        "[1]": 1e-8,
        "[2]": 1e-3,
    }
    check_derivatives(shift, *arguments, steps=steps, rtol=1e-6)


def test_dose():
    def left(filter, frequencies):
        return filter.transfer(frequencies)

    arguments = (DoseFilter(20.0, 250.0), SMALL)
    check_jit(left, *arguments, rtol=1e-6)
    check_float32(left, *arguments, rtol=1e-5)
    steps = {"[0].dose_per_a2": 1e-3, "[0].voltage_kv": 1e-2, "[1]": 1e-7}
    check_derivatives(left, *arguments, steps=steps, rtol=1e-6)


def test_aberrations_named_by_microscopists_are_differentiable():
    def phases(x, y, kv, cs, a2, angle):
        both = Aberrations.from_beam_tilt(x, y, voltage_kv=kv, cs_mm=cs)
        both = both + Aberrations.from_trefoil(a2, angle, voltage_kv=kv)
        both = both + Aberrations.from_tetrafoil(10 * a2, angle, voltage_kv=kv)
        both = both + Aberrations.from_star_aberration(a2, angle, voltage_kv=kv)
        return jnp.stack([both.even_phase(SMALL), both.odd_phase(SMALL)])

    values = [jnp.asarray(value, float) for value in (0.5, -0.3, 300.0, 2.7, 1e4, 20.0)]
    steps = {"[0]": 1e-4, "[1]": 1e-4, "[2]": 1e-2, "[3]": 1e-3, "[4]": 1.0, "[5]": 1e-3}
    check_derivatives(phases, *values, steps=steps, rtol=1e-7)
