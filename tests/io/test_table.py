"""Tables: columns as numbers, text or both, and tables made of tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import Table, read_star


def _from_file(tmp_path, rows=3000):
    path = tmp_path / "a.star"
    path.write_text("data_\nloop_\n_a\n_b\n" + "".join(f"{row}.250 x{row}\n" for row in range(rows)))
    return read_star(path)[""]


@pytest.fixture(params=["text", "file"])
def table(request, tmp_path):
    """The same table from text in memory, and cut from the bytes of a file."""
    held = _from_file(tmp_path)
    return held if request.param == "file" else Table({name: held[name] for name in held.names})


def test_columns_as_numbers_and_text(table):
    assert (len(table), table.names, "a" in table, "c" in table) == (3000, ("a", "b"), True, False)
    assert table["a"][[0, -1]].tolist() == ["0.250", "2999.250"]
    np.testing.assert_array_equal(table.column("a"), np.arange(3000) + 0.25)
    np.testing.assert_array_equal(table.values("a"), np.arange(3000) + 0.25)
    assert table.values("b").dtype.kind == "U" and table.column("b", str)[7] == "x7"
    assert list(table.columns) == ["a", "b"] and len(table.columns) == 2
    with pytest.raises(InputError, match=r"row 1 \(counted from 1\) holds 'x0', which is no number"):
        table.column("b")
    with pytest.raises(InputError, match=r"'0.250', which is no whole number"):
        table.column("a", int)
    for reader in (table.__getitem__, table.column, table.values):
        with pytest.raises(InputError, match="has no column c"):
            reader("c")


def test_columns_cannot_be_changed_through_a_table(table):
    with pytest.raises(ValueError, match="read-only"):
        table["a"][0] = "1"
    with pytest.raises(ValueError, match="read-only"):
        table.values("a")[0] = 1
    table.column("a")[:] = 0  # a copy
    assert table.column("a")[1] == 1.25
    assert table["a"] is table["a"]  # text is made once


@given(rows=st.lists(st.integers(-3000, 2999), max_size=5))
def test_selection_is_that_of_arrays(tmp_path_factory, rows):
    table = _from_file(tmp_path_factory.mktemp("table"))
    mask = np.zeros(3000, bool)
    mask[rows] = True
    for picked in (rows, mask, ~mask, slice(*sorted([0, *rows])[:2])):
        index = picked if isinstance(picked, slice) else np.asarray(picked, None if len(picked) else int)
        chosen = table.select(picked)
        assert chosen["b"].tolist() == table["b"][index].tolist()
        np.testing.assert_array_equal(chosen.column("a"), table.column("a")[index])
        assert chosen.select(slice(None, None, -1))["b"].tolist() == table["b"][index][::-1].tolist()


def test_tables_made_of_tables(table):
    more = table.with_columns({"c": np.arange(3000), "a": np.ones(3000)})
    assert (more.names, table.names) == (("a", "b", "c"), ("a", "b"))
    assert more["a"].dtype == float and more["b"][5] == "x5"
    assert more.without(["a", "absent"]).names == ("b", "c")
    assert len(table.without(["a", "b"])) == 0
    with pytest.raises(InputError, match="have one length"):
        table.with_columns({"c": np.arange(5)})


def test_underscores_make_no_numbers():
    for values in (["1_0", "2"], np.array([b"1_0", b"2"]), np.array(["1_0", 2], object)):
        with pytest.raises(InputError, match=r"row 1 .*1_0"):
            Table({"a": values}).column("a")
    assert Table({"a": np.array(["1.5", 2], object)}).column("a").tolist() == [1.5, 2.0]


def test_empty_columns():
    table = Table({"a": np.array([], np.str_)})
    assert table.column("a").shape == table.column("a", int).shape == table.where("a < 1").shape == (0,)
