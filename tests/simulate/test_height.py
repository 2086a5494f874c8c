"""Particles above and below the plane of the defocus: the truth and the particles' file each tell it once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import PIXEL_SIZE, blobs, particle_images, random_poses, relative_error
from vitreous.constants import interaction_constant
from vitreous.datasets import ParticleDataset, load_volume, write_particles_star
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.io import read_star, write_mrc
from vitreous.optics import Contrast
from vitreous.poses import point_group
from vitreous.reconstruct import FourierAccumulator, insert_particles
from vitreous.simulate import SimulationOptions, _particles, simulate_particles
from vitreous.volumes import FourierVoxelGridVolume

BOX, N = 16, 8
HEIGHTS = np.linspace(-900.0, 1200.0, N)
pytestmark = pytest.mark.filterwarnings("ignore:a box of .* pixels is too small for the CTF:UserWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Noise-free particles of given poses, heights among them."""
    folder = tmp_path_factory.mktemp("height")
    write_mrc(folder / "map.mrc", blobs(BOX), pixel_size=PIXEL_SIZE)
    write_particles_star(
        folder / "given.star",
        image_names=[f"{i + 1}@none.mrcs" for i in range(N)],
        image_shape=(BOX, BOX),
        pixel_size=PIXEL_SIZE,
        poses=random_poses(N, shift=4.0),
        extra={"rlnOriginZAngst": -HEIGHTS},
    )
    options = SimulationOptions(n=N, poses=folder / "given.star", defocus=(3000.0, 6000.0), snr=1e10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_particles, "write_report", lambda *arguments: None)
        simulate_particles(folder / "map.mrc", folder / "run", options)
    return folder / "run"


def test_the_truth_is_what_was_imaged(folder):
    """The image model of its poses and CTFs gives the stack."""
    truth = ParticleDataset.load(folder / "truth.star")
    np.testing.assert_allclose(truth.poses.offset_z, HEIGHTS)
    values, voxel_size = load_volume(folder / "volume.mrc")
    potential = jnp.asarray(values) / (interaction_constant(300.0) * voxel_size)
    volume = FourierVoxelGridVolume.from_real_voxel_grid(potential, voxel_size)
    config = ImageConfig((BOX, BOX), voxel_size)
    images = jax.vmap(
        lambda pose, ctf: make_image_model(volume, config, pose=pose, optics=ctf, contrast=Contrast.BRIGHT).simulate()
    )(truth.poses, truth.ctf)
    # The noise 1e-5, and single precision.
    assert relative_error(images, truth.images()) < 5e-5


def test_relion_finds_the_height_in_the_defocus(folder):
    """`particles.star` has no column for it; RELION's formula with its defocus gives the stack."""
    assert not any(name.startswith("rlnOriginZ") for name in read_star(folder / "particles.star")["particles"].names)
    truth, particles = (ParticleDataset.load(folder / name) for name in ("truth.star", "particles.star"))
    for name in ("defocus_u", "defocus_v"):
        np.testing.assert_allclose(getattr(particles.ctf, name), getattr(truth.ctf, name) + HEIGHTS)
    volume, _ = load_volume(folder / "volume.mrc")
    made = particle_images(volume.astype(np.float64), particles.poses, particles.ctf, pixel_size=PIXEL_SIZE)
    assert relative_error(particles.images(), made) < 5e-4  # the slices' window
    flat = particle_images(volume.astype(np.float64), truth.poses, truth.ctf, pixel_size=PIXEL_SIZE)
    assert relative_error(particles.images(), flat) > 0.1  # so that heights matter here


def test_both_files_reconstruct_alike(folder):
    """Neither forgets the height, nor counts it twice."""
    sums = [
        insert_particles(
            ParticleDataset.load(folder / name), np.arange(N), FourierAccumulator.empty(BOX), group=point_group("C1")
        )
        for name in ("truth.star", "particles.star")
    ]
    # Angles are written to six decimals in both; the defocus of one is a sum in single or double precision.
    assert relative_error(sums[0].numerator, sums[1].numerator) < 1e-5
    assert relative_error(sums[0].weight, sums[1].weight) < 1e-5
