"""Tables of numbers of RELION's multibody programs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import Table, read_dat, write_dat


def test_eigenvectors_of_three_bodies(tmp_path):
    path = shared_data("metadata/analyse_eigenvectors.dat")
    table = read_dat(path)
    assert table.names[:2] == ("rot-body-1", "tilt-body-1") and table.names[-1] == "z-body-3"
    vectors = np.stack([table[name] for name in table.names], axis=1)
    np.testing.assert_array_equal(vectors, np.loadtxt(path, skiprows=1))
    # Written with seven digits, the rows are orthonormal to about 18 times half a unit of the last.
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(18), atol=1e-5)
    write_dat(tmp_path / "a.dat", table)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "a.dat", skiprows=1), vectors)


@given(
    values=arrays(
        float,
        st.tuples(st.integers(0, 4), st.integers(1, 4)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    ),
    named=st.booleans(),
)
def test_write_then_read_is_the_identity(tmp_path_factory, values, named):
    names = [f"eigenvector-{i}" if named else str(i + 1) for i in range(values.shape[1])]
    if not named and not len(values):
        return  # nothing says how many columns there were
    path = tmp_path_factory.mktemp("dat") / "a.dat"
    write_dat(path, Table(dict(zip(names, values.T, strict=True))))
    table = read_dat(path)
    assert list(table.names) == names
    np.testing.assert_array_equal(
        np.stack([table[name] for name in names], axis=1).view(np.uint64), values.view(np.uint64)
    )


def test_rows_without_names_and_windows_line_ends(tmp_path):
    path = tmp_path / "a.dat"
    path.write_bytes(b"\r\n 1.0\t2e-3 \r\n\r\n3 -4\r\n")
    table = read_dat(path)
    assert (table.names, table["1"].tolist(), table["2"].tolist()) == (("1", "2"), [1.0, 3.0], [0.002, -4.0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a b\n1 2\n3\n", "line 3 holds 1 numbers, but the first line has 2 columns"),
        (b"1 2\n3 4 5\n", "line 2 holds 3 numbers"),
        (b"a b\n1 x\n", "line 2 holds 'x', which is no number"),
        (b"1 2\n1 nan\n", "line 2 holds 'nan'"),
        (b"a a\n1 2\n", "line 1 gives two columns one name"),
        (b"\x00\x01", "not a text file"),
        (b"x " * 50000 + b"\n" + b"1\n" * 50000, "gives two columns one name"),
    ],
)
def test_what_is_no_table_of_numbers_says_so(tmp_path, content, message):
    path = tmp_path / "a.dat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_dat(path)
    assert str(path) in error.value.message and error.value.hint


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "cannot be the names"),
        ({"a b": [1.0]}, "cannot be the names"),
        ({"2": [1.0]}, "cannot be the names"),
        ({"a": ["x"]}, "not numeric"),
        ({"a": [np.nan]}, "column a holds nan"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        write_dat(tmp_path / "a.dat", Table(columns))
    assert list(tmp_path.iterdir()) == []
