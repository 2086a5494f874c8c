"""What every format of images offers to `open_images`, and how few of its files stay open."""

import math
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int

from vitreous._core import InputError

# A process may hold 1024 files open on most systems, 256 on some; the rest is left to others.
_OPEN_AT_MOST = 64
_BYTES_AT_MOST = 2**30


class AbstractImageSource(ABC):
    """An open file of images of one shape.

    The shape, the pixel size and the place of each image were checked against the size of the file when it was opened.
    """

    path: Path
    shape: tuple[int, int, int]
    pixel_size: float | None

    @property
    def held_bytes(self) -> int:
        """Memory that the source holds until it is closed, such as what it had to decompress."""
        return 0

    @abstractmethod
    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        """Fill each of `images`, which are contiguous, with that of its index; the indices do not decrease."""

    @abstractmethod
    def reopened(self) -> "AbstractImageSource":
        """The file opened anew, as after `close`, and checked anew if it has changed."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the system holds open."""


class _Entry:
    def __init__(self, source: AbstractImageSource):
        self.source = source
        self.lock = threading.Lock()  # a file has one position, which two readers would move
        self.users = 0


class OpenFiles:
    """The sources used last, of which those unused for longest are closed when there are too many.

    Arguments:
        files_at_most: How many stay open; more are open only while more threads than that read.
        bytes_at_most: How much memory they may hold, the one in use aside.
    """

    def __init__(self, *, files_at_most: int = _OPEN_AT_MOST, bytes_at_most: int = _BYTES_AT_MOST):
        self.files_at_most = files_at_most
        self.bytes_at_most = bytes_at_most
        self._entries: OrderedDict[object, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def borrow(self, key: object, make: Callable[[], AbstractImageSource]) -> Iterator[AbstractImageSource]:
        """The source of a key, opened unless it still is, for this thread alone."""
        entry = self._entry(key, make)
        try:
            with entry.lock:
                yield entry.source
        finally:
            with self._lock:
                entry.users -= 1

    def close(self, key: object) -> None:
        """Close the source of a key if it is open, once nobody reads from it."""
        with self._lock:
            entry = self._entries.pop(key, None)
        if entry is not None:
            with entry.lock:
                entry.source.close()

    def close_all(self) -> None:
        """Close all sources, once nobody reads from them."""
        for key in list(self._entries):
            self.close(key)

    def _entry(self, key: object, make: Callable[[], AbstractImageSource]) -> _Entry:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                entry.users += 1
                return entry
        made = _Entry(make())  # outside of the lock, since one source may be made of others
        with self._lock:
            entry = self._entries.setdefault(key, made)
            entry.users += 1
            closing = self._surplus()
        for other in closing if entry is made else [*closing, made]:  # another thread was quicker
            other.source.close()
        return entry

    def _surplus(self) -> list[_Entry]:
        files, held = len(self._entries), sum(entry.source.held_bytes for entry in self._entries.values())
        closing = []
        for key, entry in list(self._entries.items()):
            if files <= self.files_at_most and held <= self.bytes_at_most:
                break
            if not entry.users:
                closing.append(self._entries.pop(key))
                files, held = files - 1, held - entry.source.held_bytes
        return closing


def check_indices(indices: Int[np.ndarray, " m"], count: int, path: str | Path) -> None:
    """Raise where an index, counted from 0, lies outside of a file of `count` images."""
    if len(indices) and (indices.min() < 0 or indices.max() >= count):
        wrong = int(indices.max() if indices.max() >= count else indices.min())
        raise InputError(
            f"{path}: holds {count} images, so there is no image {wrong + 1} (counted from 1).",
            hint="The STAR file and the stack do not belong together, or the stack is incomplete.",
        )


def check_finite(
    images: Sequence[Float32[np.ndarray, "y x"]] | Float32[np.ndarray, "n y x"],
    path: str | Path,
    *,
    names: Int[np.ndarray, " n"] | None = None,
) -> None:
    """Raise where a value is NaN or infinite; `names` are the sections' numbers, counted from 1."""
    for place, section in enumerate(images):
        # A sum is finite only if all of its terms are, and takes a quarter of the time of a mask.
        with np.errstate(invalid="ignore", over="ignore"):
            total = np.add.reduce(section, axis=None)
        if not math.isfinite(total) and not np.isfinite(section).all():
            number = place + 1 if names is None else int(names[place])
            raise InputError(
                f"{path}: {np.count_nonzero(~np.isfinite(section))} values of section {number} (counted from 1) are "
                "NaN or infinite, and any transform would spread them everywhere.",
                hint="Repair the file with the program that wrote it, or leave this image out.",
            )
