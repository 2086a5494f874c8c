import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.optics import CTF

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
