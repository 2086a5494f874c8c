"""The theories against each other, where they must agree, and against what each must do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.scattering.theories import (
    EVERY,
    EWALD,
    MULTISLICE,
    NONLINEAR,
    OPTICS,
    PARABOLOID,
    PHASE_OBJECT,
    PIXEL_SIZE,
    RYTOV,
    SHAPE,
    WEAK,
    X64,
    atoms,
    contrast,
    difference,
    exit_wave,
)
from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.optics import CTF, Aberrations, Microscope
from vitreous.projection import GaussianMixtureProjection
from vitreous.scattering import EwaldSphereScattering, MultisliceScattering, PhaseObjectScattering, RytovScattering
from vitreous.volumes import AbstractVolumeRepresentation

ROUNDING = 1e-13 if X64 else 3e-5


@pytest.mark.parametrize("name", EVERY)
def test_theories_agree_in_the_weak_thin_limit(name):
    # Centres in one plane leave the blobs' own σ = 3 Å of depth: amplitudes 1 − exp(−2π²σ²q_z²) ≤ 7e-5 with
    # q_z = λq²/2 at Nyquist. Second order is 1e-4 of the strength, 1e-7.
    thin = atoms(1e-3, flat=0.0)
    assert difference(contrast(EVERY[name], thin), contrast(WEAK, thin)) < (1e-5 if X64 else 1e-4)


@pytest.mark.parametrize("name", NONLINEAR)
def test_what_they_differ_by_is_of_second_order(name):
    # Twice as strong, the difference from the linear theory at the same depth is twice as large, relative to it.
    linear = {"phase object": WEAK, "Rytov": EWALD, "multislice": PARABOLOID}[name]
    theory = NONLINEAR[name]
    errors = [difference(contrast(theory, atoms(s)), contrast(linear, atoms(s))) for s in (4.0, 8.0)]
    assert 1e-4 < errors[0] < 1e-2
    np.testing.assert_allclose(errors[1] / errors[0], 2, rtol=0.02)  # third order


@pytest.mark.parametrize("name", ["Ewald sphere", "Rytov", "multislice"])
def test_an_object_higher_in_the_beam_is_more_underfocused(name):
    # Trap 5. A move by whole slices is exact in multislice. Rytov's plane goes with the object. The sphere's free space
    # is not the lens's parabola: λ³q⁴/8 over 8 Å is 1e-6 rad.
    z, theory = 8.0, EVERY[name]
    moved = contrast(RytovScattering(exit_plane=jnp.asarray(z)) if name == "Rytov" else theory, atoms(4.0, z=z))
    defocused = contrast(theory, atoms(4.0), OPTICS.with_defocus_offset(z))
    exact = name == "multislice"
    assert difference(moved, defocused) < (1e-12 if exact else 1e-8 if X64 else 0) + (0 if X64 else 1e-4)
    assert difference(contrast(theory, atoms(4.0)), defocused) > 1e-3  # it is seen at all


@pytest.mark.parametrize("name", EVERY)
def test_vacuum_has_no_contrast(name):
    np.testing.assert_array_equal(contrast(EVERY[name], atoms(0.0)), 0)


def test_the_paraboloid_is_multislice_to_first_order():
    # A slice holds its blobs in its middle: (πλq²Δz/2)²/6 of their amplitude, 4e-6 for 4 Å at Nyquist.
    weak = atoms(1e-5 if X64 else 1e-2)
    errors = [
        difference(contrast(MultisliceScattering(thickness, depth=62.0), weak), contrast(PARABOLOID, weak))
        for thickness in (4.0, 2.0)
    ]
    assert errors[0] < (1e-6 if X64 else 1e-4)
    if X64:
        np.testing.assert_allclose(errors[0] / errors[1], 4, rtol=0.05)  # second order in the thickness


def test_curvature_is_seen_and_has_a_side():
    flat, curved = contrast(WEAK, atoms()), contrast(EWALD, atoms())
    reverse = contrast(EwaldSphereScattering(reverse_curvature=True), atoms())
    assert difference(curved, flat) > 3e-4  # λq²/2 times 16 Å of depth
    # To first order in the depth both sides differ from the flat slice by the same, with opposite signs.
    assert difference(curved + reverse, 2 * flat) < 0.05 * difference(curved, reverse)
    # The other side is seen by an object that is mirrored along the beam.
    assert difference(contrast(EWALD, atoms(flat=-1.0)), reverse) < ROUNDING


def test_rytov_is_nearest_to_multislice():
    # Strong atoms in 16 Å of depth: the phase object has no depth, the Ewald sphere no second order. Rytov neglects
    # what is of second order in the strength and in the depth, 1e-2 · 5e-4.
    strong = atoms(30.0)
    truth = contrast(MULTISLICE, strong)
    errors = {name: difference(contrast(theory, strong), truth) for name, theory in EVERY.items()}
    assert errors["Rytov"] < 1e-4
    assert all(error > 5 * errors["Rytov"] for name, error in errors.items() if name not in ("Rytov", "multislice"))


def test_a_single_slice_is_the_phase_object():
    single = contrast(MultisliceScattering(50.0, depth=50.0), atoms(30.0))
    # The slice acts in its middle, and the wave is carried from there to its face and back.
    assert difference(single, contrast(PHASE_OBJECT, atoms(30.0))) < ROUNDING


def test_intensity_is_conserved_without_amplitude_contrast():
    # Blobs of 3 Å scatter 1e-5 of their amplitude to the limit of the band: 1e-10 of the intensity may leave it.
    strong, clear = atoms(120.0), CTF(amplitude_contrast=0.0)
    wave = exit_wave(MULTISLICE, strong, clear)
    assert np.abs(wave - 1).max() > 0.1
    np.testing.assert_allclose(np.mean(np.abs(wave) ** 2), 1, rtol=0, atol=1e-9 if X64 else 1e-5)
    assert np.mean(np.abs(exit_wave(MULTISLICE, strong)) ** 2) < 1 - 1e-3


def test_the_image_is_the_intensity_of_the_exit_wave_behind_the_lens():
    # Written out on a grid twice as fine: defocus counts from z = 0, 31 Å before the exit plane.
    strong = atoms(120.0)
    fine = tuple(2 * n for n in SHAPE)
    indices = np.ix_(*(np.rint(np.fft.fftfreq(n) * n).astype(int) % m for n, m in zip(SHAPE, fine, strict=True)))
    spectrum = np.zeros(fine, complex)
    spectrum[indices] = 4 * np.fft.fft2(np.fft.ifftshift(exit_wave(MULTISLICE, strong)))
    y, x = np.meshgrid(
        *(np.fft.fftfreq(m) * m / (n * PIXEL_SIZE) for n, m in zip(SHAPE, fine, strict=True)), indexing="ij"
    )
    lens = OPTICS.with_defocus_offset(31.0).wave_transfer(jnp.asarray(np.stack([x, y], axis=-1), float))
    image = np.fft.fft2((np.abs(np.fft.ifft2(spectrum * np.asarray(lens))) ** 2 - 1) / 2)[indices] / 4
    assert difference(contrast(MULTISLICE, strong), image[:, : SHAPE[1] // 2 + 1]) < (1e-12 if X64 else 1e-4)


def test_padding_is_that_of_the_image():
    config = ImageConfig((11, 12), PIXEL_SIZE, padded_shape=SHAPE)
    how = {"integrator": GaussianMixtureProjection()}
    for theory in EVERY.values():
        spectrum = jax.eval_shape(lambda t=theory: t.contrast_spectrum(atoms(), OPTICS, config, **how))
        assert spectrum.shape == (SHAPE[0], SHAPE[1] // 2 + 1)
    for theory in NONLINEAR.values():
        assert jax.eval_shape(lambda t=theory: t.exit_wave(atoms(), OPTICS, config, **how)).shape == SHAPE


def test_a_microscope_with_everything():
    # Odd phases, even ones, an anisotropic magnification and a scale act on every theory as on weak phase. Waves are
    # stretched with their own height, so second order stays what it is.
    tilt = Aberrations.from_beam_tilt(0.7, -0.4, voltage_kv=300.0, cs_mm=2.7)
    matrix = jnp.asarray([[0.97, 0.02], [-0.01, 0.95]])
    microscope = Microscope(OPTICS, aberrations=tilt, magnification=matrix, scale=0.9)
    thin = atoms(1e-3, flat=0.0)
    expected = contrast(WEAK, thin, microscope)
    for theory in (EWALD, MULTISLICE):
        assert difference(contrast(theory, thin, microscope), expected) < (1e-4 if X64 else 1e-3)

    # A magnification in all directions alike is another pixel size; the image is divided by its area.
    same = Microscope(OPTICS, aberrations=tilt, magnification=0.95 * jnp.eye(2), scale=0.9)
    unstretched = Microscope(OPTICS, aberrations=tilt, magnification=jnp.eye(2), scale=0.9)
    strong = atoms(30.0)
    stretched = contrast(MULTISLICE, strong, same)
    other = contrast(MULTISLICE, strong, unstretched, PIXEL_SIZE / 0.95) / 0.95**2
    # The blobs' tails reach the edge of the box, 13 Å from the outermost centres: exp(−13²/18).
    assert difference(stretched, other) < 1e-3


def test_a_volume_without_depth_is_refused():
    class Flat(AbstractVolumeRepresentation):
        def get_representation(self, rng_key=None):
            return self

        def rotate_to_pose(self, pose, inverse=False):
            return self

    config = ImageConfig((8, 8), 2.0)
    for theory in (EWALD, RYTOV, MULTISLICE):
        with pytest.raises(InputError, match="volume of type Flat is only known in projection"):
            theory.contrast_spectrum(Flat(), OPTICS, config, integrator=GaussianMixtureProjection())


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="slice_thickness=0"):
        MultisliceScattering(0.0, depth=10.0)
    with pytest.raises(InputError, match="depth=-1"):
        MultisliceScattering(1.0, depth=-1.0)
    with pytest.raises(InputError, match=r"oversampling=0\.5"):
        PhaseObjectScattering(oversampling=0.5)
