"""Downloads that are not finished: `NAME.partial`, and beside it what it is a part of."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from vitreous._core import InputError, atomic_path

from ._names import PARTIAL, SIDECAR
from ._sites import plain

_MOST_OF_A_SIDECAR = 2**16

if sys.platform == "win32":
    import msvcrt

    _HELD = PermissionError

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    _HELD = BlockingIOError

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True)
class Origin:
    """What a partial file is a part of.

    Arguments:
        address: Where it comes from, without a query.
        validator: The strong `ETag`, or else the `Last-Modified` date, of what the server sent (RFC 9110, 13.1.5);
            `""` where it sent neither.
        size: Bytes of the whole, if the server said so.
    """

    address: str
    validator: str = ""
    size: int | None = None

    @classmethod
    def of(cls, address: str, headers: Mapping[str, str], size: int | None) -> "Origin":
        """That of an answer with these headers."""
        tag = headers.get("ETag", "").strip()
        strong = tag if tag.startswith('"') else ""
        return cls(plain(address), (strong or headers.get("Last-Modified", "").strip())[:1000], size)


class Partial:
    """An unfinished download, open for reading and writing, which no other process writes at the same time.

    Arguments:
        target: The file that it is to become.
        stream: The open partial file.
    """

    def __init__(self, target: Path, stream: BinaryIO):
        self.target = target
        self.stream = stream
        self._sidecar = target.with_name(target.name + SIDECAR)

    @property
    def length(self) -> int:
        """The bytes that are there."""
        return self.stream.seek(0, 2)

    def origin(self) -> Origin | None:
        """What it is a part of; `None` where that is not known for sure, and it is of no use."""
        try:
            with self._sidecar.open("rb") as file:
                content = json.loads(file.read(_MOST_OF_A_SIDECAR))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            return None  # damaged: what it said is lost, and one starts over
        if not isinstance(content, dict):
            return None
        address, validator, size = (content.get(name) for name in ("address", "validator", "size"))
        if isinstance(address, str) and isinstance(validator, str) and (size is None or isinstance(size, int)):
            return Origin(address, validator, size)
        return None

    def start(self, origin: Origin) -> None:
        """Throw away what is there, and note what comes instead."""
        self.stream.seek(0)
        self.stream.truncate()
        with atomic_path(self._sidecar) as temporary:
            temporary.write_text(json.dumps(asdict(origin)), encoding="utf-8")

    def append(self, piece: bytes) -> None:
        """Write a piece at the end, unbuffered: what was written is there whatever happens next."""
        self.stream.seek(0, 2)
        view = memoryview(piece)
        while view:
            view = view[self.stream.write(view) :]

    def finish(self) -> None:
        """Put it on disk, and give it its name."""
        os.fsync(self.stream.fileno())
        if sys.platform == "win32":  # where open files cannot be renamed, nor folders opened
            self.stream.close()
            os.replace(self._path, self.target)
        else:
            # Renamed while the lock is held: another process that opens it meanwhile finds it gone.
            os.replace(self._path, self.target)
            self.stream.close()
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        self._sidecar.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove it."""
        self.stream.close()
        self._path.unlink(missing_ok=True)
        self._sidecar.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self.target.with_name(self.target.name + PARTIAL)


@contextmanager
def partial_of(target: Path) -> Iterator[Partial]:
    """The partial file of a target while the block runs; it stays afterwards unless it was finished or discarded.

    Raises:
        InputError: Another process writes it, or it cannot be written.
    """
    path = target.with_name(target.name + PARTIAL)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    made = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}).", hint="Choose another output folder."
        ) from error
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        if not _is_mine(descriptor, path):
            raise InputError(f"{path}: another process is downloading it.", hint="Wait until it is done.")
        partial = Partial(target, stream)
        try:
            yield partial
        finally:
            if not stream.closed and partial.length == 0:
                partial.discard()
            if not target.exists() and not path.exists():
                _remove_empty(made)


def _is_mine(descriptor: int, path: Path) -> bool:
    """Whether the lock is held now, and the file still has its name: the process that held it may have renamed it."""
    try:
        _try_to_lock(descriptor)
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except (_HELD, FileNotFoundError):
        return False


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, the innermost first, as long as they are empty."""
    for folder in folders:
        if any(folder.iterdir()):
            return
        folder.rmdir()
