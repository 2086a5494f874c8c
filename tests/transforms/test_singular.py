"""Derivatives where norms, angles and widths vanish: finite everywhere, and right where they are known (trap 7)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.catalogue import CASES
from tests.transforms.catalogue.optics import ELEMENTS, ENVELOPES, LENS
from vitreous.detector import Gain, PoissonDetector
from vitreous.filters import CircularMask, LowPassFilter, WhiteningFilter
from vitreous.grids import ImageConfig, frequencies, radius, shift_phases
from vitreous.imaging import GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF, Microscope
from vitreous.poses import (
    AxisAnglePose,
    EulerAnglePose,
    QuaternionPose,
    TangentPose,
    angular_distance_deg,
    rotation_from_euler,
)
from vitreous.projection import FFTAtomProjection
from vitreous.volumes import GaussianMixtureVolume, IndependentAtomVolume, LobatoScatteringFactor

SHAPE = (6, 7)
Q = frequencies(SHAPE, 1.5)
RNG = np.random.default_rng(0)
POINTS = jnp.asarray(RNG.normal(size=(4, 3)), float)


def finite(tree):
    return all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(tree))


def test_the_ctf_at_zero_frequency():
    # There the CTF is −sin(φ + arcsin w): nothing else changes it.
    def value(ctf, q):
        return ctf(q)

    gradient, by_frequency = jax.jit(jax.grad(value, argnums=(0, 1)))(LENS, jnp.zeros(2))
    np.testing.assert_array_equal(by_frequency, 0)
    for name in ("defocus_u", "defocus_v", "astigmatism_angle_deg", "voltage_kv", "cs_mm", "b_factor"):
        assert float(getattr(gradient, name)) == 0
    total = np.deg2rad(25.0) + np.arcsin(0.1)
    np.testing.assert_allclose(gradient.phase_shift_deg, -np.deg2rad(np.cos(total)), rtol=1e-6)  # float32 rounding
    np.testing.assert_allclose(gradient.amplitude_contrast, -np.cos(total) / np.sqrt(1 - 0.01), rtol=1e-6)
    assert finite(jax.jit(jax.hessian(value, argnums=1))(LENS, jnp.zeros(2)))


@pytest.mark.parametrize(
    "optics",
    [CTF(10_000.0, amplitude_contrast=0.0), Microscope(LENS, **ELEMENTS, envelopes=ENVELOPES)],
    ids=["no astigmatism, no amplitude contrast", "microscope"],
)
def test_optics_on_a_grid_with_zero_frequency(optics):
    assert finite(jax.jit(jax.grad(lambda optics: jnp.sum(jnp.abs(optics(Q)) ** 2)))(optics))


def test_hard_edges_and_no_power():
    def loss(filter, mask, whitening):
        return jnp.sum(filter.transfer(Q)) + jnp.sum(mask.values(SHAPE)) + jnp.sum(whitening.transfer(Q))

    parts = LowPassFilter(6.3, 0.0), CircularMask(3.3, 0.0), WhiteningFilter(jnp.array([0.0, 0.2]), jnp.zeros(2))
    assert finite(jax.jit(jax.grad(loss, argnums=(0, 1, 2)))(*parts))


def test_lengths_of_frequencies_and_shifts_by_nothing():
    def loss(spacing, shift):
        phases = shift_phases(shift, SHAPE)
        return jnp.sum(radius(frequencies((4, 4), spacing))) + jnp.sum(phases.real**2 + phases.imag)

    assert finite(jax.jit(jax.grad(loss, argnums=(0, 1)))(jnp.asarray(1.5), jnp.zeros(2)))


@pytest.mark.parametrize("pose", [EulerAnglePose(), QuaternionPose(), AxisAnglePose(), TangentPose()], ids=str)
def test_second_derivatives_of_a_pose_at_the_identity(pose):
    gradient = jax.grad(lambda pose: jnp.sum(jnp.sin(pose.transform(POINTS))))
    ones = jax.tree.map(jnp.ones_like, pose)
    assert finite(jax.jit(lambda pose, ones: jax.jvp(gradient, (pose,), (ones,))[1])(pose, ones))


def test_the_distance_of_a_rotation_from_itself():
    matrix = jnp.asarray(rotation_from_euler(20.0, 70.0, -140.0), float)
    assert finite(jax.jit(jax.grad(angular_distance_deg))(matrix, matrix))


@pytest.mark.parametrize("theta", [0.0, 180.0])
def test_an_image_without_tilt_offset_and_astigmatism(theta):
    # q = 0 is in every image, and an atom at the origin has no direction.
    volume = GaussianMixtureVolume(POINTS.at[0].set(0.0), 100.0, 9.0)

    def score(volume, pose, optics):
        model = make_image_model(volume, ImageConfig(SHAPE, 3.0), pose=pose, optics=optics)
        return GaussianLikelihood(model, WhiteNoise(0.01)).log_likelihood(jnp.zeros(SHAPE))

    optics = CTF(8000.0, 8000.0, 0.0, amplitude_contrast=0.0)
    assert finite(jax.jit(jax.grad(score, argnums=(0, 1, 2)))(volume, EulerAnglePose(0.0, theta, 0.0), optics))


def test_factors_of_an_atom_on_the_axis():
    volume = IndependentAtomVolume(jnp.zeros((1, 3)), LobatoScatteringFactor([1.0], [2.0]))

    def power(volume, pixel_size):
        return jnp.sum(FFTAtomProjection().integrate(volume, ImageConfig((8, 9), pixel_size), True) ** 2)

    assert finite(jax.jit(jax.grad(power, argnums=(0, 1)))(volume, jnp.asarray(1.4)))


@pytest.mark.parametrize("name", ["multislice", "rytov", "ewald_sphere"])
def test_waves_of_atoms_without_width(name):
    image, (volume, optics, *others) = CASES[name].at()
    volume = GaussianMixtureVolume(
        volume.positions.at[0].set(0.0), volume.amplitudes, volume.variances.at[1].set(0.0).at[2].set(1e-12)
    )
    optics = jax.tree.map(lambda new, old: new.astype(old.dtype), CTF(2000.0, amplitude_contrast=0.0), optics)
    assert finite(jax.jit(jax.grad(lambda v, o: jnp.sum(image(v, o, *others) ** 2), argnums=(0, 1)))(volume, optics))


def test_dead_pixels_and_whole_numbers():
    counts = jnp.full((3, 4), 50.0)
    reference = jnp.ones((3, 4)).at[0, 0].set(0.0)
    assert finite(jax.jit(jax.grad(lambda reference: jnp.sum(Gain(reference).apply(counts))))(reference))

    # Counts that are drawn have no derivative, and say so.
    def drawn(contrast):
        return PoissonDetector(25.0, 1.4).sample(contrast, key=jax.random.key(0)).sum()

    np.testing.assert_array_equal(jax.jit(jax.grad(drawn))(jnp.zeros((3, 4))), 0)
