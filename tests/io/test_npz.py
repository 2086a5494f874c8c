"""NumPy archives: round trips, and no pickle is ever read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import npz_members, read_npz, write_npz

MEMBERS = {
    "moments": np.arange(6, dtype=np.complex64).reshape(2, 3) * (1 + 2j),
    "dim": np.int64(64),
    "convention": "orthonormal",
    "rows": np.array([(1, 2.5), (3, 4.5)], [("uid", "u8"), ("components_mode_0/value", "f4")]),
}


@pytest.fixture
def archive(tmp_path):
    write_npz(tmp_path / "a.npz", MEMBERS)
    return tmp_path / "a.npz"


def test_read_write_read_keeps_values_and_types(archive):
    again = read_npz(archive)
    assert list(again) == list(npz_members(archive)) == list(MEMBERS)
    for name, values in MEMBERS.items():
        assert again[name].dtype == np.asarray(values).dtype
        np.testing.assert_array_equal(again[name], values)
        assert npz_members(archive)[name].shape == np.shape(values)


def test_numpy_reads_what_is_written_and_the_reverse(archive, tmp_path):
    with np.load(archive, allow_pickle=False) as theirs:
        np.testing.assert_array_equal(theirs["moments"], MEMBERS["moments"])
    np.savez_compressed(tmp_path / "theirs.npz", **MEMBERS)
    np.testing.assert_array_equal(read_npz(tmp_path / "theirs.npz", ["rows"])["rows"], MEMBERS["rows"])


def test_equal_arrays_give_equal_bytes(archive, tmp_path):
    write_npz(tmp_path / "b.npz", MEMBERS)
    assert (tmp_path / "b.npz").read_bytes() == archive.read_bytes()


class Trap:
    """Unpickling this would raise; a refusal must come first."""

    def __reduce__(self):
        return (exec, ("raise AssertionError('unpickled')",))


def test_a_pickled_member_is_refused_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, latents=np.array(Trap(), object), dim=64)
    assert int(read_npz(path, ["dim"])["dim"]) == 64
    members = npz_members(path)
    assert members["latents"].is_pickled and not members["dim"].is_pickled
    with pytest.raises(InputError, match="member latents is pickled"):
        read_npz(path)


def test_python_objects_are_not_written(tmp_path):
    with pytest.raises(InputError, match="member a holds Python objects"):
        write_npz(tmp_path / "a.npz", {"a": None})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x93NUMPY", b"\x80\x04N."])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"is not an \.npz archive"):
        read_npz(tmp_path / "a.npz")


def test_an_absent_file_and_an_absent_member_are_named(archive, tmp_path):
    with pytest.raises(InputError, match="No such file"):
        npz_members(tmp_path / "none.npz")
    with pytest.raises(InputError, match=r"has no member latents\. Its members are: moments, dim"):
        read_npz(archive, ["latents"])


@given(place=st.floats(0, 0.999), kind=st.integers(0, 2), piece=st.binary(min_size=1, max_size=6))
def test_damaged_bytes_raise_nothing_else(tmp_path_factory, place, kind, piece):
    folder = tmp_path_factory.mktemp("damaged")
    write_npz(folder / "a.npz", MEMBERS)
    content = bytearray((folder / "a.npz").read_bytes())
    start = int(place * len(content))
    content[start : start + (0, len(piece), len(content))[kind]] = piece  # insert, overwrite, cut
    (folder / "a.npz").write_bytes(content)
    for reader in (npz_members, read_npz):
        try:
            reader(folder / "a.npz")
        except InputError as error:
            assert str(folder / "a.npz") in error.message
