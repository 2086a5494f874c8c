"""The meaning of each format of coordinates, in both directions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vitreous._core import InputError
from vitreous.io import (
    Table,
    read_box,
    read_coords,
    read_delimited,
    read_eman_boxes,
    read_star,
    write_box,
    write_coords,
    write_delimited,
    write_eman_boxes,
    write_star,
)

from ._picks import Picks

_HALF_PIXEL = 0.5  # IMOD counts from the edge of the first pixel

_RELION = {
    "x": "rlnCoordinateX",
    "y": "rlnCoordinateY",
    "z": "rlnCoordinateZ",
    "score": "rlnAutopickFigureOfMerit",
    "micrograph": "rlnMicrographName",
}
_TOPAZ = {"micrograph": "image_name", "x": "x_coord", "y": "y_coord", "score": "score"}
_PLAIN = {"micrograph": "micrograph", "x": "x", "y": "y", "z": "z", "score": "score"}


@dataclass(frozen=True)
class PickFormat:
    """A format of coordinates.

    Arguments:
        read: The picks of a file; those without a micrograph's name are in the one that is given.
        write: Writes picks to a file.
        holds_several: Whether one file tells the micrographs of its picks apart.
    """

    read: Callable[[Path, str], Picks]
    write: Callable[[Path, Picks], None]
    holds_several: bool


def picks_from_columns(table: Table, names: Mapping[str, str], micrograph: str) -> Picks:
    """Picks from the columns of a table that have names.

    Arguments:
        table: One row per pick.
        names: What the columns of `x`, `y` and, where there are any, `z`, `score` and `micrograph` are called.
        micrograph: The micrograph of picks that do not name theirs.
    """
    here = {role: name for role, name in names.items() if name in table}
    written = table[here["micrograph"]].tolist() if "micrograph" in here else [micrograph] * len(table)
    numbers: dict[str, int] = {} if "micrograph" in here else {micrograph: 0}
    return Picks(
        positions=np.stack([table.column(names["x"]), table.column(names["y"])], axis=-1),
        micrograph_of=np.array([numbers.setdefault(name, len(numbers)) for name in written], np.int64),
        micrographs=tuple(numbers),
        scores=table.column(here["score"]) if "score" in here else None,
        sections=table.column(here["z"]) if "z" in here else None,
        extras=table.without(here.values()),
        source=table.source,
    )


def _columns(picks: Picks, names: Mapping[str, str]) -> dict[str, Any]:
    values = {
        "x": numerals(picks.positions[:, 0]),
        "y": numerals(picks.positions[:, 1]),
        "z": None if picks.sections is None else numerals(picks.sections),
        "score": None if picks.scores is None else numerals(picks.scores),
        "micrograph": [picks.micrographs[number] for number in picks.micrograph_of.tolist()],
    }
    return {name: values[role] for role, name in names.items() if values[role] is not None}


def numerals(values: np.ndarray) -> list[str]:
    """The shortest text that gives each number back; whole numbers without a point, as all programs take them."""
    return [str(int(value)) if value.is_integer() else repr(value) for value in values.tolist()]


def _read_star(path: Path, micrograph: str) -> Picks:
    for table in read_star(path).values():
        if _RELION["x"] in table and _RELION["y"] in table:
            return picks_from_columns(table, _RELION, micrograph)
    raise InputError(
        f"{path}: lists no coordinates: no block has rlnCoordinateX and rlnCoordinateY.",
        hint="Give a STAR file of picks, or the autopick.star or manualpick.star that lists them.",
    )


def _write_star(path: Path, picks: Picks) -> None:
    write_star(path, {"": Table({**_columns(picks, _RELION), **picks.extras.columns}, str(path))})


def _read_box(path: Path, micrograph: str) -> Picks:
    table = read_box(path)
    sizes = np.stack([table.column("width", int), table.column("height", int)], axis=-1)
    if (sizes < 1).any():
        row = int(np.argmax((sizes < 1).any(axis=1)))
        raise InputError(f"{path}: box {row + 1} has a size of {sizes[row].tolist()} pixels.", hint="Pick it again.")
    corners = np.stack([table.column("x"), table.column("y")], axis=-1)
    return Picks(
        positions=corners + sizes // 2,
        micrographs=(micrograph,),
        micrograph_of=np.zeros(len(table), np.int64),
        box_sizes=sizes,
        extras=table.without(("x", "y", "width", "height")),
        source=str(path),
    )


def _write_box(path: Path, picks: Picks) -> None:
    if picks.box_sizes is None:
        raise InputError(
            f"{path}: an EMAN box file holds boxes, and the picks of {picks.source} have no box size.",
            hint="Give it in pixels: write_picks(…, box_size=256).",
        )
    corners = picks.positions - picks.box_sizes // 2
    columns = {"x": numerals(corners[:, 0]), "y": numerals(corners[:, 1])}
    sizes = {"width": picks.box_sizes[:, 0], "height": picks.box_sizes[:, 1]}
    more = {name: values for name, values in picks.extras.columns.items() if name.startswith("column")}
    write_box(path, Table({**columns, **sizes, **more}, str(path)))


def _read_coords(path: Path, micrograph: str) -> Picks:
    table = read_coords(path)
    shifted = {name: table.column(name) - _HALF_PIXEL for name in ("x", "y")}
    return picks_from_columns(table.with_columns(shifted), _PLAIN, micrograph)


def _write_coords(path: Path, picks: Picks) -> None:
    x, y = (picks.positions + _HALF_PIXEL).T
    # A micrograph has one section, whose middle is at z = 0.
    z = np.zeros(len(picks)) if picks.sections is None else picks.sections
    write_coords(path, Table({"x": numerals(x), "y": numerals(y), "z": numerals(z)}, str(path)))


def _read_eman(path: Path, micrograph: str) -> Picks:
    table = read_eman_boxes(path)
    scored = [text != "" for text in table["score"].tolist()]
    if all(scored):
        return picks_from_columns(table, _PLAIN, micrograph)
    # Boxes that were picked by hand have no score; with those that have one, it is not one column of numbers.
    names = {role: name for role, name in _PLAIN.items() if role != "score"}
    return picks_from_columns(table if any(scored) else table.without(("score",)), names, micrograph)


def _write_eman(path: Path, picks: Picks) -> None:
    columns = _columns(picks, {"x": "x", "y": "y", "score": "score"})
    more = {name: values for name, values in picks.extras.columns.items() if name in ("method", "score")}
    write_eman_boxes(path, Table({**more, **columns}, str(path)))


def _read_table(path: Path, micrograph: str) -> Picks:
    table = read_delimited(path)
    for names in (_TOPAZ, _RELION, _PLAIN):
        if names["x"] in table and names["y"] in table:
            return picks_from_columns(table, names, micrograph)
    raise InputError(
        f"{path}: has no columns of coordinates. Its columns are: {', '.join(table.names)}.",
        hint="Name them x and y, x_coord and y_coord as Topaz, or rlnCoordinateX and rlnCoordinateY.",
    )


def _write_csv(path: Path, picks: Picks) -> None:
    write_delimited(path, Table({**_columns(picks, _PLAIN), **picks.extras.columns}, str(path)))


def _write_topaz(path: Path, picks: Picks) -> None:
    stems = [PurePosixPath(name).stem for name in picks.micrographs]
    if len(set(stems)) < len(stems):
        raise InputError(
            f"{path}: Topaz names micrographs without folder and ending, and two of these would have one name: "
            f"{', '.join(sorted({stem for stem in stems if stems.count(stem) > 1})[:3])}.",
            hint="Write a .csv or .star instead, or each micrograph's picks by themselves.",
        )
    columns = _columns(picks, _TOPAZ)
    columns["image_name"] = [stems[number] for number in picks.micrograph_of.tolist()]
    write_delimited(path, Table({**columns, **picks.extras.columns}, str(path)))


PICK_FORMATS = {
    ".star": PickFormat(_read_star, _write_star, holds_several=True),
    ".box": PickFormat(_read_box, _write_box, holds_several=False),
    ".json": PickFormat(_read_eman, _write_eman, holds_several=False),
    ".coords": PickFormat(_read_coords, _write_coords, holds_several=False),
    ".csv": PickFormat(_read_table, _write_csv, holds_several=True),
    ".txt": PickFormat(_read_table, _write_topaz, holds_several=True),
    ".tsv": PickFormat(_read_table, _write_topaz, holds_several=True),
}
"""What each file ending means."""


def pick_format(path: Path) -> PickFormat:
    """The format that a file's ending means.

    Raises:
        InputError: None has that ending.
    """
    if path.suffix.lower() not in PICK_FORMATS:
        raise InputError(
            f"{path}: coordinates have no format with the ending {path.suffix!r}.",
            hint=f"Use one of {', '.join(PICK_FORMATS)}.",
        )
    return PICK_FORMATS[path.suffix.lower()]
