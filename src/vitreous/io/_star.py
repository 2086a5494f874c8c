"""STAR files as tables, through gemmi's CIF parser and, for long loops, by vectors of bytes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError, atomic_path

from ._star_dialect import uneven_row, with_quotes
from ._star_regular import RegularLoop, read_padded, regular_loops, without_rows
from ._star_write import star_bytes
from ._table import Table

_QUOTES = ("'", '"', ";")
# Bytes below which a loop is left to the general parser.
_SHORTEST = 1 << 15
# An array of text with so many characters is only made where they are no more than so many times those of the file.
_LARGEST, _UNEVEN = 1 << 26, 16


def read_star(path: str | Path) -> dict[str, Table]:
    r"""All blocks of a STAR file as tables of text.

    A block is a loop, or name-value pairs, which become a table of one row. Names lose their leading underscore. The
    grammar is that of CIF (Hall, Allen & Brown 1991), and words that RELION writes without the quotes it asks for are
    understood. Long loops with one row a line, as programs write particles, are cut from the bytes of the file, which
    stay in memory with the tables.

    Arguments:
        path: The file.

    Returns:
        Block name (without `data_`; `""` where there is only that) to table, in the order of the file.

    Raises:
        InputError: The file is absent, no STAR file, has no block, or a block that is not one table.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.star"
        >>> _ = path.write_text("data_particles\nloop_\n_rlnAngleRot #1\n_rlnImageName #2\n10.5 1@a.mrcs\n")
        >>> blocks = read_star(path)
        >>> blocks["particles"].column("rlnAngleRot").tolist(), blocks["particles"]["rlnImageName"].tolist()
        ([10.5], ['1@a.mrcs'])
    """
    return _read(Path(path), shortest=_SHORTEST)


def write_star(path: str | Path, blocks: Mapping[str, Table]) -> None:
    """Write tables as a STAR file in the dialect of RELION 3.1 and later; the file appears whole or not at all.

    Numbers are written with as many digits as give the same number back; values that need quotes get them.

    Arguments:
        path: The file to write, replaced if it exists.
        blocks: Block name (`""` for a bare `data_`) to table.

    Raises:
        InputError: A folder that cannot be written, or names or values that STAR cannot hold.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.star"
        >>> write_star(path, {"particles": Table({"rlnClassNumber": np.array([3, 4]), "rlnNote": ["a b", ""]})})
        >>> read_star(path)["particles"]["rlnNote"].tolist()
        ['a b', '']
    """
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        for piece in star_bytes(blocks, str(path)):
            stream.write(piece)


def _read(path: Path, *, shortest: int) -> dict[str, Table]:
    """All blocks; loops that are regular for `shortest` bytes are read without the general parser."""
    try:
        content = read_padded(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    loops = [*regular_loops(content, shortest)]
    rest = without_rows(content, loops)
    if loops and b"\n;" in rest:  # text over several lines, which may hold what looks like a loop
        return _read(path, shortest=len(content))
    document = _parsed(rest, path)
    if len(document) == 0:
        raise InputError(f"{path}: holds no STAR block (data_…).", hint="Check that the path names a STAR file.")
    pending = {loop.line: loop for loop in loops}
    tables: dict[str, Table] = {}
    for block in document:
        name = block.name.strip()
        if name in tables:
            raise InputError(f"{path}: has two blocks named {name!r}.", hint="Rename one of them.")
        tables[name] = _table(block, path, pending)
    if pending:  # not all of a loop is regular: other rows follow in another layout
        return _read(path, shortest=len(content))
    return tables


def _parsed(content: bytes, path: Path) -> gemmi.cif.Document:
    try:
        # Only text reaches the parser: its own messages about binary files are unreadable.
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: is not a STAR file: line {line} holds a byte that is no text.",
            hint="Check that the path names a STAR file.",
        ) from error
    try:
        return gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        quoted = with_quotes(text)
        if quoted == text:
            raise _unreadable(text, error, path) from error
    try:
        return gemmi.cif.read_string(quoted)
    except (ValueError, RuntimeError) as error:
        raise _unreadable(quoted, error, path) from error


def _unreadable(text: str, error: Exception, path: Path) -> InputError:
    reason = re.sub(r"^string:(\d+:\d+\(\d+\))?", lambda found: (found[1] or "").partition("(")[0], str(error))
    if uneven := uneven_row(text, reason):
        return InputError(f"{path}: {uneven}.", hint="Is the file whole? Text with blanks wants quotes.")
    return InputError(
        f"{path}: is not a STAR file that can be read: {reason}.",
        hint="The number is the line. Text with blanks, and words such as data_… or loop_, want quotes.",
    )


def _table(block: gemmi.cif.Block, path: Path, regular: dict[int, RegularLoop]) -> Table:
    """A block's table; a loop that is in `regular`, by its line, is taken out of it."""
    source = f"{path}, block data_{block.name.strip()}"
    items: list[Any] = [*block]
    loops = [(item.loop, item.line_number) for item in items if item.loop is not None]
    pairs = [item.pair for item in items if item.pair is not None]
    if len(loops) + bool(pairs) > 1:
        raise InputError(
            f"{source}: holds {len(loops)} loops and {len(pairs)} name-value pairs, but a block of STAR is one table.",
            hint="A structure in mmCIF is read by vitreous.io.read_atoms.",
        )
    if not loops:
        return Table({tag[1:]: [_text(value)] for tag, value in pairs}, source, is_loop=False)
    ((loop, line),) = loops
    names = [tag[1:] for tag in loop.tags]
    if loop.length() == 1 and line in regular and [*regular[line].columns] == names:
        return Table(regular.pop(line).columns, source)
    # Column by column, so that only one is in memory as Python strings.
    return Table({name: _array([*map(_text, block.find_values(f"_{name}"))], name, source) for name in names}, source)


def _array(texts: list[str], name: str, source: str) -> Shaped[np.ndarray, " n"]:
    longest = max(map(len, texts), default=0)
    if len(texts) * longest > _LARGEST and len(texts) * longest > _UNEVEN * sum(map(len, texts)):
        raise InputError(
            f"{source}: column {name} holds a value of {longest} characters, and an array of text would hold as many "
            f"in each of {len(texts)} rows.",
            hint="Shorten that value.",
        )
    return np.array(texts, np.str_)


def _text(value: str) -> str:
    return gemmi.cif.as_string(value) if value.startswith(_QUOTES) else value
