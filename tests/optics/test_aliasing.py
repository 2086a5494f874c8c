import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.optics import CTF, Aberrations, Microscope, VoltaPhasePlate, aliasing_box, warn_if_aliased


@pytest.mark.parametrize(
    "ctf",
    [
        CTF(20_000.0, cs_mm=0.0),
        CTF(20_000.0, 15_000.0, 30.0, cs_mm=2.7),
        CTF(-5_000.0, -8_000.0, cs_mm=2.7),
        CTF(1_000.0, 900.0, cs_mm=2.7),
        CTF(0.0, cs_mm=2.7, voltage_kv=100.0),
    ],
)
@pytest.mark.parametrize("pixel", [0.5, 1.5])
def test_box_holds_the_steepest_phase(ctf, pixel):
    # dχ/dq by differentiation, along both axes of the astigmatism, up to Nyquist.
    q = jnp.linspace(0, 1 / (2 * pixel), 2001)
    angle = jnp.deg2rad(ctf.astigmatism_angle_deg)
    spread = 0.0
    for alpha in (angle, angle + jnp.pi / 2):
        direction = jnp.stack([jnp.cos(alpha), jnp.sin(alpha)])
        slope = jax.vmap(jax.grad(lambda q, d=direction: ctf.phase(q * d)))(q) / (2 * jnp.pi)
        spread = max(spread, float(jnp.abs(slope).max()))
    box = aliasing_box(ctf, pixel, 100.0)
    # The sampled maximum may miss the true one by a part in 1e6, and boxes are whole pixels.
    assert -1e-3 <= box - (100 + 2 * spread) / pixel <= 1 + 1e-3


def test_rule_of_thumb():
    # CONVENTIONS: ≈ (2 λ Δf q_max + diameter) / pixel.
    wave, defocus, pixel = 0.0196875, 15_000.0, 1.2
    box = aliasing_box(CTF(defocus, cs_mm=0.0), pixel, 150.0)
    assert abs(box - (2 * wave * defocus / (2 * pixel) + 150) / pixel) <= 1


def test_a_batch_needs_the_largest():
    batch = jax.vmap(CTF)(jnp.array([5_000.0, 20_000.0]), jnp.array([5_000.0, 20_000.0]), jnp.zeros(2))
    assert aliasing_box(batch, 1.0, 100.0) == aliasing_box(CTF(20_000.0), 1.0, 100.0)


def test_smaller_boxes_wrap_around_and_safe_ones_do_not():
    # A Gaussian of σ 1.5 Å seen through strong defocus, in boxes of several sizes against a very large one.
    ctf, pixel = CTF(6_000.0, cs_mm=0.0, amplitude_contrast=0.0), 2.0
    diameter = 20.0

    def image(n):
        x = (np.arange(n) - n // 2) * pixel
        body = np.exp(-(x[:, None] ** 2 + x**2) / (2 * 1.5**2))
        grid = np.stack(np.meshgrid(np.fft.rfftfreq(n, pixel), np.fft.fftfreq(n, pixel)), axis=-1)
        spectrum = np.fft.rfft2(np.fft.ifftshift(body)) * np.asarray(ctf(jnp.asarray(grid)))
        return np.fft.fftshift(np.fft.irfft2(spectrum, (n, n)))

    def error(n):
        large = image(256)[128 - n // 2 : 128 - n // 2 + n, 128 - n // 2 : 128 - n // 2 + n]
        return np.linalg.norm(image(n) - large) / np.linalg.norm(large)

    safe = aliasing_box(ctf, pixel, diameter)
    # The spectrum ends at Nyquist with an edge of exp(-2.8) = 0.06, whose fringes reach beyond the displacement.
    assert error(safe) < 0.04
    assert error(safe // 2) > 0.2


def test_warning_names_the_box():
    ctf = CTF(20_000.0)
    box = aliasing_box(ctf, 1.0, 120.0)
    with pytest.warns(UserWarning, match=f"box of 128 pixels is too small.* is {box} pixels"):
        warn_if_aliased(ctf, 1.0, (128, 1000), particle_diameter=120.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_aliased(ctf, 1.0, (box, box), particle_diameter=120.0)


@pytest.mark.parametrize(("pixel", "diameter"), [(0.0, 100.0), (-1.0, 100.0), (1.0, -5.0), (float("nan"), 100.0)])
def test_lengths_must_be_positive(pixel, diameter):
    with pytest.raises(InputError, match="must be positive"):
        aliasing_box(CTF(), pixel, diameter)


def test_a_microscope_needs_what_its_ctf_needs():
    ctf = CTF(20_000.0, 15_000.0, 30.0)
    # Sampled at 72 × 256 frequencies: below the closed formula by less than a pixel.
    assert 0 <= aliasing_box(ctf, 1.0, 100.0) - aliasing_box(Microscope(ctf), 1.0, 100.0) <= 1


def test_aberrations_and_magnification_need_room():
    ctf = CTF(2_000.0, cs_mm=0.0)
    wave, q = 0.0196875, 0.5  # 300 kV, Nyquist of 1 Å
    tilted = Microscope(ctf, aberrations=Aberrations.from_beam_tilt(10.0, 0.0, voltage_kv=300.0, cs_mm=2.7))
    # dχ/dq / 2π = λ Δf q on one side, and 3 Cs λ² q² t of coma along the tilt, which add where their signs agree.
    expected = 100 + 2 * (wave * 2_000 * q + 3 * 2.7e7 * wave**2 * q**2 * 10e-3)
    assert abs(aliasing_box(tilted, 1.0, 100.0) - expected) <= 1.5  # the sampled directions, and whole pixels
    stretched = Microscope(ctf, magnification=[[1.1, 0.0], [0.0, 1.0]])
    assert abs(aliasing_box(stretched, 1.0, 100.0) - (100 + 2 * 1.1**2 * wave * 2_000 * q)) <= 1
    with pytest.warns(UserWarning, match=r"The smallest box .* is \d+ pixels"):
        warn_if_aliased(tilted, 1.0, (100, 100), particle_diameter=100.0)


def test_even_aberrations_need_room_and_a_smooth_phase_plate_none():
    wave, q, a3 = 0.0196875, 0.5, 2e7  # 300 kV, Nyquist of 1 Å
    tetrafoil = Aberrations.from_tetrafoil(a3, 10.0, voltage_kv=300.0)
    plate = VoltaPhasePlate(90.0, cut_on=0.002)
    microscope = Microscope(CTF(0.0, cs_mm=0.0), aberrations=tetrafoil, phase_plate=plate)
    # |∇ q⁴ cos 4α| = 4 q³ in every direction, so r = λ³ A₃ q³ = 19 Å. Whole pixels.
    assert 0 <= aliasing_box(microscope, 1.0, 100.0) - (100 + 2 * wave**3 * a3 * q**3) <= 1


def test_a_batch_of_microscopes_needs_the_largest():
    batch = jax.vmap(lambda defocus: Microscope(CTF(defocus)))(jnp.array([5_000.0, 20_000.0]))
    assert aliasing_box(batch, 1.0, 100.0) == aliasing_box(Microscope(CTF(20_000.0)), 1.0, 100.0)
