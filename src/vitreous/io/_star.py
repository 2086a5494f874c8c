"""STAR files as tables, through gemmi's CIF parser."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError, atomic_path

from ._table import Table

_QUOTES = ("'", '"', ";")
_RESERVED = ("data_", "loop_", "global_", "save_", "stop_")
_PLAIN = re.compile(r"[A-Za-z0-9+\-/][A-Za-z0-9+\-/._@:]*")


def read_star(path: str | Path) -> dict[str, Table]:
    r"""All blocks of a STAR file as tables of text.

    A block is a loop, or name-value pairs, which become a table of one row. Names lose their leading underscore.

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
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    try:
        # Only text reaches the parser: its own messages about binary files are unreadable.
        text = content.decode("utf-8")
        document = gemmi.cif.read_string(text.replace("\r\n", "\n") if "\r" in text else text)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is not a STAR file: byte {error.start} is no text.", hint="Check that the path names a STAR file."
        ) from error
    except (ValueError, RuntimeError) as error:
        reason = str(error).removeprefix("string:")
        raise InputError(
            f"{path}: is not a STAR file that can be read: {reason}.",
            hint="The number is the line. Text outside of ASCII, or starting with $, wants quotes.",
        ) from error
    if len(document) == 0:
        raise InputError(f"{path}: holds no STAR block (data_…).", hint="Check that the path names a STAR file.")
    return {block.name.strip(): _table(block, path) for block in document}


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
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in _lines(blocks, str(path)))


def _table(block: gemmi.cif.Block, path: Path) -> Table:
    name = block.name.strip()
    source = f"{path}, block data_{name}"
    items: list[Any] = [*block]
    loops = [item.loop for item in items if item.loop is not None]
    pairs = [item.pair for item in items if item.pair is not None]
    if len(loops) + bool(pairs) > 1:
        raise InputError(
            f"{source}: holds {len(loops)} loops and {len(pairs)} name-value pairs, but a block of STAR is one table.",
            hint="A structure in mmCIF is read by vitreous.io.read_atoms.",
        )
    if not loops:
        return Table({tag[1:]: [_text(value)] for tag, value in pairs}, source, is_loop=False)
    # Column by column, so that only one is in memory as Python strings.
    columns = {tag[1:]: np.array([_text(v) for v in block.find_values(tag)], np.str_) for tag in loops[0].tags}
    return Table(columns, source)


def _text(value: str) -> str:
    return gemmi.cif.as_string(value) if value.startswith(_QUOTES) else value


def _lines(blocks: Mapping[str, Table], path: str) -> Iterator[str]:
    for block, table in blocks.items():
        for name in (block, *table.names):
            if any(character.isspace() or not character.isprintable() for character in name) or not name.isascii():
                raise InputError(f"{path}: {name!r} cannot be a name in a STAR file.", hint="Use letters and digits.")
        if "" in table:
            raise InputError(f"{path}: a column of a STAR file needs a name.", hint="Name it, such as rlnAngleRot.")
        columns = [_cells(table[name], name, path) for name in table.names]
        yield from ("", "# version 50001", "", f"data_{block}", "")
        if not table.is_loop:
            yield from (f"_{name} {column[0]}" for name, column in zip(table.names, columns, strict=True))
        elif columns:
            yield "loop_"
            yield from (f"_{name} #{number}" for number, name in enumerate(table.names, start=1))
            row = " ".join(f"%{max(map(len, column), default=0)}s" for column in columns)
            yield from map(row.__mod__, zip(*columns, strict=True))
        yield ""


def _cells(values: Shaped[np.ndarray, " n"], name: str, path: str) -> list[str]:
    if len(values) > 1 and values.dtype.kind != "O" and np.all(values == values[0]):
        return _cells(values[:1], name, path) * len(values)
    if values.dtype.kind == "b":
        values = values.astype(int)
    if values.dtype.kind in "iu" or values.dtype == np.float64:
        return list(map(str, values.tolist()))
    if values.dtype.kind == "f":
        return list(map(str, values))  # the shortest digits of single precision
    return [_quoted(str(value), name, path) for value in values.tolist()]


def _quoted(text: str, name: str, path: str) -> str:
    if _PLAIN.fullmatch(text) and not text.lower().startswith(_RESERVED):
        return text
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in text):
        raise InputError(
            f"{path}: column {name} holds {text!r}, and a value in a STAR file is one line of text.",
            hint="Replace line breaks and control characters.",
        )
    if text.startswith("[") and text.isascii() and not any(character.isspace() for character in text):
        return text  # lists of coefficients, which RELION writes and other readers expect without quotes
    quoted = gemmi.cif.quote(text)
    if quoted.startswith(";"):
        raise InputError(
            f"{path}: column {name} holds {text!r}, and no quotes fit a value with both kinds of them.",
            hint="Replace one kind of quotes.",
        )
    return quoted
