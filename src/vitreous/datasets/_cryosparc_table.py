"""Particles as cryoSPARC's `.cs` files list them."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Shaped

from vitreous._core import InputError
from vitreous.io import CsGroup, write_cs, write_csg

from ._cryosparc import metadata_from_cryosparc
from ._cryosparc_join import joined_rows, read_particle_rows, rows_with
from ._metadata import ParticleMetadata
from ._particle_table import AbstractParticleTable

_ELEMENT = re.compile(r"(.+)\[(\d+)\]")
_GROUP = "ctf/exp_group_id"
_OF_A_GROUP = ("accel_kv", "cs_mm", "amp_contrast", "tilt_A", "trefoil_A", "tetra_A", "anisomag")


@dataclass(frozen=True, eq=False, kw_only=True)
class CryosparcTable(AbstractParticleTable):
    """The particles of a `.cs` file, all columns under cryoSPARC's names.

    Arguments:
        source: The file.
        rows: A structured array.

    Examples:
        >>> rows = np.zeros(2, [("uid", "u8"), ("alignments3D/pose", "f4", (3,))])
        >>> table = CryosparcTable(source=Path("a.cs"), rows=rows)
        >>> table.names, table.column("alignments3D/pose[2]").tolist()
        (('uid', 'alignments3D/pose'), [0.0, 0.0])
    """

    source: Path
    rows: Shaped[np.ndarray, " n"]

    @classmethod
    def read(cls, path: Path, *, passthrough: Sequence[Path] | None = None) -> "CryosparcTable":
        """The particles of a `.cs` file or a `.csg` group, with the columns of passthrough files joined by uid.

        Arguments:
            path: The file.
            passthrough: Files with more columns of the same particles; `None` for the one that lies beside a `.cs`
                file with its name (`J24_passthrough_particles.cs` beside `J24_005_particles.cs`).

        Raises:
            InputError: A file is no such table, or lacks particles.
        """
        return cls(source=path, rows=read_particle_rows(path, passthrough=passthrough))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""
        return self.rows.dtype.names or ()

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column as numbers or text; one element of a column of vectors as `alignments3D/shift[0]`."""
        element = _ELEMENT.fullmatch(name)
        base = element[1] if element else name
        if base not in self.names:
            raise InputError(f"{self.source}: has no column {base}.", hint=f"Its columns are: {', '.join(self.names)}.")
        values = self.rows[base]
        if element and values.ndim == 2 and int(element[2]) < values.shape[1]:
            values = values[:, int(element[2])]
        if values.ndim != 1 or (element and self.rows[base].ndim != 2):
            shape = " × ".join(map(str, self.rows.dtype[base].shape)) or "1"
            raise InputError(
                f"{self.source}: column {base} has {shape} numbers for each particle, and {name} is no single one.",
                hint=f"Name one of them, counted from 0: {base}[0]." if shape != "1" else f"Use {base}.",
            )
        return np.char.decode(values, "utf-8", "replace") if values.dtype.kind == "S" else values

    def select(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice) -> "CryosparcTable":
        """The table of some rows."""
        return replace(self, rows=self.rows[rows])

    def with_columns(self, columns: Mapping[str, Any]) -> "CryosparcTable":
        """The table with columns replaced, in the type of number that they had, or added."""
        return replace(self, rows=rows_with(self.rows, {name: self._fitted(name, columns[name]) for name in columns}))

    def with_half_sets(self, half_sets: Int[np.ndarray, " n"]) -> "CryosparcTable":
        """The table with half-sets as `alignments3D/split`, counted from 0."""
        return self.with_columns({"alignments3D/split": np.asarray(half_sets - 1, np.uint32)})

    def with_images(self, paths: Sequence[str], indices: Int[np.ndarray, " n"]) -> "CryosparcTable":
        """The table with images named in `blob/path` and `blob/idx`."""
        return self.with_columns({"blob/path": list(paths), "blob/idx": np.maximum(indices, 0).astype(np.uint32)})

    def with_sampling(self, shape: tuple[int, int], *, old: float, new: float) -> "CryosparcTable":
        """The table of the same particles, whose images get another shape and pixel size.

        Shifts are in pixels of their own size, `alignments3D/psize_A`, which stays.
        """
        shapes = np.tile(np.array(shape, np.uint32), (len(self), 1))
        return self.with_columns({"blob/shape": shapes, "blob/psize_A": np.full(len(self), new, np.float32)})

    def join(self, others: Sequence["CryosparcTable"]) -> "CryosparcTable":
        """The rows of this table and then those of others, with the columns that all of them have.

        Exposure groups of one number are one where microscope and aberrations agree; another one gets the next free
        number. A `UserWarning` says each of these.

        Raises:
            InputError: The tables share no column, or a particle is in two of them.
        """
        tables = [(self.rows, self.source)]
        for other in others:
            tables.append((_renumbered(other, [rows for rows, _ in tables]), other.source))
        joined = joined_rows(tables)
        lost = sorted({name for rows, _ in tables for name in rows.dtype.names or ()} - set(joined.dtype.names or ()))
        if lost:
            warnings.warn(
                f"{self.source}: joined without the columns {', '.join(lost)}, which not all of the files have.",
                UserWarning,
                stacklevel=3,
            )
        return replace(self, rows=joined)

    def metadata(self, pixel_size: float | None) -> ParticleMetadata:
        """What the columns say, in this library's conventions."""
        return metadata_from_cryosparc(self.rows, source=self.source, pixel_size=pixel_size)

    def write(self, path: Path) -> None:
        """Write a `.cs` file; for a path that ends in `.csg`, the group's file and the `.cs` file beside it."""
        if path.suffix.lower() != ".csg":
            write_cs(path, self.rows)
            return
        write_cs(path.with_suffix(".cs"), self.rows)
        results = dict.fromkeys(name.split("/")[0] for name in self.names if "/" in name)
        metafiles = dict.fromkeys(results, path.with_suffix(".cs"))
        group = CsGroup(source=path, name="particles", kind="particle", metafiles=metafiles)
        write_csg(group, num_items=len(self))

    def _fitted(self, name: str, values: Any) -> np.ndarray:
        array = np.asarray(values)
        if len(array) != len(self):
            raise InputError(
                f"{self.source}: column {name} is given {len(array)} values for {len(self)} particles.",
                hint="Give one value for each particle.",
            )
        if array.dtype.kind in "UO":
            return np.char.encode(array.astype(np.str_), "utf-8")
        if name not in self.names or self.rows.dtype[name].base.kind not in "fiu":
            return array
        fitted = array.astype(self.rows.dtype[name].base)
        if fitted.dtype.kind in "iu" and not np.array_equal(fitted, array):
            raise InputError(
                f"{self.source}: column {name} holds numbers of type {fitted.dtype}, and is given others, such as "
                f"{array[np.argmax((fitted != array).reshape(len(self), -1).any(axis=1))]}.",
                hint="Give whole numbers in that range.",
            )
        return fitted


def _renumbered(table: CryosparcTable, before: Sequence[Shaped[np.ndarray, " _"]]) -> Shaped[np.ndarray, " n"]:
    """The rows of a table that is to follow others, with exposure groups of its own where theirs are different."""
    if any(_GROUP not in (rows.dtype.names or ()) for rows in (table.rows, *before)):
        return table.rows
    known = {number: kind for rows in before for number, kind in _kinds(rows).items()}
    free = max([*known, *_kinds(table.rows)]) + 1
    groups = table.rows[_GROUP].copy()
    for number, kind in _kinds(table.rows).items():
        if known.get(number, kind) != kind:
            groups[table.rows[_GROUP] == number] = free
            warnings.warn(f"{table.source}: exposure group {number} became {free}.", UserWarning, stacklevel=4)
            free += 1
    return rows_with(table.rows, {_GROUP: groups})


def _kinds(rows: Shaped[np.ndarray, " n"]) -> dict[int, tuple[Any, ...]]:
    """What the particles of each exposure group have in common, from the first of each."""
    numbers, first = np.unique(rows[_GROUP], return_index=True)
    names = [name for name in rows.dtype.names or () if name.removeprefix("ctf/") in _OF_A_GROUP]
    return {
        number: tuple((name, rows[name][row].tobytes()) for name in names)
        for number, row in zip(numbers.tolist(), first.tolist(), strict=True)
    }
