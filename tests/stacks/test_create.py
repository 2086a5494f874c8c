"""Stacks from files of images."""

import numpy as np
import pytest
import tifffile

from tests.data import shared_data
from tests.stacks.conftest import N, noise
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import write_mrc
from vitreous.stacks import create_stack


def mrc(path, n=3, shape=(8, 8), pixel_size=1.5, seed=0):
    write_mrc(path, noise(n, shape, seed), pixel_size=pixel_size, image_stack=True)
    return path


def test_images_of_several_files_in_their_order(tmp_path):
    first, second = mrc(tmp_path / "a.mrcs"), mrc(tmp_path / "b.mrc", n=2, seed=1)
    tifffile.imwrite(tmp_path / "c.tif", noise(1, (8, 8), 2)[0])
    report = create_stack([first, second, tmp_path / "c.tif"], tmp_path / "all.star", pixel_size=1.5)
    assert report.summary[0] == f"{tmp_path / 'all.star'}, {tmp_path / 'all.mrcs'}: 6 particles"
    created = ParticleDataset.load(tmp_path / "all.star")
    expected = np.concatenate([noise(3, (8, 8)), noise(2, (8, 8), 1), noise(1, (8, 8), 2)])
    np.testing.assert_array_equal(created.images(), expected)
    assert created.pixel_size == 1.5 and created.shape == (8, 8)
    assert not created.has_poses and not created.has_ctf


def test_one_hdf5_file(tmp_path):
    report = create_stack([mrc(tmp_path / "a.mrcs")], tmp_path / "all.h5")
    assert report.files == (tmp_path / "all.h5",)
    created = ParticleDataset.load(tmp_path / "all.h5")
    np.testing.assert_array_equal(created[1:].images(), noise(3, (8, 8))[1:])
    assert created.pixel_size == pytest.approx(1.5)


def test_rows_of_a_list_are_kept(particles, tmp_path):
    images = mrc(tmp_path / "new.mrcs", n=N, shape=(16, 16), seed=5)
    create_stack([images], tmp_path / "c.star", metadata=particles)
    created = ParticleDataset.load(tmp_path / "c.star")
    np.testing.assert_array_equal(created.images(), noise(N, (16, 16), 5))
    for name in set(particles.names) - {"rlnImageName"}:
        assert created.column(name).tolist() == particles.column(name).tolist()
    with pytest.raises(InputError, match="lists 11 particles, but there are 12 images"):
        create_stack([images], tmp_path / "d.star", metadata=particles[1:])
    with pytest.raises(InputError, match="says that images have"):
        create_stack([mrc(tmp_path / "s.mrcs", n=N)], tmp_path / "d.star", metadata=particles)


def test_real_images_without_a_pixel_size(tmp_path):
    path = shared_data("particles/aspire_sample.mrcs")
    with pytest.raises(InputError, match="has no pixel size"):
        create_stack([path], tmp_path / "a.star")
    create_stack([path], tmp_path / "a.star", pixel_size=2.5)
    assert ParticleDataset.load(tmp_path / "a.star").images([16]).shape == (1, 200, 200)


def test_wrong_images(tmp_path):
    first = mrc(tmp_path / "a.mrcs")
    output = tmp_path / "all.star"
    with pytest.raises(InputError, match="no images to write"):
        create_stack([], output)
    with pytest.raises(InputError, match=r"a\.mrcs of 8 × 8, .*b\.mrcs of 8 × 6"):
        create_stack([first, mrc(tmp_path / "b.mrcs", shape=(8, 6))], output)
    with pytest.raises(InputError, match=r"pixel sizes are \[1\.5, 2\.0\]"):
        create_stack([first, mrc(tmp_path / "c.mrcs", pixel_size=2.0)], output)
    with pytest.raises(InputError, match=r"gone\.mrcs"):
        create_stack([first, tmp_path / "gone.mrcs"], output)
    assert not output.exists() and not output.with_suffix(".mrcs").exists()
