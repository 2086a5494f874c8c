"""Tables with a line of names and commas, tabs or spaces between the columns, as Topaz and spreadsheets write them."""

import csv
from pathlib import Path

from vitreous._core import InputError, atomic_path

from ._table import Table
from ._text_lines import read_text_lines

_DELIMITERS = ("\t", ",", ";")


def read_delimited(path: str | Path) -> Table:
    """The table of a text file whose first line names the columns.

    What separates the columns is seen in that line: tabs (Topaz), else commas, else semicolons, else spaces. Values
    with a separator in them are in double quotes.

    Arguments:
        path: The file, such as a `.csv`, a `.tsv` or a `.txt` of Topaz.

    Returns:
        The columns, as text.

    Raises:
        InputError: The file is absent, no text or empty, names a column twice or none, or a line has other than one
            value for each name.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "picks.txt"
        >>> write_delimited(path, Table({"image_name": ["a", "a"], "x_coord": [5, 7], "y_coord": [3, 1]}))
        >>> read_delimited(path).column("x_coord").tolist()
        [5.0, 7.0]
    """
    lines = read_text_lines(path)
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((candidate for candidate in _DELIMITERS if candidate in first), None)
    try:
        if delimiter is None:
            parsed = [line.split() for line in lines]
        else:
            parsed = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: is not a table of text: {error}.", hint="Check its quotes.") from error
    rows = [row for row in parsed if any(cell.strip() for cell in row)]
    names = [name.strip() for name in rows[0]] if rows else []
    if not names or "" in names or len(set(names)) < len(names):
        raise InputError(
            f"{path}: its first line does not name each column once: {first[:60]!r}.",
            hint="The first line looks like image_name, x_coord, y_coord, score, with the file's own separator.",
        )
    for place, row in enumerate(rows):
        if len(row) != len(names):
            raise InputError(
                f"{path}: row {place} holds {len(row)} values, and there are {len(names)} columns: {', '.join(names)}.",
                hint="Correct the line, or put values with a separator in them into double quotes.",
            )
    return Table({name: [row[place] for row in rows[1:]] for place, name in enumerate(names)}, str(path))


def write_delimited(path: str | Path, table: Table) -> None:
    """Write a table with a line of names; the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists. In a `.csv` commas separate the columns, elsewhere tabs, as
            Topaz wants them.
        table: What to write.

    Raises:
        InputError: A folder that cannot be written, no columns, or names or values that would be read back as others.
    """
    columns = [table.column(name, str).tolist() for name in table.names]
    for name in table.names:
        if not name or name != name.strip() or any(mark in name for mark in (*_DELIMITERS, '"', "\n", "\r", "\0")):
            raise InputError(f"{path}: {name!r} cannot name a column.", hint="Use letters and digits.")
    for name, column in zip(table.names, columns, strict=True):
        bad = next((value for value in column if any(mark in value for mark in "\n\r\0")), None)
        if bad is not None:
            raise InputError(f"{path}: column {name} holds {bad!r}, which is not one line.", hint="Replace it.")
    if not columns:
        raise InputError(f"{path}: a table without columns cannot be written.", hint="Give at least one column.")
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="," if Path(path).suffix == ".csv" else "\t", lineterminator="\n")
        writer.writerow(table.names)
        writer.writerows(zip(*columns, strict=True))
