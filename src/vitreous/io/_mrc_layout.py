"""Where the values of an MRC file lie, and how its bytes become values."""

import bz2
import gzip
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError

_PIECE = 2**24


@dataclass(frozen=True)
class Layout:
    """Where the values lie in the file.

    Arguments:
        offset: The first byte.
        dtype: The type of a value, in the byte order of the file.
        stored_shape: The axes as stored.
        axes: Their transposition to (z, y, x).
        is_compressed: The file is compressed as a whole.
        is_packed: Two values of 4 bits lie in a byte, the first in its lower half, and each row begins with a byte
            (mode 101, as IMOD's `mrcsec.c` reads it).
    """

    offset: int
    dtype: np.dtype
    stored_shape: tuple[int, int, int]
    axes: tuple[int, int, int]
    is_compressed: bool
    is_packed: bool

    @property
    def byte_shape(self) -> tuple[int, int, int]:
        """The axes as stored, in items of `dtype`: bytes along rows where values are packed."""
        sections, rows, columns = self.stored_shape
        return sections, rows, (columns + 1) // 2 if self.is_packed else columns

    @property
    def byte_count(self) -> int:
        """How many bytes the values take."""
        return math.prod(self.byte_shape) * self.dtype.itemsize

    @property
    def can_map(self) -> bool:
        """Whether the bytes in the file are the values."""
        return not (self.is_compressed or self.is_packed)

    def unpacked(self, stored: Shaped[np.ndarray, "*axes"]) -> Shaped[np.ndarray, "*axes2"]:
        """The values that items as stored stand for."""
        if not self.is_packed:
            return stored
        values = np.empty((*stored.shape[:-1], 2 * stored.shape[-1]), np.uint8)
        values[..., 0::2] = stored & 15
        values[..., 1::2] = stored >> 4
        return values[..., : self.stored_shape[2]]


def open_stream(path: Path) -> tuple[io.BufferedIOBase, bool]:
    """The bytes of a file, decompressed where it is compressed, and whether it was."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    start = stream.read(212)
    stream.seek(0)
    if start[208:211] != b"MAP" and start[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=stream), True
    if start[208:211] != b"MAP" and start[:3] == b"BZh":
        return bz2.BZ2File(stream), True
    return stream, False


def read_bytes(path: Path, offset: int, count: int) -> bytearray:
    """Bytes of a file, decompressed where it is compressed; memory is taken as they come, not as a header promises.

    Raises:
        InputError: The file ends before, or cannot be decompressed.
    """
    content = bytearray()
    stream, _ = open_stream(path)
    try:
        with stream:
            stream.seek(offset)
            while len(content) < count and (piece := stream.read(min(_PIECE, count - len(content)))):
                content += piece
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be decompressed ({error}).", hint="Download or copy it again.") from error
    if len(content) < count:
        raise InputError(
            f"{path}: is truncated: the header promises {count} bytes from byte {offset}, the file has {len(content)}.",
            hint="Download or copy it again.",
        )
    return content
