"""Whether a file is what an archive says it is."""

import hashlib
import zlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from vitreous._core import InputError

_PIECE = 2**20
_MOST_UNPACKED, _MOST_RATIO = 2**34, 100
"""A file that unpacks to more than 16 GiB and to a hundred times its size is no map: maps compress to a half or so."""


class IntegrityCheck(StrEnum):
    """The strongest check that a file has passed."""

    SHA256 = "sha256"
    MD5 = "md5"
    GZIP = "gzip checksum"
    LENGTH = "length"
    NONE = "none: the archive says neither length nor hash"


def hash_of(stream: BinaryIO, algorithm: str) -> str:
    """The hash of all that a stream holds, in hexadecimal digits."""
    stream.seek(0)
    state = hashlib.new(algorithm, usedforsecurity=False)
    while piece := stream.read(_PIECE):
        state.update(piece)
    return state.hexdigest()


def what_is_wrong(stream: BinaryIO, *, name: str, size: int | None, hashes: Mapping[str, str]) -> str | None:
    """Why a stream does not hold the file that the archive describes, or `None` where it does.

    Arguments:
        stream: The file, open for reading.
        name: The file's name; the checksums of those in `.gz` are computed.
        size: Its exact length in bytes, if it is known.
        hashes: What is known of its content.
    """
    there = stream.seek(0, 2)
    if size is not None and there != size:
        return f"it has {there} bytes, and the archive's file {size}"
    for algorithm in ("sha256", "md5"):
        if algorithm in hashes:
            found = hash_of(stream, algorithm)
            if found != hashes[algorithm]:
                return f"its {algorithm} is {found}, and the archive's {hashes[algorithm]}"
            return None
    return _damage_of_gzip(stream) if name.endswith(".gz") else None


def check_passed(*, name: str, size: int | None, hashes: Mapping[str, str]) -> IntegrityCheck:
    """Which check it is that `what_is_wrong` makes."""
    for check in (IntegrityCheck.SHA256, IntegrityCheck.MD5):
        if check.value in hashes:
            return check
    if name.endswith(".gz"):
        return IntegrityCheck.GZIP
    return IntegrityCheck.NONE if size is None else IntegrityCheck.LENGTH


def _damage_of_gzip(stream: BinaryIO) -> str | None:
    """Whether every member's CRC-32 and length (RFC 1952) are right; nothing that is unpacked is kept."""
    most = max(_MOST_UNPACKED, _MOST_RATIO * stream.seek(0, 2))
    stream.seek(0)
    unpacker, unpacked, rest = zlib.decompressobj(wbits=31), 0, b""
    try:
        while True:
            packed = rest or stream.read(_PIECE)
            came = len(unpacker.decompress(packed, _PIECE))
            unpacked, rest = unpacked + came, unpacker.unconsumed_tail
            if unpacker.eof:
                rest = unpacker.unused_data or stream.read(_PIECE)
                if not rest.strip(b"\0"):  # padding after the last member
                    return None
                unpacker = zlib.decompressobj(wbits=31)
            elif not packed and not came:
                return "it ends in the middle of its gzip data"
            if unpacked > most:
                return f"it unpacks to more than {most // 2**30} GiB, as files do that are made to fill disks"
    except zlib.error as error:
        return f"it is no sound gzip file ({error})"


def open_to_check(path: Path) -> BinaryIO:
    """An existing file, to be read.

    Raises:
        InputError: It is no file that can be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Choose another output folder.") from error
