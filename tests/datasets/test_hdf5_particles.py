"""Particles with their images in one HDF5 file, from STAR and back."""

import h5py
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import Table, write_mrc, write_star


@pytest.fixture
def folder(tmp_path):
    values = np.arange(3.0)[:, None, None] * np.ones((3, 4, 4))
    write_mrc(tmp_path / "a.mrcs", values, pixel_size=1.5, image_stack=True)
    return tmp_path


COLUMNS = {
    "rlnImageName": ["3@a.mrcs", "1@a.mrcs"],
    "rlnAngleRot": ["10.25", "-20"],
    "rlnAngleTilt": ["0", "90"],
    "rlnAnglePsi": ["1", "2"],
    "labNote": ["ü x", ""],
}


@pytest.mark.parametrize("block", ["particles", ""])
def test_to_hdf5_and_back(folder, block):
    write_star(folder / "a.star", {block: Table(COLUMNS)})
    first = ParticleDataset.load(folder / "a.star", pixel_size=1.5)
    first.write(folder / "b.h5")
    with h5py.File(folder / "b.h5") as file:
        assert file["images"].shape == (2, 4, 4) and file["images"].attrs["pixel_size"] == 1.5
    (folder / "a.mrcs").unlink()
    second = ParticleDataset.load(folder / "b.h5", pixel_size=1.5)
    assert second.images()[:, 0, 0].tolist() == [2, 0]
    assert second.column("labNote").tolist() == COLUMNS["labNote"]
    np.testing.assert_array_equal(second.metadata.euler_angles_deg, first.metadata.euler_angles_deg)
    second[[1]].write(folder / "c.star")
    third = ParticleDataset.load(folder / "c.star", pixel_size=1.5)
    assert third.column("rlnImageName").tolist() == ["000002@b.h5"]
    assert third.images()[:, 0, 0].tolist() == [0]


def test_real_particles(tmp_path):
    first = ParticleDataset.load(shared_data("golden/ctf.star"))
    first.write(tmp_path / "b.h5")
    second = ParticleDataset.load(tmp_path / "b.h5")
    np.testing.assert_array_equal(second.images(), first.images())
    for name, values in first.metadata.ctf_parameters.items():
        np.testing.assert_array_equal(second.metadata.ctf_parameters[name], values)
    assert second.names == first.names


def test_without_images_nothing_is_left_behind(folder):
    write_star(folder / "a.star", {"particles": Table(COLUMNS)})
    (folder / "a.mrcs").unlink()
    with pytest.raises(InputError, match="does not exist"):
        ParticleDataset.load(folder / "a.star", pixel_size=1.5).write(folder / "b.h5")
    assert sorted(path.name for path in folder.iterdir()) == ["a.star"]
