"""HDF5 files, opened so that nothing outside of them is touched and nothing larger than them is read."""

import math
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from vitreous._core import InputError

from ._damage import reading

# Deflate, the strongest of HDF5's own compressions, makes data at most 1032 times smaller (RFC 1951: 258 bytes from
# 2 bits).
_COMPRESSION_AT_MOST = 1032


_MARK = b"\x89HDF\r\n\x1a\n"
_VERSION_0 = bytes((0, 0, 0, 0, 0, 8, 8, 0))  # of the superblock and its parts, with addresses and sizes of 8 bytes
_SUPERBLOCK_BYTES = 96


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """An `h5py.File` to read, closed at the end of the block; what goes wrong within is told as bad input."""
    file = hdf5_file(path)
    try:
        with reading(path, "an HDF5 file"):
            yield file
    finally:
        file.close()


def hdf5_file(path: Path) -> Any:
    """An `h5py.File` to read, which the caller closes."""
    import h5py

    with reading(path, "an HDF5 file"):
        with path.open("rb") as stream:  # absent files and folders in the system's words
            _check_superblock(stream, path)
        # Shared file systems often cannot lock. The flag has to be that of whoever else opens the file in this process,
        # and this one is h5py's own.
        return h5py.File(path, "r", locking="best-effort")


def _check_superblock(stream: BinaryIO, path: Path) -> None:
    """Raise where the first bytes, of version 0 as most files have them, promise more than the file holds.

    HDF5's library takes as much memory as the header of the root group says, up to 4 GiB, before it looks further
    (HDF5 File Format Specification 3.0, sections II.A and IV.A.1.a).
    """
    start, size = stream.read(_SUPERBLOCK_BYTES), path.stat().st_size
    if not start.startswith(_MARK) or len(start) < _SUPERBLOCK_BYTES or start[8:16] != _VERSION_0:
        return
    end, root = (int.from_bytes(start[at : at + 8], "little") for at in (40, 64))
    stream.seek(min(root, size) + 8)
    header = int.from_bytes(stream.read(4), "little")
    if not root < end <= size or header > size:
        raise InputError(
            f"{path}: its first bytes promise {max(end, root, header)} bytes, and it has {size}.",
            hint="It is damaged or unfinished: copy or write it again.",
        )


def child(group: Any, name: str, path: Path) -> Any:
    """What a group holds under a name (with `/`, in groups within), or `None`.

    Raises:
        InputError: A link leads elsewhere. Only the file's own members are read.
    """
    import h5py

    held: Any = group
    for part in name.split("/"):
        link = held.get(part, getlink=True) if isinstance(held, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise InputError(
                f"{path}: its {posixpath.join(group.name, name)} is a link to another place "
                f"({type(link).__name__}), and such links are not followed.",
                hint="Write the file with its data inside, for example with `h5repack` or `h5copy`.",
            )
        held = held[part]
    return held


def check_dataset(dataset: Any, path: Path) -> None:
    """Raise where the values of a dataset are not numbers or text in the file, or more than it can hold."""
    where = f"{path}: its {dataset.name}"
    if dataset.is_virtual or dataset.external:
        raise InputError(
            f"{where} lies in other files, which are not opened.", hint="Write the file with its data inside."
        )
    # Text of varying length lies in HDF5's global heap, which has no checksum: a damaged one makes HDF5's library hang.
    if dataset.dtype.kind not in "biufS":
        raise InputError(
            f"{where} holds {dataset.dtype} values, and only numbers and text of one length are read.",
            hint="Write it as numbers, or as text of one length (in NumPy, astype('S')).",
        )
    declared, size = math.prod(dataset.shape) * dataset.dtype.itemsize, path.stat().st_size
    if declared > _COMPRESSION_AT_MOST * size:
        raise InputError(
            f"{where} claims {declared} bytes of values, more than a file of {size} bytes can hold.",
            hint="It is damaged or unfinished: copy or write it again.",
        )


def attribute(holder: Any, name: str) -> Any:
    """An attribute as a number or text of fixed length, `None` where there is none or it is neither."""
    import h5py
    import numpy as np

    if name not in holder.attrs:
        return None
    held = h5py.h5a.open(holder.id, name.encode())
    if held.dtype.kind not in "biufS":
        return None  # see `check_dataset`
    value = np.asarray(holder.attrs[name])
    if value.size != 1:
        return None
    plain = value.reshape(()).item()
    if isinstance(plain, bytes):
        return plain.decode("utf-8", "replace")
    return plain if isinstance(plain, (str, int, float)) else None


def positive_number(value: Any) -> float | None:
    """A number as it is where it is positive and finite, else `None`."""
    return float(value) if isinstance(value, (int, float)) and 0 < value < math.inf else None
