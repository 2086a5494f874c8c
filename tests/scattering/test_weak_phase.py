"""Weak phase against the exit wave, in units and in the limit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.constants import interaction_constant, wavelength
from vitreous.grids import ImageConfig, irfftn
from vitreous.optics import CTF
from vitreous.projection import FourierSliceExtraction, GaussianMixtureProjection
from vitreous.scattering import WeakPhaseScattering
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
CONFIG = ImageConfig((24, 22), 2.0)
RNG = np.random.default_rng(1)
POSITIONS = jnp.asarray(RNG.uniform(-8, 8, (6, 3)), float)
OPTICS = CTF(8000.0, 6000.0, 25.0, voltage_kv=300.0, cs_mm=2.7, amplitude_contrast=0.2)


@jax.jit
def linear(strength):
    atoms = GaussianMixtureVolume(POSITIONS, strength, 9.0)
    spectrum = WeakPhaseScattering().contrast_spectrum(atoms, OPTICS, CONFIG, integrator=GaussianMixtureProjection())
    return irfftn(spectrum, CONFIG.shape)


def full(strength):
    """(|ψ|²/|ψ₀|² − 1)/2 of the whole exit wave through the lens, with the full transform, by its definition."""
    atoms = GaussianMixtureVolume(POSITIONS, strength, 9.0)
    projection = np.asarray(GaussianMixtureProjection().integrate(atoms, CONFIG, outputs_real_space=True))
    w = 0.2
    exit_wave = np.exp(1j * float(interaction_constant(300.0)) * projection * (np.sqrt(1 - w**2) + 1j * w))
    ky, kx = np.meshgrid(np.fft.fftfreq(24, 2.0), np.fft.fftfreq(22, 2.0), indexing="ij")
    q2, wave = kx**2 + ky**2, float(wavelength(300.0))
    defocus = 7000.0 + 1000.0 * np.cos(2 * (np.arctan2(ky, kx) - np.deg2rad(25.0)))
    lens = np.exp(1j * (np.pi * wave * defocus * q2 - np.pi / 2 * 2.7e7 * wave**3 * q2**2))
    return (np.abs(np.fft.ifft2(np.fft.fft2(exit_wave) * lens)) ** 2 - 1) / 2


@pytest.mark.x64  # the remainder drowns in single precision
def test_every_theory_agrees_as_the_specimen_gets_weak():
    # The exit wave exp(iλγ∫U(√(1−w²) + iw)) and the lens exp(+iχ) give CTF λγ∫U to first order: halving the specimen
    # halves the relative difference, which is of second order.
    errors = []
    for strength in (2.0, 1.0, 0.5):
        weak, exact = np.asarray(linear(strength)), full(strength)
        errors.append(np.linalg.norm(weak - exact) / np.linalg.norm(exact))
    assert errors[0] < 0.02
    np.testing.assert_allclose(np.array(errors[:-1]) / errors[1:], 2, rtol=0.02)  # third order


def test_it_is_linear():
    # Rounding of sums of atoms.
    np.testing.assert_allclose(
        linear(7.0), 7 * linear(1.0), atol=(1e-13 if X64 else 1e-5) * float(7 * linear(1.0).max())
    )


def test_the_unit_is_lambda_gamma_per_angstrom():
    # Trap 8. At q = 0 all that is left is −w λγ Σ a, λγ = 0.019687 Å × 1.58710 by 300 kV.
    total = float(linear(10.0).sum()) * 2.0**2
    np.testing.assert_allclose(total, -0.2 * 0.019687 * 1.58710 * 60.0, rtol=3e-5)  # five digits of λ


def test_voxels_scatter_as_they_project():
    grid = jnp.asarray(RNG.normal(size=(12, 12, 12)), float)
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, 2.0)
    config = ImageConfig((12, 12), 2.0)
    spectrum, projection = jax.jit(
        lambda: (
            WeakPhaseScattering().contrast_spectrum(volume, OPTICS, config, integrator=FourierSliceExtraction()),
            FourierSliceExtraction().integrate(volume, config),
        )
    )()
    expected = np.asarray(projection) * np.asarray(OPTICS(config.frequencies)) * float(interaction_constant(300.0))
    np.testing.assert_allclose(spectrum, expected, atol=(1e-13 if X64 else 1e-4) * np.abs(expected).max())
