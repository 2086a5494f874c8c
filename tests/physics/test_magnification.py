"""Anisotropic magnification and aberrations in a whole image, against formulas written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.optics.closed_forms import chi, zernike
from vitreous.constants import interaction_constant
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.optics import CTF, Aberrations, Microscope
from vitreous.poses import EulerAnglePose
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(5)
POSITIONS, AMPLITUDES, VARIANCE = RNG.uniform(-6, 6, (4, 3)), RNG.uniform(1, 3, 4), 14.0
CONFIG = ImageConfig((32, 33), 2.0)
MATRIX = np.array([[1.03, 0.02], [-0.01, 0.98]])
POSE = EulerAnglePose(20.0, 40.0, -70.0, offset_x=3.0, offset_y=-5.0, offset_z=200.0)
MICROSCOPE = Microscope(
    CTF(15_000.0, 13_000.0, 25.0, amplitude_contrast=0.1),
    aberrations=Aberrations([0.3, 0.0, 0.2], [0.0, 0.0, 60.0, 0.0, 40.0]),
    magnification=MATRIX,
    scale=1.1,
)
Q = np.asarray(CONFIG.frequencies, float)
# Inside the band of the image and of the voxels on both sides of M, with a mode to spare.
INSIDE = ((Q**2).sum(-1) < 0.23**2) & (((Q @ MATRIX.T) ** 2).sum(-1) < 0.23**2)


def expected():
    """λγ s · transfer(M q) · projection(M q) · shift(q), with the atoms turned by hand."""
    true = Q @ MATRIX.T
    phase = chi(true, 15_200, 13_200, 25) - 0.3 - 0.2 * zernike(2, 0, true) + np.arcsin(0.1)
    odd = 60 * zernike(3, -3, true) + 40 * zernike(3, 1, true)
    turned = POSITIONS @ np.asarray(POSE.rotation_matrix).T
    projection = np.exp(-2j * np.pi * true @ turned[:, :2].T) @ AMPLITUDES / 2.0**2
    projection = projection * np.exp(-2 * np.pi**2 * VARIANCE * (true**2).sum(-1))
    shift = np.exp(-2j * np.pi * Q @ [3.0, -5.0])
    return 1.1 * float(interaction_constant(300.0)) * -np.sin(phase) * np.exp(1j * odd) * projection * shift


def voxels():
    x = (np.arange(32) - 16) * 2.0
    body = [
        a * np.exp(-((x[:, None, None] - pz) ** 2 + (x[:, None] - py) ** 2 + (x - px) ** 2) / (2 * VARIANCE))
        for a, (px, py, pz) in zip(AMPLITUDES, POSITIONS, strict=True)
    ]
    grid = np.sum(body, axis=0) / (2 * np.pi * VARIANCE) ** 1.5
    return FourierVoxelGridVolume.from_real_voxel_grid(jnp.asarray(grid, float), 2.0)


# The band of the image ends at exp(−2π²·14/16) = 3e-8; the interpolant of the voxels is good to 2e-4.
@pytest.mark.parametrize(("kind", "tolerance"), [("atoms", 1e-6 if X64 else 1e-4), ("voxels", 5e-4)])
def test_slice_transfer_and_aberrations_are_seen_at_the_true_frequencies(kind, tolerance):
    atoms = GaussianMixtureVolume(jnp.asarray(POSITIONS, float), jnp.asarray(AMPLITUDES, float), VARIANCE)
    volume = atoms if kind == "atoms" else voxels()
    model = make_image_model(volume, CONFIG, pose=POSE, optics=MICROSCOPE)
    ours, theirs = np.asarray(jax.jit(lambda: model.spectrum())())[INSIDE], expected()[INSIDE]
    np.testing.assert_allclose(ours, theirs, atol=tolerance * np.abs(theirs).max())
