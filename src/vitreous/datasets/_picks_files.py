"""Picks from files and to files, one for each micrograph or all in one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table, read_star, resolve_image_name, write_star

from ._picks import Picks
from ._picks_formats import pick_format

_LIST = ("rlnMicrographName", "rlnMicrographCoordinates")


def load_picks(path: str | Path, *, micrograph: str | None = None, project: str | Path | None = None) -> Picks:
    r"""Picks of one micrograph, or of all those that a list names.

    A list is RELION's `autopick.star` or `manualpick.star`, whose columns `rlnMicrographName` and
    `rlnMicrographCoordinates` name the micrographs and their files of coordinates, of any of the formats. Those are
    looked for as images are (`vitreous.io.resolve_image_name`).

    Arguments:
        path: A file of picks, its format known by its ending: `.star`, `.box`, `.json` (EMAN2), `.coords`, `.csv`, or
            `.txt` and `.tsv` (Topaz).
        micrograph: The name of the micrograph where the file does not say it; the file's own without ending if `None`.
        project: The folder to which the paths of a list are relative, in place of the rule of `resolve_image_name`.

    Returns:
        The picks, in the order of the files.

    Raises:
        InputError: A file is absent or has no coordinates, an ending is unknown, or a number is not finite.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mic.box"
        >>> _ = path.write_text("10 20 64 64\n")
        >>> load_picks(path).positions.tolist()
        [[42.0, 52.0]]
    """
    path = Path(path)
    listed = _listed(path)
    if listed is None:
        return pick_format(path).read(path, path.stem if micrograph is None else micrograph)
    sets = []
    for row, (name, file) in enumerate(zip(*(listed[column].tolist() for column in _LIST), strict=True)):
        try:
            found = resolve_image_name(file, path, project=project)[1]
        except InputError as error:
            raise InputError(f"{path}: row {row + 1}: {error.message}", hint=error.hint) from error
        # A file that belongs to a micrograph is of that one, whatever name it has of its own.
        picks = pick_format(found).read(found, name)
        sets.append(replace(picks, micrographs=(name,), micrograph_of=np.zeros(len(picks), np.int64)))
    return _joined(sets, str(path))


def write_picks(path: str | Path, picks: Picks, *, box_size: int | None = None) -> None:
    """Write picks in the format that the file's ending means; the file appears whole or not at all.

    The other columns of the picks go along where the format has named columns (`.star`, `.csv`, `.txt`, `.tsv`).

    Arguments:
        path: The file to write, replaced if it exists. Its ending is one of those of `load_picks`.
        picks: What to write; a `.box`, `.json` or `.coords` holds those of one micrograph.
        box_size: The side of the boxes of a `.box` in pixels, in place of the picks' own.

    Raises:
        InputError: A folder that cannot be written, an ending that is unknown, picks of several micrographs for a
            format of one, or a `.box` without a box size.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mic.box"
        >>> picks = Picks(positions=np.array([[42.0, 52.0]]), micrographs=("mic",), micrograph_of=np.zeros(1, int))
        >>> write_picks(path, picks, box_size=64)
        >>> path.read_text().split()
        ['10', '20', '64', '64']
    """
    path = Path(path)
    form = pick_format(path)
    if not form.holds_several and len(picks.micrographs) != 1:
        raise InputError(
            f"{path}: a file of this format holds the picks of one micrograph, not of {len(picks.micrographs)}.",
            hint="Write each by itself, picks.of(name) for name in picks.micrographs, or all into a .star or .csv.",
        )
    if box_size is not None:
        if box_size < 1:
            raise InputError(f"box_size={box_size} holds no pixels.", hint="Give the side in pixels, such as 256.")
        picks = replace(picks, box_sizes=np.full((len(picks), 2), box_size))
    form.write(path, picks)


def write_pick_list(path: str | Path, picks: Picks) -> None:
    """Write picks as RELION keeps them: a STAR file for each micrograph, and a list that names them.

    The list has the columns `rlnMicrographName` and `rlnMicrographCoordinates`; the files lie beside it and are called
    `<micrograph>_<list>.star`.

    Arguments:
        path: The list, such as `autopick.star`, replaced if it exists, and so are the files beside it.
        picks: What to write. Micrographs without picks get a file without rows.

    Raises:
        InputError: A folder that cannot be written, or two micrographs whose names differ only in folder or ending.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "autopick.star"
        >>> picks = Picks(positions=np.ones((2, 2)), micrographs=("m/a.mrc", "m/b.mrc"), micrograph_of=np.array([1, 1]))
        >>> write_pick_list(path, picks)
        >>> load_picks(path).counts
        {'m/a.mrc': 0, 'm/b.mrc': 2}
    """
    path = Path(path)
    files = [f"{PurePosixPath(name).stem}_{path.stem}.star" for name in picks.micrographs]
    double = sorted({file for file in files if files.count(file) > 1})
    if double:
        raise InputError(
            f"{path}: two micrographs would both have the file {double[0]}.", hint="Give micrographs different names."
        )
    for name, file in zip(picks.micrographs, files, strict=True):
        write_picks(path.with_name(file), picks.of(name))
    names, coordinates = _LIST
    table = Table({names: list(picks.micrographs), coordinates: files}, str(path))
    write_star(path, {"coordinate_files": table})


def _listed(path: Path) -> Table | None:
    if path.suffix.lower() != ".star":
        return None
    tables = [table for table in read_star(path).values() if all(column in table for column in _LIST)]
    return tables[0] if tables else None


def _joined(sets: Sequence[Picks], source: str) -> Picks:
    """The picks of several micrographs as one; columns that only some of them have are left out."""
    if not sets:
        raise InputError(f"{source}: lists no files of coordinates.", hint="Check the job that made it.")
    numbers: dict[str, int] = {}
    micrograph_of = [np.full(len(picks), numbers.setdefault(picks.micrographs[0], len(numbers))) for picks in sets]
    filled = [picks for picks in sets if len(picks)]

    def together(name: str) -> np.ndarray | None:
        columns = [getattr(picks, name) for picks in filled]
        present = [column for column in columns if column is not None]
        return np.concatenate(present) if present and len(present) == len(columns) else None

    shared = [name for name in (filled[0].extras.names if filled else ()) if all(name in p.extras for p in filled)]
    return Picks(
        positions=np.concatenate([picks.positions for picks in sets]),
        micrographs=tuple(numbers),
        micrograph_of=np.concatenate(micrograph_of).astype(np.int64),
        scores=together("scores"),
        sections=together("sections"),
        box_sizes=together("box_sizes"),
        extras=Table({name: np.concatenate([picks.extras[name] for picks in filled]) for name in shared}, source),
        source=source,
    )
