"""The compressed `.cs` files of cryosparc-tools: columns one after the other, and their text at the end."""

import json
import math
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from vitreous._core import InputError, require_memory

# A byte of an LZ4 block makes at most 255 bytes of data (LZ4 block format, 2022); a block has a few more of its own.
_MOST_EXPANSION, _BLOCK_OVERHEAD = 255, 64
_LONGEST_HEADER = 1 << 20


class _Column(NamedTuple):
    name: str
    dtype: np.dtype  # of what is stored: for text, where it is in the heap
    shape: tuple[int, ...]
    is_text: bool
    is_compressed: bool


def read_compressed(stream: BinaryIO, path: Path) -> np.ndarray:
    """The rows of a compressed `.cs` file, behind its first six bytes.

    Its layout, in numbers with the low byte first: the length of a header (4 bytes) and the header, JSON with
    `length`, `dtype` (name, NumPy's code of a type, shape), `compression` and `compressed_fields`; then for each
    column the length (4 bytes) and the bytes of its values, as they are or as one LZ4 block; then a heap of text, each
    piece ended by a zero. A column of text, type `|O`, holds 8-byte positions in the heap. Without rows there are no
    columns either (read from the source of cryosparc-tools 5.0).

    Raises:
        InputError: What the header promises does not follow.
    """
    end = path.stat().st_size
    header = _header(stream, path)
    length, columns = _length(header, path), _columns(header, path)
    stored = {column.name: _values(stream, column, length, path, end=end) for column in columns} if length else {}
    heap = stream.read()
    arrays = {
        column.name: (_text(stored[column.name], heap, column.name, path) if column.is_text else stored[column.name])
        if length
        else np.empty((0, *column.shape), "S1" if column.is_text else column.dtype)
        for column in columns
    }
    fields = [(name, values.dtype, values.shape[1:]) for name, values in arrays.items()]
    # One long piece of text makes a column of a fixed length long in every row.
    require_memory(length * np.dtype(fields).itemsize, what=f"{path}: its table", hint="Read it on a larger machine.")
    rows = np.empty(length, fields)
    for name, values in arrays.items():
        rows[name] = values
    return rows


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path}: is truncated or damaged: {why}.", hint="Copy it from the job's folder again.")


def _number(stream: BinaryIO, path: Path) -> int:
    piece = stream.read(4)
    if len(piece) < 4:
        raise _damaged(path, "it ends where the size of a column should be")
    return int.from_bytes(piece, "little")


def _header(stream: BinaryIO, path: Path) -> dict[str, Any]:
    size = _number(stream, path)
    if size > _LONGEST_HEADER:
        raise _damaged(path, f"its header is said to have {size} bytes")
    try:
        header = json.loads(stream.read(size))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"its header is no JSON ({error})") from error
    if not isinstance(header, dict) or header.get("compression") not in (None, "lz4"):
        raise _damaged(path, "its header does not describe columns as they are or as LZ4 blocks")
    return header


def _length(header: dict[str, Any], path: Path) -> int:
    length = header.get("length")
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length < 2**40:
        raise _damaged(path, f"its number of rows is {length!r}")
    return length


def _columns(header: dict[str, Any], path: Path) -> list[_Column]:
    fields, compressed = header.get("dtype"), header.get("compressed_fields", [])
    if not isinstance(fields, list) or not isinstance(compressed, list) or not fields:
        raise _damaged(path, "its header lists no columns")
    columns = [_column(field, compressed, path) for field in fields]
    if len({column.name for column in columns}) < len(columns):
        raise _damaged(path, "a column is there twice")
    return columns


def _column(field: Any, compressed: list[Any], path: Path) -> _Column:
    name, code, shape = [*field, []][:3] if isinstance(field, list) and len(field) in (2, 3) else (None, None, None)
    is_shape = isinstance(shape, list) and all(isinstance(n, int) and 0 < n < 2**16 for n in shape)
    if not isinstance(name, str) or not name or not isinstance(code, str) or not is_shape or len(shape or ()) > 3:
        raise _damaged(path, f"it has a column described as {json.dumps(field)[:100]}")
    is_text = code == "|O"
    try:
        dtype = np.dtype("<u8" if is_text else code)
    except (TypeError, ValueError, SyntaxError) as error:
        raise _damaged(path, f"column {name} is of the unknown type {code[:40]!r}") from error
    if dtype.kind not in "fiubc" or dtype.names is not None or dtype.shape or (is_text and shape):
        raise _damaged(path, f"column {name} is of the type {code[:40]!r}, which such files do not hold")
    return _Column(name, dtype, tuple(shape or ()), is_text, name in compressed)


def _values(stream: BinaryIO, column: _Column, length: int, path: Path, *, end: int) -> np.ndarray:
    """A column's values; nothing is reserved that the bytes in the file cannot fill."""
    size = _number(stream, path)
    wanted = length * math.prod(column.shape) * column.dtype.itemsize
    if size > end - stream.tell():
        raise _damaged(path, f"column {column.name} is said to have {size} bytes, and {end - stream.tell()} follow")
    most = _MOST_EXPANSION * size + _BLOCK_OVERHEAD if column.is_compressed else size
    if wanted > most or (wanted != size and not column.is_compressed):
        raise _damaged(path, f"{size} bytes of column {column.name} do not hold {length} rows")
    piece = stream.read(size)
    if column.is_compressed:
        piece = _decompressed(piece, wanted, column.name, path)
    return np.frombuffer(piece, column.dtype).reshape(length, *column.shape)


def _decompressed(piece: bytes, size: int, name: str, path: Path) -> bytes:
    import imagecodecs

    try:
        data = imagecodecs.lz4_decode(piece, out=size)
    except RuntimeError as error:
        raise _damaged(path, f"column {name} is no LZ4 block ({error})") from error
    if len(data) != size:
        raise _damaged(path, f"column {name} has {len(data)} bytes instead of {size}")
    return bytes(data)


def _text(positions: np.ndarray, heap: bytes, name: str, path: Path) -> np.ndarray:
    places, which = np.unique(positions, return_inverse=True)
    if len(places) and int(places[-1]) >= max(len(heap), 1):
        raise _damaged(path, f"column {name} points to byte {places[-1]} of {len(heap)} bytes of text")
    pieces = []
    for place in places.tolist():
        stop = heap.find(b"\0", place)
        pieces.append(heap[place : len(heap) if stop < 0 else stop])
    width = max(map(len, pieces), default=1) or 1
    require_memory(len(which) * width, what=f"{path}: column {name}", hint="Read it on a larger machine.")
    return np.array(pieces, f"S{width}")[which.reshape(-1)]
