"""One small specimen in every theory; each theory is compiled once for all tests."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from vitreous.grids import ImageConfig
from vitreous.optics import CTF
from vitreous.projection import integrator_for
from vitreous.scattering import (
    EwaldSphereScattering,
    EwaldSurface,
    MultisliceScattering,
    PhaseObjectScattering,
    RytovScattering,
    WeakPhaseScattering,
)
from vitreous.volumes import GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
SHAPE = (21, 24)  # odd and even, a rectangle
PIXEL_SIZE = 2.0
RNG = np.random.default_rng(1)
POSITIONS = RNG.uniform(-8, 8, (6, 3))
OPTICS = CTF(8000.0, 6000.0, 25.0, voltage_kv=300.0, cs_mm=2.7, amplitude_contrast=0.2, phase_shift_deg=30.0)

WEAK = WeakPhaseScattering()
PHASE_OBJECT = PhaseObjectScattering()
RYTOV = RytovScattering()
EWALD = EwaldSphereScattering()
PARABOLOID = EwaldSphereScattering(EwaldSurface.PARABOLOID)
MULTISLICE = MultisliceScattering(4.0, depth=62.0)  # a remainder of 2 Å
NONLINEAR = {"phase object": PHASE_OBJECT, "Rytov": RYTOV, "multislice": MULTISLICE}
EVERY = {"weak phase": WEAK, "Ewald sphere": EWALD, **NONLINEAR}


def atoms(strength=1.0, *, z=0.0, flat=1.0):
    """Gaussians of 3 Å, moved along the beam, their depth multiplied by `flat`."""
    positions = jnp.asarray(POSITIONS * [1, 1, flat] + [0, 0, z], float)
    return GaussianMixtureVolume(positions, jnp.asarray(float(strength)), jnp.asarray(9.0))


@eqx.filter_jit
def _contrast(theory, volume, optics, pixel_size):
    config = ImageConfig(SHAPE, pixel_size)
    return theory.contrast_spectrum(volume, optics, config, integrator=integrator_for(volume))


def contrast(theory, volume, optics=OPTICS, pixel_size=PIXEL_SIZE):
    """Half spectrum of the contrast, as a numpy array."""
    return np.asarray(_contrast(theory, volume, optics, jnp.asarray(pixel_size, float)))


@eqx.filter_jit
def _exit_wave(theory, volume, optics):
    config = ImageConfig(SHAPE, PIXEL_SIZE)
    return theory.exit_wave(volume, optics, config, integrator=integrator_for(volume))


def exit_wave(theory, volume, optics=OPTICS):
    """The wave behind the specimen, as a numpy array."""
    return np.asarray(_exit_wave(theory, volume, optics))


def difference(ours, expected):
    """Relative difference within the Nyquist disc, where all theories are, without the zero mode.

    A phase plate leaves the unscattered beam alone, so linear and wave theories differ in the image's mean.
    """
    y, x = np.meshgrid(np.fft.fftfreq(SHAPE[0]), np.fft.rfftfreq(SHAPE[1]), indexing="ij")
    radius = np.hypot(y, x)
    disc = (radius > 0) & (radius < 0.5 - 1e-6)
    return np.linalg.norm((ours - expected)[disc]) / np.linalg.norm(expected[disc])
