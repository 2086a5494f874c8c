"""Coordinates of picked particles in the text files of EMAN and IMOD, as those programs count them."""

from collections.abc import Sequence
from pathlib import Path

from vitreous._core import InputError, atomic_path

from ._table import Table
from ._text_lines import numbers, read_text_lines

_BOX = ("x", "y", "width", "height")
_COORDS = ("x", "y", "z")


def read_box(path: str | Path) -> Table:
    """The boxes of an EMAN `.box` file: the corner with the smallest x and y of each, and its size in pixels.

    A line is `x y width height`; EMAN 1 adds a mode and some pickers a score (EMAN's page "Other Miscellaneous Files").
    `vitreous.datasets.load_picks` turns corners into centres.

    Arguments:
        path: The file.

    Returns:
        The columns `x`, `y`, `width`, `height`, and `column5`, … where the lines are longer, as text.

    Raises:
        InputError: The file is absent or no text, a word is no number, or a line has fewer than four or another number
            of words than the first.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.box"
        >>> write_box(path, Table({"x": [10, -4], "y": [20, 7], "width": [64, 64], "height": [64, 64]}))
        >>> read_box(path).column("x").tolist()
        [10.0, -4.0]
    """
    return _read_columns(path, _BOX, fewest=4, most=9)


def write_box(path: str | Path, table: Table) -> None:
    """Write the boxes of an EMAN `.box` file, tabs between the columns; the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        table: As `read_box` gives it.

    Raises:
        InputError: A folder that cannot be written, or a table without one of the four columns, or with values
            that are no numbers.
    """
    _write_columns(path, table, _BOX)


def read_coords(path: str | Path) -> Table:
    """The points of a `.coords` file: `x y z` in each line, as IMOD's `model2point` prints them.

    IMOD counts x and y from the edge of the first pixel, whose centre is at 0.5, and z from the middle of the first
    section; `vitreous.datasets.load_picks` takes that into account.

    Arguments:
        path: The file.

    Returns:
        The columns `x`, `y` and, where the lines have three words, `z`, as text.

    Raises:
        InputError: The file is absent or no text, a word is no number, or a line has other than two or three words, or
            another number of them than the first.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.coords"
        >>> write_coords(path, Table({"x": ["10.5"], "y": ["3.5"], "z": ["7"]}))
        >>> read_coords(path)["z"].tolist()
        ['7']
    """
    return _read_columns(path, _COORDS, fewest=2, most=3)


def write_coords(path: str | Path, table: Table) -> None:
    """Write a `.coords` file; the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        table: As `read_coords` gives it.

    Raises:
        InputError: A folder that cannot be written, or a table without x or y, or with values that are no numbers.
    """
    _write_columns(path, table, _COORDS[: 3 if "z" in table else 2])


def _read_columns(path: str | Path, names: Sequence[str], *, fewest: int, most: int) -> Table:
    rows: list[list[str]] = []
    for number, line in enumerate(read_text_lines(path), start=1):
        words = line.split()
        if not words:
            continue
        numbers(line, path=path, number=number)
        if not fewest <= len(words) <= most or (rows and len(words) != len(rows[0])):
            raise InputError(
                f"{path}: line {number} holds {len(words)} numbers: {line[:60]!r}, not {' '.join(names)}"
                f"{f' and {len(rows[0])} in all, as the first' if rows else ''}.",
                hint="Check that it is the file you mean.",
            )
        rows.append(words)
    width = len(rows[0]) if rows else fewest
    columns = [*names[:width], *(f"column{place + 1}" for place in range(len(names), width))]
    return Table({name: [row[place] for row in rows] for place, name in enumerate(columns)}, str(path))


def _write_columns(path: str | Path, table: Table, names: Sequence[str]) -> None:
    others = [name for name in table.names if name.startswith("column")]
    for name in (*names, *others):
        table.column(name)  # raises for what is no number
    columns = [table.column(name, str).tolist() for name in (*names, *others)]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines("\t".join(row) + "\n" for row in zip(*columns, strict=True))
