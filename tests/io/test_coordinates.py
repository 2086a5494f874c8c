"""Coordinate files as tables: EMAN's boxes, IMOD's points, and tables with a line of names."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import (
    Table,
    read_box,
    read_coords,
    read_delimited,
    read_eman_boxes,
    write_box,
    write_coords,
    write_delimited,
    write_eman_boxes,
)

NUMBERS = st.one_of(st.integers(-99999, 99999), st.floats(-1e5, 1e5)).map(str)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0\ufeff"), max_size=8)
NAMES = CELLS.filter(lambda name: name and name == name.strip() and not set(name) & set('\t,;"'))


def tables(names, cells):
    """Tables of up to four rows."""
    rows = st.integers(0, 4).flatmap(
        lambda n: st.tuples(*[st.lists(cells, min_size=n, max_size=n) for _ in range(len(names))])
    )
    return rows.map(lambda columns: Table(dict(zip(names, columns, strict=True))))


def same(table, other):
    return table.names == other.names and all(table[name].tolist() == other[name].tolist() for name in table.names)


@given(table=tables(["x", "y", "width", "height", "column5"], NUMBERS))
def test_boxes_are_read_back(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("box") / "a.box"
    write_box(path, table)
    assert same(read_box(path), table if len(table) else table.without(["column5"]))


@given(table=tables(["x", "y", "z"], NUMBERS).filter(len))
def test_points_are_read_back(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("coords") / "a.coords"
    write_coords(path, table)
    assert same(read_coords(path), table)
    write_coords(path, table.without(["z"]))
    assert same(read_coords(path), table.without(["z"]))


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@given(data=st.data(), names=st.lists(NAMES, min_size=2, max_size=3, unique=True))
def test_tables_are_read_back_by_us_and_by_the_standard_library(tmp_path_factory, suffix, data, names):
    # A row of empty cells alone is an empty line to a reader.
    table = data.draw(tables(names, CELLS.filter(str.strip)))
    path = tmp_path_factory.mktemp("table") / f"a{suffix}"
    write_delimited(path, table)
    assert same(read_delimited(path), table)
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream, delimiter="," if suffix == ".csv" else "\t"))
    assert rows == [names, *map(list, zip(*(table[name].tolist() for name in names), strict=True))]


@given(table=tables(["x", "y"], st.floats(-1e5, 1e5).map(str)), scored=st.booleans())
def test_boxes_of_eman2_are_read_back(tmp_path_factory, table, scored):
    table = table.with_columns(
        {"method": ["auto_local"] * len(table), "score": ["0.25" if scored else ""] * len(table)}
    )
    path = tmp_path_factory.mktemp("json") / "a_info.json"
    write_eman_boxes(path, table)
    assert same(read_eman_boxes(path), table)
    assert len(json.loads(path.read_text())["boxes"]) == len(table)


def test_topaz_and_spreadsheets(tmp_path):
    for content in (
        b"image_name\tx_coord\tscore\nmic 1\t5\t-0.5\n",
        b'x;"a b"\r\n1;2\r\n',
        b"x  y\n\n 1 2\n",
        b"x,y\n1,2",
    ):
        (tmp_path / "a.txt").write_bytes(content)
        assert len(read_delimited(tmp_path / "a.txt")) == 1
    assert read_delimited(tmp_path / "a.txt").names == ("x", "y")


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (read_box, b"1 2 3\n", "line 1 holds 3 numbers"),
        (read_box, b"1 2 64 64\n1 2 64 64 -3\n", "line 2 holds 5 numbers"),
        (read_box, b"x y w h\n", "line 1 holds 'x'"),
        (read_box, b"1 2 64 64\0", "byte 9 is zero"),
        (read_coords, b"1 2 3 4\n", "line 1 holds 4 numbers"),
        (read_coords, b"1\n", "line 1 holds 1 numbers"),
        (read_delimited, b"", "does not name each column once"),
        (read_delimited, b"x,x\n1,2\n", "does not name each column once"),
        (read_delimited, b"x,,y\n1,2,3\n", "does not name each column once"),
        (read_delimited, b"x,y\n1,2\n1\n", "row 2 holds 1 values"),
        (read_delimited, b'x,y\n"1,2\n', "not a table of text"),
        (read_eman_boxes, b"{", "is not JSON"),
        (read_eman_boxes, b"[" * 100_000, "is not JSON"),
        (read_eman_boxes, b"\xff\xfe\x00", "is not JSON"),
        (read_eman_boxes, b"[1]", "no list of boxes"),
        (read_eman_boxes, b'{"boxes": {}}', "no list of boxes"),
        (read_eman_boxes, b'{"boxes": [[1, 2, "manual"], [1]]}', r"box 2 is \[1\]"),
        (read_eman_boxes, b'{"boxes": [[1, true]]}', "box 1 is"),
        (read_eman_boxes, b'{"boxes": [[1, Infinity]]}', "box 1 is"),
        (read_eman_boxes, b'{"boxes": [[1, 1' + b"0" * 400 + b"]]}", "box 1 is"),
        (read_eman_boxes, b'{"boxes": [[1, 2, "\\ud800"]]}', "box 1 is"),
    ],
)
def test_other_content_is_refused(tmp_path, read, content, message):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read(path)
    assert str(path) in error.value.message


@pytest.mark.parametrize("read", [read_box, read_coords, read_delimited, read_eman_boxes])
def test_an_absent_file_is_named(tmp_path, read):
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none")


@pytest.mark.parametrize(
    ("write", "table", "message"),
    [
        (write_box, Table({"x": [1], "y": [2]}), "no column width"),
        (write_coords, Table({"x": ["here"], "y": [2]}), "is not numeric"),
        (write_delimited, Table(), "without columns"),
        (write_delimited, Table({"a,b": [1]}), "cannot name a column"),
        (write_delimited, Table({"a": ["1\n2"]}), "is not one line"),
        (write_eman_boxes, Table({"x": [1]}), "no column y"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(tmp_path, write, table, message):
    with pytest.raises(InputError, match=message):
        write(tmp_path / "a.txt", table)
    assert not list(tmp_path.iterdir())
