"""RELION's own projections, read by our dataset reader and reproduced by our image model.

`plain`, `ctf` and `even` are `relion_project --i emd_1832.map --pad 4` of RELION 5 (noise-free; without CTF, with CTF,
astigmatism of thousands of Å, phase shift and B-factor, and with even Zernike coefficients). RELION's linear
interpolation at padding 4 limits the agreement: an exact transform reaches correlations of 0.99997 and 0.99999 and
scales of 0.9985 to 1.008.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous.constants import interaction_constant
from vitreous.datasets import ParticleDataset, load_volume
from vitreous.grids import ImageConfig, mode_multiplicity, rfftn, shift_phases
from vitreous.imaging import make_image_model
from vitreous.optics import Contrast
from vitreous.projection import FourierSliceExtraction
from vitreous.volumes import FourierVoxelGridVolume


@pytest.fixture(scope="module")
def volume():
    values, voxel_size = load_volume(shared_data("maps/emd_1832.map"))
    return FourierVoxelGridVolume.from_real_voxel_grid(jnp.asarray(values, jnp.float64), voxel_size)


def compare(ours, relion):
    """Correlation and scale inside the Nyquist circle, without the zero mode; ours is a half spectrum."""
    n = relion.shape[-1]
    k = np.stack(np.meshgrid(np.fft.fftfreq(n) * n, np.fft.rfftfreq(n) * n, indexing="ij"))
    radius = (k**2).sum(0)
    weight = np.asarray(mode_multiplicity((n, n))) * ((radius > 0) & (radius < n**2 / 4 - 0.5))
    theirs = np.asarray(rfftn(jnp.asarray(relion)))
    ours = np.asarray(ours)
    cross = (weight * (ours * theirs.conj()).real).sum()
    return cross / np.sqrt((weight * abs(ours) ** 2).sum() * (weight * abs(theirs) ** 2).sum()), cross / (
        weight * abs(ours) ** 2
    ).sum()


def test_projections_without_ctf(volume):
    particles = ParticleDataset.load(shared_data("golden/plain.star"))
    config = ImageConfig(particles.shape, particles.pixel_size)

    def project(pose):
        spectrum = FourierSliceExtraction().integrate(volume.rotate_to_pose(pose), config)
        return spectrum * shift_phases(pose.offset[:2], config.padded_shape, config.pixel_size)

    # RELION's image is the plain sum of voxels; ours is an integral, in units of the voxel size.
    ours = jax.jit(jax.vmap(project))(particles.poses) / particles.pixel_size
    for mine, image in zip(ours, particles.images(), strict=True):
        correlation, scale = compare(mine, image)
        assert correlation >= 0.9999
        assert abs(scale - 1) <= 0.01


def test_projections_with_ctf(volume):
    particles = ParticleDataset.load(shared_data("golden/ctf.star"))
    config = ImageConfig(particles.shape, particles.pixel_size)
    optics = particles.ctf

    def image(pose, ctf):
        return make_image_model(volume, config, pose=pose, optics=ctf, contrast=Contrast.BRIGHT).spectrum()

    ours = jax.jit(jax.vmap(image))(particles.poses, optics)
    # The bright image is −C = CTF_R · λγ p Σ V: in units of RELION's voxel sums, divided by λγ p.
    ours = ours / (interaction_constant(300.0) * particles.pixel_size)
    for mine, relion in zip(ours, particles.images(), strict=True):
        correlation, scale = compare(mine, relion)
        assert correlation >= 0.9999
        assert abs(scale - 1) <= 0.01


def test_projections_with_even_aberrations(volume):
    particles = ParticleDataset.load(shared_data("golden/even.star"))
    config = ImageConfig(particles.shape, particles.pixel_size)
    optics = particles.optics
    assert optics.aberrations is not None
    # relion_project would apply a magnification to the CTF and not to the projection; these images have none.
    assert optics.magnification is None

    def image(pose, microscope):
        return make_image_model(volume, config, pose=pose, optics=microscope, contrast=Contrast.BRIGHT).spectrum()

    simulate = jax.jit(jax.vmap(image))
    unit = interaction_constant(300.0) * particles.pixel_size
    ours, without = (np.asarray(simulate(particles.poses, each)) / unit for each in (optics, plain(optics)))
    for mine, ctf_alone, relion in zip(ours, without, particles.images(), strict=True):
        correlation, scale = compare(mine, relion)
        assert correlation >= 0.9999
        assert abs(scale - 1) <= 0.01
        # The aberrations are seen: without them the agreement is lost.
        assert compare(ctf_alone, relion)[0] < 0.95


def plain(optics):
    """The same microscopes with aberrations of zero."""
    return eqx.tree_at(lambda m: m.aberrations, optics, jax.tree.map(jnp.zeros_like, optics.aberrations))
