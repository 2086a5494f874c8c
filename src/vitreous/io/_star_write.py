"""STAR files from tables, some thousand rows at a time."""

import re
from collections.abc import Iterator, Mapping

import gemmi
import numpy as np
from jaxtyping import Shaped, UInt8

from vitreous._core import InputError

from ._format_numbers import format_floats
from ._table import Table, kept_columns
from ._tokens import ROWS, Tokens, side_by_side, text_cells

_RESERVED = ("data_", "loop_", "global_", "save_", "stop_")
_PLAIN = re.compile(r"[A-Za-z0-9+\-/][A-Za-z0-9+\-/._@:]*")


def star_bytes(blocks: Mapping[str, Table], path: str) -> Iterator[bytes | memoryview]:
    """The bytes of a STAR file, piece by piece.

    Arguments:
        blocks: Block name to table.
        path: The file, for error messages.

    Raises:
        InputError: Names or values that STAR cannot hold.
    """
    for block, table in blocks.items():
        for name in (block, *table.names):
            if any(character.isspace() or not character.isprintable() for character in name) or not name.isascii():
                raise InputError(f"{path}: {name!r} cannot be a name in a STAR file.", hint="Use letters and digits.")
        if "" in table:
            raise InputError(f"{path}: a column of a STAR file needs a name.", hint="Name it, such as rlnAngleRot.")
        yield f"\n# version 50001\n\ndata_{block}\n\n".encode()
        if not table.is_loop:
            for name, cells in zip(table.names, _columns(table, slice(None), path), strict=True):
                yield f"_{name} {cells.tobytes().decode().strip()}\n".encode()
        elif table.names:
            names = (f"_{name} #{number}\n" for number, name in enumerate(table.names, start=1))
            yield "".join(["loop_\n", *names]).encode()
            for first in range(0, len(table), ROWS):
                yield side_by_side([*_columns(table, slice(first, first + ROWS), path)])
        yield b"\n"


def _columns(table: Table, rows: slice, path: str) -> Iterator[UInt8[np.ndarray, "rows width"]]:
    for name, values in kept_columns(table).items():
        yield _narrowed(_cells(values[rows], name, path))


def _narrowed(cells: UInt8[np.ndarray, "n width"]) -> UInt8[np.ndarray, "n narrower"]:
    """Without the columns of characters on either side that are blank in all rows."""
    used = np.flatnonzero((cells != ord(" ")).any(axis=0))
    return cells[:, used[0] : used[-1] + 1] if len(used) else cells[:, :1]


def _cells(values: Tokens | Shaped[np.ndarray, " n"], name: str, path: str) -> UInt8[np.ndarray, "n width"]:
    """The values as they stand in a file, padded with blanks on either side."""
    if isinstance(values, Tokens):
        return values.right()
    if values.dtype in (np.float64, np.float32):
        return format_floats(values)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype.kind in "iu":
        return text_cells(values.astype("S"))
    words = values.astype(str) if values.dtype.kind == "S" else values
    quoted = [_quoted(str(value), name, path).encode() for value in words.tolist()]
    return text_cells(np.array(quoted, "S"))


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
