"""Plain tables of numbers, as RELION's multibody programs write them."""

from pathlib import Path

import numpy as np

from vitreous._core import InputError, atomic_path

from ._format_numbers import format_floats
from ._table import Table
from ._text_lines import numbers, read_text_lines
from ._tokens import ROWS, side_by_side


def read_dat(path: str | Path) -> Table:
    r"""The numbers of a `.dat` file, one row a line.

    RELION's `relion_flex_analyse` writes such files: `analyse_eigenvectors.dat` names its columns in the first line,
    `analyse_projections_along_eigenvectors_all_particles.dat` and files of eigenvalues hold nothing but numbers
    (Nakane et al. 2018, eLife 7:e36861, "Characterisation of molecular motions in cryo-EM single-particle data by
    multi-body refinement in RELION"). Empty lines are passed over.

    Arguments:
        path: The file.

    Returns:
        Columns of float64 numbers, named by the first line if that is none of numbers, else `"1"`, `"2"`, ….

    Raises:
        InputError: The file is absent, no text, empty, or a line holds another number of values than the first, or
            something else than finite numbers.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.dat"
        >>> _ = path.write_text("rot-body-1 tilt-body-1\n 0.5 -0.25\n 1.0  2.0\n")
        >>> table = read_dat(path)
        >>> table.names, table["tilt-body-1"].tolist()
        (('rot-body-1', 'tilt-body-1'), [-0.25, 2.0])
    """
    lines = [(number, line) for number, line in enumerate(read_text_lines(path), start=1) if line.strip()]
    if not lines:
        raise InputError(f"{path}: is empty.", hint="Check that it is the file you mean.")
    first = lines[0][1].split()
    named = not all(map(_is_number, first))
    names = first if named else _counted(len(first))
    if len(set(names)) < len(names):
        raise InputError(
            f"{path}: line {lines[0][0]} gives two columns one name.", hint="Check that it is the file you mean."
        )
    rows = []
    for number, line in lines[named:]:
        rows.append(np.array(numbers(line, path=path, number=number)))
        if len(rows[-1]) != len(names):
            raise InputError(
                f"{path}: line {number} holds {len(rows[-1])} numbers, but the first line has {len(names)} columns.",
                hint="Is the file whole?",
            )
    columns = np.array(rows).reshape(-1, len(names)).T
    return Table({name: column.copy() for name, column in zip(names, columns, strict=True)}, str(path))


def write_dat(path: str | Path, table: Table) -> None:
    """Write the numbers of a table as a `.dat` file; the file appears whole or not at all.

    Numbers are written with as many digits as give the same number back.

    Arguments:
        path: The file to write, replaced if it exists.
        table: Numbers. Columns with other names than `"1"`, `"2"`, … have them in the first line.

    Raises:
        InputError: A folder that cannot be written, a column with something else than finite numbers, no columns, or a
            name that holds a blank or makes the first line one of numbers.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.dat"
        >>> write_dat(path, Table({"1": [0.5, 2.0], "2": [1.0, 1e-9]}))
        >>> path.read_text().split()
        ['0.5', '1.0', '2.0', '1e-09']
    """
    names = [*table.names]
    named = names != _counted(len(names))
    if not names or (named and (any(name.split() != [name] for name in names) or all(map(_is_number, names)))):
        raise InputError(
            f"{path}: {names} cannot be the names of columns in a .dat file.", hint="Use words without blanks."
        )
    columns = [table.column(name) for name in names]
    for name, values in zip(names, columns, strict=True):
        if not np.isfinite(values).all():
            raise InputError(
                f"{path}: column {name} holds {values[~np.isfinite(values)][0]}, which is no finite number.",
                hint="Leave such rows out.",
            )
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        if named:
            stream.write(f"{' '.join(names)}\n".encode())
        for first in range(0, len(table), ROWS):
            stream.write(side_by_side([format_floats(values[first : first + ROWS]) for values in columns]))


def _counted(columns: int) -> list[str]:
    return [str(number) for number in range(1, columns + 1)]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
