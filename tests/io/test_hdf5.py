"""HDF5 particle stacks: what is written is read back, by h5py too, and nothing outside of the file is touched."""

from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import Table, open_images, read_hdf5_tables, write_hdf5_stack

IMAGES = np.arange(60, dtype=np.float32).reshape(5, 3, 4)
OPTICS = Table({"rlnOpticsGroup": ["1"], "rlnOpticsGroupName": ["opticsGroup1"]}, is_loop=False)
PARTICLES = Table(
    {
        "rlnImageName": [f"00000{n}@stack.h5" for n in range(1, 6)],
        "rlnDefocusU": ["15000.25", "-1e4", "0", ".5", "nan"],
        "rlnOpticsGroup": ["1"] * 5,
        "rlnComment": ["", "é µ", "a b", "'", "000123"],
    }
)


@pytest.fixture
def stack(tmp_path):
    path = tmp_path / "stack.h5"
    write_hdf5_stack(path, {"optics": OPTICS, "particles": PARTICLES}, [IMAGES[:2], IMAGES[2:]], pixel_size=1.25)
    return path


def test_tables_and_images_come_back(stack):
    tables = read_hdf5_tables(stack)
    assert list(tables) == ["optics", "particles"]
    assert not tables["optics"].is_loop and tables["particles"].is_loop
    for name, table in {"optics": OPTICS, "particles": PARTICLES}.items():
        assert tables[name].names == table.names
    particles = tables["particles"]
    np.testing.assert_array_equal(particles["rlnDefocusU"], [15000.25, -1e4, 0, 0.5, np.nan])
    assert particles["rlnOpticsGroup"].dtype == np.int64
    for name in ("rlnImageName", "rlnComment"):
        assert particles[name].tolist() == PARTICLES[name].tolist()
    with open_images(stack) as images:
        assert (images.shape, images.pixel_size) == (IMAGES.shape, 1.25)
        np.testing.assert_array_equal(images.read([4, 0]), IMAGES[[4, 0]])


def test_h5py_reads_the_documented_layout(stack):
    file: Any
    with h5py.File(stack) as file:
        assert (file.attrs["format"], file.attrs["version"]) == (b"vitreous particles", 1)
        assert (file["images"].chunks, file["images"].attrs["pixel_size"]) == ((1, 3, 4), 1.25)
        np.testing.assert_array_equal(file["images"][:], IMAGES)
        assert file["particles/rlnComment"].asstr()[1] == "é µ"
        assert list(file["particles"]) == list(PARTICLES.names)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6).filter(
    lambda text: text == text.strip("\0")
)
columns = st.one_of(
    st.lists(st.integers(-(2**53), 2**53), min_size=3, max_size=3).map(lambda values: np.array(values, np.int64)),
    st.lists(st.floats(allow_nan=False), min_size=3, max_size=3).map(lambda values: np.array(values, np.float64)),
    st.lists(texts, min_size=3, max_size=3).map(np.array),
)


@given(table=st.dictionaries(st.text("abcXYZ", min_size=1, max_size=5), columns, min_size=1, max_size=4))
def test_any_table_is_written_and_read(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("hdf5") / "a.h5"
    write_hdf5_stack(path, {"particles": Table(table)}, [IMAGES], pixel_size=1.0)
    back = read_hdf5_tables(path)["particles"]
    assert back.names == tuple(table)
    for name, values in table.items():
        if back[name].dtype.kind == "U" or values.dtype.kind != "U":
            np.testing.assert_array_equal(back[name], values)
        else:  # text of which every value is a number
            np.testing.assert_array_equal(back[name], values.astype(float))


@pytest.mark.parametrize(
    ("blocks", "images", "pixel_size", "message"),
    [
        ({}, [], 1.0, "no images"),
        ({}, [np.ones((0, 3, 4))], 1.0, "no images"),
        ({}, [np.ones((3, 0, 4))], 1.0, r"shape \(3, 0, 4\), not \(m, y, x\)"),
        ({}, [IMAGES, IMAGES[:, :2]], 1.0, r"not \(m, 3, 4\)"),
        ({}, [IMAGES, IMAGES * np.nan], 1.0, "section 6"),
        ({}, [IMAGES], 0.0, "must be positive"),
        ({"a": Table({"blob/path": ["x"]})}, [IMAGES], 1.0, "'blob/path'"),
        ({"images": OPTICS}, [IMAGES], 1.0, "'images'"),
    ],
)
def test_what_is_not_written_leaves_nothing(tmp_path, blocks, images, pixel_size, message):
    with pytest.raises(InputError, match=message):
        write_hdf5_stack(tmp_path / "a.h5", blocks, (np.asarray(batch) for batch in images), pixel_size=pixel_size)
    assert list(tmp_path.iterdir()) == []


def changed(stack, change):
    with h5py.File(stack, "r+") as file:
        change(file)
    return stack


def soft_link(file):
    del file["images"]
    file["images"] = h5py.SoftLink("/optics")


def external_link(file):
    del file["images"]
    file["images"] = h5py.ExternalLink("/etc/passwd", "/images")


def external_storage(file):
    del file["images"]
    file.create_dataset("images", (5, 3, 4), "f4", external=[("/etc/passwd", 0, 240)])


def virtual(file):
    del file["images"]
    layout = h5py.VirtualLayout((5, 3, 4), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "images", (5, 3, 4))
    file.create_virtual_dataset("images", layout)


def references(file):
    del file["images"]
    file.create_dataset("images", (5, 3, 4), h5py.ref_dtype)


def too_much(file):
    del file["images"]
    file.create_dataset("images", (10**9, 3, 4), "f4", chunks=(1, 3, 4))


def group(file):
    del file["images"]
    file.create_group("images")


def text(file):
    del file["images"]
    file.create_dataset("images", data=np.full((5, 3, 4), b"x"))


def nothing(file):
    del file["images"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (soft_link, "SoftLink"),
        (external_link, "ExternalLink"),
        (external_storage, "lies in other files"),
        (virtual, "lies in other files"),
        (references, "only numbers and text"),
        (too_much, "more than a file of"),
        (group, "no stack of images"),
        (text, "holds text"),
        (nothing, "neither /images"),
    ],
)
def test_images_that_are_not_in_the_file_are_refused(stack, change, message):
    with pytest.raises(InputError, match=message) as error:
        open_images(changed(stack, change))
    assert str(stack) in error.value.message and error.value.hint


def other_format(file):
    del file.attrs["format"]


def later_version(file):
    file.attrs["version"] = 2


def two_axes(file):
    file["particles/rlnExtra"] = np.ones((5, 2))


def lengths(file):
    file["particles/rlnExtra"] = np.ones(4)


def text_of_varying_length(file):
    file["particles/rlnExtra"] = ["long", "x", "y", "z", ""]


def linked_column(file):
    file["particles/rlnExtra"] = h5py.ExternalLink("/etc/passwd", "/images")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_format, "not a particle stack of this library"),
        (later_version, "version 2"),
        (two_axes, "no column"),
        (lengths, "one length"),
        (text_of_varying_length, "text of one length are read"),
        (linked_column, "ExternalLink"),
    ],
)
def test_tables_that_cannot_be_used_say_why(stack, change, message):
    with pytest.raises(InputError, match=message) as error:
        read_hdf5_tables(changed(stack, change))
    assert str(stack) in error.value.message


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    for reader in (open_images, read_hdf5_tables):
        with pytest.raises(InputError, match="cannot be read as an HDF5 file") as error:
            reader(path)
        assert str(path) in error.value.message
    for reader in (open_images, read_hdf5_tables):
        with pytest.raises(InputError, match="cannot be read"):
            reader(tmp_path / "absent.h5")
