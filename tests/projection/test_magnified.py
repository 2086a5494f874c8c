"""Projections seen through an anisotropic magnification: the same at M q for every integrator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.grids import ImageConfig, Sampling
from vitreous.optics import CTF, Microscope
from vitreous.poses import EulerAnglePose
from vitreous.projection import FourierSliceExtraction, GaussianMixtureProjection, project_magnified
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(3)
POSITIONS, AMPLITUDES, VARIANCE = RNG.uniform(-6, 6, (5, 3)), RNG.uniform(1, 3, 5), 14.0
ATOMS = GaussianMixtureVolume(jnp.asarray(POSITIONS, float), jnp.asarray(AMPLITUDES, float), VARIANCE)
MATRIX = np.array([[1.03, 0.02], [-0.015, 0.97]])
OPTICS = Microscope(CTF(), magnification=MATRIX)
CONFIG = ImageConfig((33, 32), 2.0)
POSE = EulerAnglePose(30.0, 50.0, -20.0)

project = jax.jit(
    lambda volume, optics, integrator: project_magnified(volume, optics, CONFIG, integrator=integrator),
    static_argnums=2,
)


def exact(frequencies, positions):
    """The spectrum of the projected atoms at any frequency."""
    q = np.asarray(frequencies, float)
    waves = np.exp(-2j * np.pi * q @ positions[:, :2].T) @ AMPLITUDES
    return waves * np.exp(-2 * np.pi**2 * VARIANCE * (q**2).sum(-1)) / 2.0**2


def test_gaussians_at_the_true_frequencies():
    ours = np.asarray(project(ATOMS, OPTICS, GaussianMixtureProjection()))
    true = np.asarray(CONFIG.frequencies) @ MATRIX.T
    inside = np.all(np.abs(true) <= 0.25, axis=-1)
    expected = np.where(inside, exact(true, POSITIONS), 0)
    # The image's band ends at exp(−2π²·14/16) = 3e-8 of the largest mode.
    np.testing.assert_allclose(ours, expected, atol=(1e-7 if X64 else 1e-5) * np.abs(expected).max())
    assert np.abs(expected - exact(CONFIG.frequencies, POSITIONS)).max() > 0.01 * np.abs(expected).max()


def test_voxels_at_the_true_frequencies_in_a_pose():
    x = (np.arange(32) - 16) * 2.0
    body = [
        a * np.exp(-((x[:, None, None] - pz) ** 2 + (x[:, None] - py) ** 2 + (x - px) ** 2) / (2 * VARIANCE))
        for a, (px, py, pz) in zip(AMPLITUDES, POSITIONS, strict=True)
    ]
    grid = np.sum(body, axis=0) / (2 * np.pi * VARIANCE) ** 1.5
    volume = FourierVoxelGridVolume.from_real_voxel_grid(jnp.asarray(grid, float), 2.0).rotate_to_pose(POSE)
    ours = np.asarray(project(volume, OPTICS, FourierSliceExtraction()))
    q = np.asarray(CONFIG.frequencies)
    true = q @ MATRIX.T
    disc = ((q**2).sum(-1) < 0.24**2) & ((true**2).sum(-1) < 0.24**2)
    rotated = POSITIONS @ np.asarray(POSE.rotation_matrix).T
    expected = exact(true, rotated)
    # The interpolant's 2e-4 (see FourierVoxelGridVolume).
    np.testing.assert_allclose(ours[disc], expected[disc], atol=5e-4 * np.abs(expected).max())
    assert np.all(ours[(true**2).sum(-1) >= 0.25**2] == 0)


@pytest.mark.parametrize(
    "integrator", [GaussianMixtureProjection(), GaussianMixtureProjection(sampling=Sampling.AVERAGE)]
)
def test_the_identity_changes_nothing(integrator):
    plain = np.asarray(project(ATOMS, CTF(), integrator))
    same = np.asarray(project(ATOMS, Microscope(CTF(), magnification=np.eye(2)), integrator))
    np.testing.assert_allclose(same, plain, atol=(1e-9 if X64 else 1e-5) * np.abs(plain).max())  # of the NUFFT


def test_a_uniform_magnification_is_another_pixel_size():
    # P at q·1.05 on pixels of 2 Å, over 2² Å², is P at q on pixels of 2/1.05 Å, over their area.
    larger = project(ATOMS, Microscope(CTF(), magnification=1.05 * np.eye(2)), GaussianMixtureProjection())
    finer = ImageConfig((33, 32), 2.0 / 1.05)
    other = np.asarray(GaussianMixtureProjection().integrate(ATOMS, finer)) / 1.05**2
    inside = np.all(np.abs(np.asarray(finer.frequencies)) <= 0.25, axis=-1)
    # As above.
    atol = (1e-7 if X64 else 1e-5) * np.abs(other).max()
    np.testing.assert_allclose(np.asarray(larger)[inside], other[inside], atol=atol)


def test_the_magnification_can_be_differentiated():
    def power(matrix):
        spectrum = project_magnified(
            ATOMS, Microscope(CTF(), magnification=matrix), CONFIG, integrator=GaussianMixtureProjection()
        )
        # Without the modes near the edge of the band, which enter and leave it.
        return jnp.sum(jnp.abs(spectrum[:8, :8]) ** 2)

    gradient = jax.jit(jax.grad(power))(jnp.asarray(MATRIX))
    step = 1e-4
    run = jax.jit(power)
    for index in np.ndindex(2, 2):
        moved = np.zeros((2, 2))
        moved[index] = step
        quotient = (run(jnp.asarray(MATRIX + moved)) - run(jnp.asarray(MATRIX - moved))) / (2 * step)
        if X64:  # in single precision the quotient drowns in rounding
            np.testing.assert_allclose(gradient[index], quotient, rtol=1e-5)
    assert np.all(np.isfinite(gradient))
