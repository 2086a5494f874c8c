"""EMAN2's HDF5 stacks and lists of images."""

import h5py
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.io import open_images, read_lst, write_mrc

IMAGES = np.arange(60, dtype=np.float32).reshape(5, 3, 4)


def write_eman(path, images, attributes=None):
    """A file laid out as EMAN2's `libEM/io/hdfio2.cpp` does."""
    with h5py.File(path, "w") as file:
        group = file.create_group("MDF/images")
        group.attrs["imageid_max"] = np.int32(len(images) - 1)
        for number, image in enumerate(images):
            held = group.create_group(str(number))
            held["image"] = image
            for name, value in {"EMAN.apix_x": np.float32(1.5), "EMAN.nx": np.int32(4), **(attributes or {})}.items():
                held.attrs[name] = value


def test_images_one_by_one(tmp_path):
    write_eman(tmp_path / "a.hdf", IMAGES)
    with open_images(tmp_path / "a.hdf") as images:
        assert (images.shape, images.pixel_size) == (IMAGES.shape, 1.5)
        np.testing.assert_array_equal(images.read([3, 0]), IMAGES[[3, 0]])


def test_images_as_single_sections_and_a_volume(tmp_path):
    write_eman(tmp_path / "flat.hdf", IMAGES[:, None])
    np.testing.assert_array_equal(open_images(tmp_path / "flat.hdf").read(), IMAGES)
    write_eman(tmp_path / "volume.hdf", IMAGES[None])
    np.testing.assert_array_equal(open_images(tmp_path / "volume.hdf").read([4, 2]), IMAGES[[4, 2]])
    write_eman(tmp_path / "volumes.hdf", np.stack([IMAGES, IMAGES]))
    with pytest.raises(InputError, match="holds 2 volumes"):
        open_images(tmp_path / "volumes.hdf")


def test_values_stored_in_few_bits_are_restored(tmp_path):
    raw = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    scaling = {
        "EMAN.stored_renderbits": np.int32(8),
        "EMAN.stored_rendermin": np.int32(-1),  # EMAN2 stores whole numbers as such
        "EMAN.stored_rendermax": np.float32(4.1),
    }
    write_eman(tmp_path / "a.hdf", raw, scaling)
    expected = -1 + raw / 255 * 5.1
    # Single precision of numbers up to 4.
    np.testing.assert_allclose(open_images(tmp_path / "a.hdf").read(), expected, atol=1e-6)


def lost(file):
    del file["MDF/images/2"]


def empty(file):
    del file["MDF/images/0/image"]


def other_shape(file):
    del file["MDF/images/3/image"]
    file["MDF/images/3/image"] = np.ones((3, 5), np.float32)


def elsewhere(file):
    del file["MDF/images/0/image"]
    file["MDF/images/0/image"] = h5py.ExternalLink("/etc/passwd", "/x")


def text(file):
    del file["MDF/images/0/image"]
    file["MDF/images/0/image"] = np.full((3, 4), b"x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lost, "does not hold images 0, 1, 2"),
        (empty, r"image 1 \(counted from 1\) has no pixels"),
        (other_shape, "image 4 .* has 3 × 5 pixels"),
        (elsewhere, "ExternalLink"),
        (text, "holds text"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path, change, message):
    path = tmp_path / "a.hdf"
    write_eman(path, IMAGES)
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message) as error:
        open_images(path).read()
    assert str(path) in error.value.message


def padded(text, length=60):
    return text.ljust(length - 1)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "particles").mkdir()
    (tmp_path / "sets").mkdir()
    write_eman(tmp_path / "particles/a b.hdf", IMAGES)
    write_mrc(tmp_path / "particles/c.mrcs", IMAGES + 100, pixel_size=1.5, image_stack=True)
    return tmp_path


@pytest.mark.parametrize(
    "lines",
    [
        ["#LST", "3\tparticles/a b.hdf", "1\tparticles/c.mrcs\tcomment", "", "0\tparticles/a b.hdf"],
        [
            "#LSX", "# a comment", "# 60",
            padded("3\tparticles/a b.hdf"), padded('1\tparticles/c.mrcs\t{"a": 1}'), padded("0\tparticles/a b.hdf"),
        ],
    ],
)  # fmt: skip
def test_lists_of_both_kinds(project, lines):
    path = project / "sets/all.lst"
    path.write_text("\n".join(lines) + "\n")
    assert read_lst(path)["index"].tolist() == [3, 1, 0]
    with open_images(path) as images:
        assert (images.shape, images.pixel_size) == ((3, 3, 4), 1.5)
        np.testing.assert_array_equal(images.read(), [IMAGES[3], IMAGES[1] + 100, IMAGES[0]])
        np.testing.assert_array_equal(images.read([2, 1, 2]), [IMAGES[0], IMAGES[1] + 100, IMAGES[0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no list of EMAN2's"),
        ("#LST\n", "lists no images"),
        ("#LST\nparticles/c.mrcs\n", "line 2: .* no index and path"),
        ("#LST\n-1 particles/c.mrcs\n", "no index and path"),
        ("#LST\n1 particles/c\0.mrcs\n", "no index and path"),
        ("#LST\n1 2@particles/c.mrcs\n", "2@particles/c.mrcs: cannot be read"),
        ("#LST\n1 /etc/passwd\n", "paths that lead away"),
        ("#LST\n1 ../../etc/passwd\n", "paths that lead away"),
        ("#LST\n1 sets/all.lst\n", "lists another list"),
        ("#LST\n1 particles/absent.hdf\n", "absent.hdf: cannot be read"),
        ("#LST\n7 particles/c.mrcs\n", "holds 5 images, so there is no image 8"),
        ("#LST\n0 particles/c.mrcs\n0 particles/d.mrcs\n", "with images of 2 × 4 pixels"),
    ],
)
def test_lists_that_cannot_be_used_say_why(project, text, message):
    write_mrc(project / "particles/d.mrcs", IMAGES[:, :2], pixel_size=1.5, image_stack=True)
    path = project / "sets/all.lst"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        open_images(path).read()
