"""cryoSPARC tables put together: columns of the same particles by their uid, and particles one after the other."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError
from vitreous.io import read_cs, read_csg

_NAME = re.compile(r"(?:cryosparc_)?(?:P\d+_)?(?:(?P<job>J\d+)_)?(?:\d+_)?(?P<output>particles.*\.cs)")
_PASSTHROUGH = re.compile(r"(?:cryosparc_)?(?:P\d+_)?(?:(?P<job>J\d+)_)?passthrough_(?P<output>particles.*\.cs)")

Rows = Shaped[np.ndarray, " _"]


def read_particle_rows(path: Path, *, passthrough: Sequence[Path] | None) -> Rows:
    """The rows of a `.cs` file or of a group, with the columns of its passthrough files.

    A job writes what it worked on as `…_particles.cs`, and the columns that it only handed on as
    `…_passthrough_particles.cs`. Both have the column `uid`, by which they are joined: the particles of the first
    file decide, and so do its columns where both have one.

    Arguments:
        path: A `.cs` file, or a `.csg` file, whose results are taken from the files that it names.
        passthrough: Files with more columns; `None` for the one beside a `.cs` file that has its name.

    Raises:
        InputError: A file is absent or no table, has no uids, or lacks particles.
    """
    if path.suffix.lower() == ".csg":
        rows = _group_rows(path)
    else:
        rows = read_cs(path)
        passthrough = passthrough_beside(path) if passthrough is None else passthrough
    for other in passthrough or ():
        rows = with_columns_by_uid(rows, read_cs(other), source=path, other=other)
    return rows


def passthrough_beside(path: Path) -> list[Path]:
    """The passthrough file that belongs to a particles file by its name, in its folder.

    It is `P3_J24_passthrough_particles.cs` for `P3_J24_005_particles.cs`, and
    `J12_passthrough_particles_selected.cs` for `particles_selected.cs`, with or without `cryosparc_` before it.

    Raises:
        InputError: There are several.
    """
    own = _NAME.fullmatch(path.name)
    # A plain particles.cs is no name of cryoSPARC's, which puts a job before it or a word behind it.
    if own is None or path.name == "particles.cs" or not path.parent.is_dir():
        return []
    found = [
        other
        for other in sorted(path.parent.iterdir())
        if (match := _PASSTHROUGH.fullmatch(other.name)) is not None
        and match["output"] == own["output"]
        and (own["job"] is None or match["job"] in (None, own["job"]))
    ]
    if len(found) > 1:
        raise InputError(
            f"{path}: {len(found)} passthrough files lie beside it: {', '.join(other.name for other in found)}.",
            hint="Say which one: ParticleDataset.load(path, passthrough=[…]), or load the job's .csg file.",
        )
    return found


def with_columns_by_uid(rows: Rows, extra: Rows, *, source: Path, other: Path) -> Rows:
    """Rows with the further columns that another table has of the same particles.

    Arguments:
        rows: The particles.
        extra: The other table, in any order, with these particles among others.
        source: The file of the particles, for messages.
        other: The file of the other table.

    Raises:
        InputError: A table has no uids, or the other lacks particles or has one of them twice.
    """
    for table, path in ((rows, source), (extra, other)):
        if "uid" not in (table.dtype.names or ()) or table.dtype["uid"].shape or table.dtype["uid"].kind not in "iu":
            raise InputError(f"{path}: has no column uid, so its rows cannot be matched.", hint="Give the job's files.")
    known, place = np.unique(extra["uid"], return_index=True)
    if len(known) < len(extra):
        raise InputError(
            f"{other}: has {len(extra) - len(known)} particles (uid) twice, so its rows cannot be matched.",
            hint="Give the passthrough file as the job wrote it.",
        )
    found = np.minimum(np.searchsorted(known, rows["uid"]), max(len(known) - 1, 0))
    missing = len(rows) if len(known) == 0 else int((known[found] != rows["uid"]).sum())
    if missing:
        raise InputError(
            f"{other}: lacks {missing} of the {len(rows)} particles (uid) of {source}.",
            hint="Give the passthrough file of the same job, or none: ParticleDataset.load(path, passthrough=[]).",
        )
    new = [name for name in extra.dtype.names or () if name not in (rows.dtype.names or ())]
    return rows_with(rows, {name: extra[name][place[found]] for name in new})


def _group_rows(path: Path) -> Rows:
    group = read_csg(path)
    if group.kind not in ("particle", ""):
        raise InputError(
            f"{path}: is a group of {group.kind}s, not of particles.", hint="Give the group of particles of the job."
        )
    first, *others = group.files
    rows = _results(read_cs(first), {result for result, file in group.metafiles.items() if file == first})
    for other in others:
        results = {result for result, file in group.metafiles.items() if file == other}
        rows = with_columns_by_uid(rows, _results(read_cs(other), results), source=first, other=other)
    return rows


def _results(rows: Rows, results: set[str]) -> Rows:
    """The columns of some results; the others of a file are stale copies."""
    names = [name for name in rows.dtype.names or () if name == "uid" or name.split("/")[0] in results]
    return rows[names]


def joined_rows(tables: Sequence[tuple[Rows, Path]]) -> Rows:
    """The rows of several tables, one after the other, with the columns that all of them have in one shape.

    Raises:
        InputError: They share no column, or a particle (uid) is in two of them.
    """
    first, source = tables[0]
    names = [name for name in first.dtype.names or () if all(_alike(first, rows, name) for rows, _ in tables)]
    if not names:
        raise InputError(f"{source}: shares no column with {tables[1][1]}.", hint="Join particles of one kind.")
    columns = {name: np.concatenate([rows[name] for rows, _ in tables]) for name in names}
    if "uid" in columns and (twice := len(columns["uid"]) - len(np.unique(columns["uid"]))):
        raise InputError(
            f"{source}: {twice} particles (uid) are in more than one of the files that are joined.",
            hint="Take them out of one, such as by dataset[np.isin(dataset.column('uid'), …, invert=True)].",
        )
    return rows_of(columns)


def _alike(first: Rows, other: Rows, name: str) -> bool:
    if name not in (other.dtype.names or ()):
        return False
    one, two = first.dtype[name], other.dtype[name]
    return one.shape == two.shape and (one.base.kind == "S") == (two.base.kind == "S")


def rows_with(rows: Rows, columns: Mapping[str, np.ndarray]) -> Rows:
    """Rows with columns replaced, each in its place, or added at the end.

    Arguments:
        rows: The table.
        columns: Name to values, with one element per row.
    """
    return rows_of({**{name: rows[name] for name in rows.dtype.names or ()}, **columns})


def rows_of(columns: Mapping[str, np.ndarray]) -> Rows:
    """Columns of one length as a structured array.

    Arguments:
        columns: Name to values; there must be one.
    """
    count = len(next(iter(columns.values())))
    table = np.empty(count, [(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
    for name, values in columns.items():
        table[name] = values
    return table
