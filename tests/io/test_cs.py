"""cryoSPARC tables: the shared files, and a clear refusal of what only its own tools read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import read_cs


@pytest.mark.parametrize(
    ("name", "count", "field"),
    [
        ("metadata/cryosparc_P12_J24_001_particles.cs", 2019, "alignments3D/pose"),
        ("particles/empiar_10076_7.cs", 7, "ctf/df1_A"),
    ],
)
def test_shared_files(name, count, field):
    rows = read_cs(shared_data(name))
    assert rows.shape == (count,)
    assert field in (rows.dtype.names or ())
    assert np.isfinite(rows[field]).all()


def test_a_header_longer_than_numpy_reads_by_itself(tmp_path):
    rows = np.zeros(2, [(f"components_mode_{k}/a_rather_long_name_of_a_column", "f4") for k in range(300)])
    with (tmp_path / "a.cs").open("wb") as stream:
        np.save(stream, rows)
    assert read_cs(tmp_path / "a.cs").dtype == rows.dtype


def save(path, array):
    with path.open("wb") as stream:
        np.save(stream, array)


@given(place=st.floats(0, 0.999), kind=st.integers(0, 2), piece=st.binary(min_size=1, max_size=6))
def test_damaged_bytes_raise_nothing_else(tmp_path_factory, place, kind, piece):
    path = tmp_path_factory.mktemp("damaged") / "a.cs"
    save(path, np.zeros(2, [("uid", "u8"), ("blob/path", "S4"), ("alignments3D/pose", "f4", (3,))]))
    content = bytearray(path.read_bytes())
    start = int(place * len(content))
    content[start : start + (0, len(piece), len(content))[kind]] = piece  # insert, overwrite, cut
    path.write_bytes(content)
    try:
        read_cs(path)
    except InputError as error:
        assert str(path) in error.message


def test_what_is_no_table_is_refused(tmp_path):
    path = tmp_path / "a.cs"
    for content, message in [
        (b"\x94CSDAT\x00\x00", "compressed format"),
        (b"PK\x03\x04", "not a .cs file"),
        (b"", "not a .cs file"),
        (b"\x93NUMPY\x01\x00", "truncated or damaged"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_cs(path)
    save(path, np.zeros((2, 3)))
    with pytest.raises(InputError, match="not a table of particles"):
        read_cs(path)
    save(path, np.array([("a",)], [("blob/path", "O")]))
    with pytest.raises(InputError, match="pickled columns"):
        read_cs(path)
    save(path, np.zeros(9, [("uid", "u8")]))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_cs(path)
    with pytest.raises(InputError, match="No such file"):
        read_cs(tmp_path / "none.cs")
