"""Zernike coefficients and the aberrations that microscopists name, against their closed formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from tests.optics.closed_forms import polar, wavelength_a, zernike
from vitreous._core import InputError
from vitreous.optics import Aberrations, magnification_from_offsets

X64 = jax.config.jax_enable_x64
FREQUENCIES = np.stack(np.meshgrid(np.fft.rfftfreq(9, 0.8), np.fft.fftfreq(8, 0.8)), axis=-1)
Q, ALPHA = polar(FREQUENCIES)
WAVE = wavelength_a(300.0)
POINTS = jnp.asarray(FREQUENCIES)
# Polynomials of numbers of order one; the wavelengths of both sides agree to 1e-9.
CLOSE = {"rtol": 1e-8, "atol": 1e-10} if X64 else {"rtol": 1e-4, "atol": 1e-5}

# The order of RELION's coefficients.
EVEN = [(0, 0), (2, -2), (2, 0), (2, 2), (4, -4), (4, -2), (4, 0), (4, 2), (4, 4)]
ODD = [(1, -1), (1, 1), (3, -3), (3, -1), (3, 1), (3, 3), (5, -5), (5, -3), (5, -1), (5, 1), (5, 3), (5, 5)]


def test_each_even_coefficient_is_its_polynomial():
    ours = jax.vmap(lambda row: Aberrations(even=row).even_phase(POINTS))(jnp.eye(9))
    np.testing.assert_allclose(ours, [zernike(n, m, FREQUENCIES) for n, m in EVEN], **CLOSE)


def test_each_odd_coefficient_is_its_polynomial():
    ours = jax.vmap(lambda row: Aberrations(odd=row).odd_phase(POINTS))(jnp.eye(12))
    np.testing.assert_allclose(ours, [zernike(n, m, FREQUENCIES) for n, m in ODD], **CLOSE)


@pytest.mark.parametrize(("index", "n", "m"), [(9, 6, -6), (12, 6, 0), (14, 6, 4)])
def test_sixth_order(index, n, m):
    coefficients = np.zeros(16)
    coefficients[index] = 1
    expected = polar(FREQUENCIES)[0] ** 6 * np.sin(6 * ALPHA) if m == -6 else zernike(n, m, FREQUENCIES)
    np.testing.assert_allclose(Aberrations(even=coefficients).even_phase(POINTS), expected, **CLOSE)


def test_beam_tilt_is_the_odd_phase_of_coma():
    tilt = Aberrations.from_beam_tilt(0.7, -0.4, voltage_kv=300.0, cs_mm=2.7)
    along = 0.7e-3 * FREQUENCIES[..., 0] - 0.4e-3 * FREQUENCIES[..., 1]
    np.testing.assert_allclose(tilt.odd_phase(POINTS), -2 * np.pi * 2.7e7 * WAVE**2 * Q**2 * along, **CLOSE)
    assert tilt.even.size == 0


def test_beam_tilt_is_spread_over_coefficients_as_relion_does():
    # relion's TiltHelper::insertTilt: −t·Cs·20000·λ²·π / 3 in coefficients 3 (y) and 4 (x), twice that in 0 and 1.
    tilt = Aberrations.from_beam_tilt(1.6, -1.2, voltage_kv=300.0, cs_mm=2.7)
    scale = 2.7 * 20000 * WAVE**2 * np.pi
    x, y = -scale * 1.6 / 3, scale * 1.2 / 3
    np.testing.assert_allclose(tilt.odd, [2 * y, 2 * x, 0, y, x, 0], rtol=1e-6)


def test_tilting_the_beam_shifts_the_spherical_aberration():
    # χ = −½π Cs λ³ q⁴ seen from q + t/λ, of which the part linear in t is the coma: the sign of the lens and of the
    # tilt belong together.
    tilt = np.array([0.3e-3, -0.2e-3])

    def spherical(q):
        return -np.pi / 2 * 2.7e7 * WAVE**3 * np.sum(q**2, axis=-1) ** 2

    linear = (spherical(FREQUENCIES + tilt / WAVE) - spherical(FREQUENCIES - tilt / WAVE)) / 2
    coma = Aberrations.from_beam_tilt(0.3, -0.2, voltage_kv=300.0, cs_mm=2.7).odd_phase(POINTS)
    # What is left is cubic in τ = t/λ = 0.018 Å⁻¹: 2π Cs λ³ τ² (τ·q), up to 7e-3 rad of 13.
    np.testing.assert_allclose(coma, linear, atol=1e-2)


@pytest.mark.parametrize("angle", [0.0, 25.0])
def test_trefoil_tetrafoil_and_star(angle):
    alpha = ALPHA - np.deg2rad(angle)
    trefoil = Aberrations.from_trefoil(2e3, angle, voltage_kv=300.0)
    expected = -2 * np.pi / 3 * WAVE**2 * 2e3 * Q**3 * np.cos(3 * alpha)
    np.testing.assert_allclose(trefoil.odd_phase(POINTS), expected, **CLOSE)
    tetrafoil = Aberrations.from_tetrafoil(3e5, angle, voltage_kv=300.0)
    expected = np.pi / 2 * WAVE**3 * 3e5 * Q**4 * np.cos(4 * alpha)
    np.testing.assert_allclose(tetrafoil.even_phase(POINTS), expected, **CLOSE)
    star = Aberrations.from_star_aberration(1e5, angle, voltage_kv=300.0)
    expected = 2 * np.pi * WAVE**3 * 1e5 * Q**4 * np.cos(2 * alpha)
    np.testing.assert_allclose(star.even_phase(POINTS), expected, **CLOSE)


def test_lengths():
    tilt, trefoil, tetra = [3e3, -2e3], [1e3, 500.0], [2e4, -1e4, 3e4, 4e4]
    ours = Aberrations.from_lengths(tilt_a=tilt, trefoil_a=trefoil, tetra_a=tetra, voltage_kv=300.0)
    odd = -2 * np.pi * WAVE**2 * Q**2 * (FREQUENCIES @ tilt) - 2 * np.pi / 3 * WAVE**2 * Q**3 * (
        1e3 * np.cos(3 * ALPHA) + 500 * np.sin(3 * ALPHA)
    )
    np.testing.assert_allclose(ours.odd_phase(POINTS), odd, **CLOSE)
    even = 2 * np.pi * WAVE**3 * Q**4 * (2e4 * np.cos(2 * ALPHA) - 1e4 * np.sin(2 * ALPHA)) + (
        np.pi / 2 * WAVE**3 * Q**4 * (3e4 * np.cos(4 * ALPHA) + 4e4 * np.sin(4 * ALPHA))
    )
    np.testing.assert_allclose(ours.even_phase(POINTS), even, **CLOSE)


def test_lengths_in_the_frame_they_were_found_in():
    """The terms as the program specter has them: χ with angles from +y, which a lens subtracts; odd ones as pyem's."""
    tilt, trefoil, tetra = [3e3, -2e3], [1e3, 500.0], [2e4, -1e4, 3e4, 4e4]
    ours = Aberrations.from_lengths(tilt_a=tilt, trefoil_a=trefoil, tetra_a=tetra, voltage_kv=300.0)
    theta = np.pi / 2 - ALPHA
    tilted = -2 * np.pi * WAVE**2 * Q**2 * (FREQUENCIES @ tilt)
    third = 2 * np.pi / 3 * WAVE**2 * Q**3
    np.testing.assert_allclose(
        ours.odd_phase(POINTS), tilted + third * (1e3 * np.sin(3 * theta) + 500 * np.cos(3 * theta)), **CLOSE
    )
    second, fourth = 2 * np.pi * WAVE**3 * Q**4, np.pi / 2 * WAVE**3 * Q**4
    even = second * (-2e4 * np.cos(2 * theta) - 1e4 * np.sin(2 * theta))
    even = even + fourth * (3e4 * np.cos(4 * theta) - 4e4 * np.sin(4 * theta))
    np.testing.assert_allclose(ours.even_phase(POINTS), even, **CLOSE)


def test_the_fields_of_a_cryosparc_file():
    """They have the shapes that are asked for; those of this file say that there are none."""
    particle = np.load(shared_data("particles/empiar_10076_7.cs"), allow_pickle=False)[0]
    fields = {name: particle[f"ctf/{name[:-1]}A"] for name in ("tilt_a", "trefoil_a", "tetra_a")}
    ours = Aberrations.from_lengths(**fields, voltage_kv=float(particle["ctf/accel_kv"]))
    assert not np.any(ours.even) and not np.any(ours.odd)
    np.testing.assert_array_equal(magnification_from_offsets(particle["ctf/anisomag"]), np.eye(2))


def test_aberrations_add_whatever_their_orders():
    short, long = Aberrations(even=[1.0], odd=[0.1, 0.2]), Aberrations(even=[1.0, 2.0, 3.0], odd=[1.0, 1.0, 1.0, 1.0])
    both = short + long
    np.testing.assert_allclose(both.even, [2, 2, 3])
    np.testing.assert_allclose(both.odd, [1.1, 1.2, 1, 1], rtol=1e-6)


def test_gradients_are_finite_at_zero():
    # Trap 7: polynomials in (q_x, q_y) have no angle to lose.
    aberrations = Aberrations(even=np.ones(9), odd=np.ones(12))
    for phase in (Aberrations.even_phase, Aberrations.odd_phase):
        gradient = jax.jit(jax.grad(lambda q, phase=phase: phase(aberrations, q)))(jnp.zeros(2))
        assert np.all(np.isfinite(gradient))


def test_vmap_builds_a_batch():
    batch = jax.vmap(Aberrations)(jnp.ones((3, 4)), jnp.zeros((3, 2)))
    assert jax.vmap(lambda one: one.even_phase(POINTS))(batch).shape == (3, *Q.shape)


@pytest.mark.parametrize("wrong", [{"even": 1.0}, {"odd": np.ones((2, 2))}])
def test_coefficients_are_a_list(wrong):
    # The shape annotations, which only the tests check, may raise a TypeError first.
    with pytest.raises((InputError, TypeError), match=r"list of numbers|Type-check"):
        Aberrations(**wrong)


def test_lengths_are_counted():
    with pytest.raises(InputError, match="tetra_a has 2 numbers, not 4"):
        Aberrations.from_lengths(tetra_a=[1.0, 2.0], voltage_kv=300.0)
