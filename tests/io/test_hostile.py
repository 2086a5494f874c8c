"""Damaged files: whatever happens to the bytes, a reader gives a result or an `InputError`, never another exception."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import (
    AtomTable,
    Table,
    inspect_mrc,
    read_atoms,
    read_mrc,
    read_star,
    read_structure_summary,
    write_atoms,
    write_mrc,
    write_star,
)

PDB = (
    b"HEADER    TEST                                    01-JAN-20   1ABC\n"
    b"TITLE     A TEST\n"
    b"ATOM      1  N   GLY A   1       1.000   2.000   3.000  1.00 20.00           N\n"
    b"ATOM      2  CA AGLY A   1       2.000   2.000   3.000  0.50 20.00           C\n"
    b"END\n"
)
READERS = {
    "a.mrc": (inspect_mrc, read_mrc),
    "a.star": (read_star,),
    "a.cif": (read_atoms, read_structure_summary),
    "a.pdb": (read_atoms, read_structure_summary),
}

edits = st.lists(
    st.tuples(st.floats(0, 0.999), st.integers(0, 3), st.binary(min_size=1, max_size=6)), min_size=1, max_size=6
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    write_mrc(folder / "a.mrc", np.ones((2, 2, 2)), pixel_size=1.0)
    write_star(folder / "a.star", {"optics": Table({"a": [1]}), "particles": Table({"b": ["x y", "z"], "c": [1, 2]})})
    write_atoms(folder / "a.cif", AtomTable.from_positions(np.ones((2, 3)), np.array([6, 8])))
    (folder / "a.pdb").write_bytes(PDB)
    return folder


@pytest.mark.filterwarnings("ignore:.*every occupancy is 0")
@pytest.mark.parametrize("name", READERS)
@given(edits=edits)
def test_damaged_bytes_raise_nothing_else(sound, tmp_path_factory, name, edits):
    content = bytearray((sound / name).read_bytes())
    for place, kind, piece in edits:
        start = int(place * len(content))
        stop = start + (0, len(piece), 1, 40)[kind]  # insert, overwrite, replace one byte, cut
        content[start:stop] = b"" if kind == 3 else piece
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(content)
    for reader in READERS[name]:
        try:
            reader(path)
        except InputError as error:
            assert str(path) in error.message


def test_a_missing_coordinate_is_named(sound, tmp_path):
    text = (sound / "a.cif").read_text()
    path = tmp_path / "a.cif"
    path.write_text(text.replace(" 1 1 1 ", " ? 1 1 ", 1))
    assert path.read_text() != text
    with pytest.raises(InputError, match="is missing") as error:
        read_atoms(path)
    assert "atom 1" in error.value.message
