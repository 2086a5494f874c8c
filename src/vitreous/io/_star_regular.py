"""Long regular loops of STAR files: one row a line, no quotes, no comments."""

import errno
import io
import mmap
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int, Shaped, UInt8

from ._tokens import LONGEST, PADDING, Tokens

_CHUNK = 1 << 19  # most of what is made of it stays in the cache of a core
_HEADER = re.compile(
    rb"[ \t]*loop_[ \t\r]*(?:#[^\n]*)?\n"  # the word alone in its line
    rb"((?:[ \t\r]*_[!-~]++[ \t\r]*(?:#[^\n]*)?\n)+)"  # a name in each line
)
_NAME = re.compile(rb"^[ \t\r]*_([!-~]++)", re.MULTILINE)
# What begins something else than a plain value; words are compared by five letters in lower case.
_SPECIAL = np.zeros(256, bool)
_SPECIAL[list(b"_#$'\";")] = True
_INITIALS = np.zeros(256, bool)
_INITIALS[list(b"dDlLsSgG")] = True
_KEYWORDS = np.array([b"data_", b"loop_", b"save_", b"stop_", b"globa"])


@dataclass(frozen=True)
class RegularLoop:
    """A long loop of plain values.

    Arguments:
        line: Of the word `loop_`, from 1.
        columns: Name to values.
        cut: Where the rows behind the first one begin and end in the file.
        lines: How many line breaks stand there.
    """

    line: int
    columns: dict[str, Tokens]
    cut: tuple[int, int]
    lines: int


def read_padded(path: Path) -> mmap.mmap:
    """A file's bytes, with `PADDING` zeros on either side, and a line break behind the last line.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        stream = file if file.seekable() else io.BytesIO(file.read())  # a pipe
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        # Memory of no file: what others do to the file does not reach it, and it comes in large pages.
        content = mmap.mmap(-1, PADDING + size + PADDING)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            content.madvise(mmap.MADV_HUGEPAGE)
        if stream.readinto(memoryview(content)[PADDING : PADDING + size]) != size:
            raise OSError(errno.EIO, "it became shorter meanwhile")
    content[PADDING + size] = ord("\n")
    return content


def regular_loops(content: mmap.mmap, shortest: int) -> Iterator[RegularLoop]:
    """The loops that are regular for at least so many bytes from their first row on.

    Arguments:
        content: From `read_padded`.
        shortest: Bytes below which the general parser does as well.
    """
    end = len(content) - PADDING + 1
    line, counted, place = 1, PADDING, content.find(b"loop_", PADDING, end)
    while place >= 0:
        begin = max(content.rfind(b"\n", PADDING, place) + 1, PADDING)
        header = _HEADER.match(content, begin, end)
        stop = place + 1
        if header is not None and header.end() + shortest <= end:
            names = [name.decode() for name in _NAME.findall(header[1])]
            body = _Body(content, len(names))
            stop = body.read(header.end(), end, shortest)
            if body and stop - header.end() >= shortest:
                line, counted = line + _line_breaks(content, counted, begin), begin
                first = content.find(b"\n", body.first, end) + 1
                cut = (first - PADDING, stop - PADDING)
                lines = body.lines - _line_breaks(content, header.end(), first)
                yield RegularLoop(line, body.columns(names), cut, lines)
            stop = max(stop, place + 1)
        place = content.find(b"loop_", stop, end)


def without_rows(content: mmap.mmap, loops: Sequence[RegularLoop]) -> bytes:
    """The file with only the first row of these loops, in which each line has the number that it had."""
    pieces, begin = [], 0
    for loop in loops:
        pieces += [content[PADDING + begin : PADDING + loop.cut[0]], b"\n" * loop.lines]
        begin = loop.cut[1]
    return b"".join([*pieces, content[PADDING + begin : len(content) - PADDING + 1]])


def _line_breaks(content: mmap.mmap, begin: int, end: int) -> int:
    parts = (content[first : min(first + _CHUNK, end)] for first in range(begin, end, _CHUNK))
    return sum(part.count(b"\n") for part in parts)


class _Body:
    """Collects the rows of a loop, chunk by chunk."""

    def __init__(self, content: mmap.mmap, columns: int):
        self.lines = 0  # that were taken
        self._bytes = content
        self._content = np.frombuffer(content, np.uint8)
        self._columns = columns
        self._length = 0
        self._starts = np.empty((columns, 0), np.uint32 if len(content) < 2**32 else np.uint64)
        self._lengths = np.empty((columns, 0), np.uint8)

    def __len__(self) -> int:
        return self._length

    @property
    def first(self) -> int:
        """Where the first value begins."""
        return int(self._starts[0, 0])

    def columns(self, names: Sequence[str]) -> dict[str, Tokens]:
        """The columns, by name."""
        starts, lengths = self._starts[:, : self._length], self._lengths[:, : self._length]
        return {name: Tokens(self._content, starts[i], lengths[i]) for i, name in enumerate(names)}

    def read(self, begin: int, end: int, shortest: int) -> int:
        """Take the regular lines from `begin` on; returns where the first other one begins."""
        size = shortest  # most loops are over by then, and cost no more
        while begin < end:
            stop = self._bytes.find(b"\n", min(begin + size, end) - 1, end) + 1
            # The line break before them stands in front, so that the first value has a blank before it.
            starts, lengths, lines, taken = _words(self._content[begin - 1 : stop], self._columns)
            self._append(starts + (begin - 1), lengths)
            self.lines += lines
            begin += taken
            if begin < stop:
                return begin
            if size == shortest:
                self._reserve(self._length + _line_breaks(self._bytes, begin, end))
            size = _CHUNK
        return end

    def _append(self, starts: Int[np.ndarray, " n"], lengths: Int[np.ndarray, " n"]) -> None:
        begin, end = self._length, self._length + len(starts) // self._columns
        if end > self._starts.shape[1]:
            self._reserve(end)
        self._starts[:, begin:end] = starts.reshape(-1, self._columns).T
        self._lengths[:, begin:end] = lengths.reshape(-1, self._columns).T
        self._length = end

    def _reserve(self, rows: int) -> None:
        """Make room for so many rows in all; what is not filled takes no memory."""

        def larger(values: Shaped[np.ndarray, "columns n"]) -> Shaped[np.ndarray, "columns rows"]:
            room = np.empty((self._columns, rows), values.dtype)
            room[:, : self._length] = values[:, : self._length]
            return room

        self._starts, self._lengths = larger(self._starts), larger(self._lengths)


def _words(
    chunk: UInt8[np.ndarray, " bytes"], columns: int
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], int, int]:
    """The words in the regular ones of some lines, before which and behind which a line breaks.

    Returns:
        starts: Where each word begins.
        lengths: Bytes of each.
        lines: How many lines these are.
        taken: Bytes of those lines.
    """
    blank = chunk <= ord(" ")
    edges = np.flatnonzero(blank[1:] != blank[:-1])
    starts = edges[::2] + 1
    lengths = edges[1::2] + 1 - starts
    breaks = np.flatnonzero(chunk == ord("\n"))
    until = np.searchsorted(starts, breaks)  # words before the end of each line
    words = np.diff(until)
    sound = (words == columns) | (words == 0)
    sound[np.searchsorted(breaks, _not_text(chunk, len(breaks))) - 1] = False
    for wrong in (_special(chunk, starts), np.flatnonzero(lengths > LONGEST)):
        sound[np.searchsorted(until, wrong, side="right") - 1] = False
    lines = len(sound) if sound.all() else int(np.argmin(sound))
    return starts[: until[lines]], lengths[: until[lines]], lines, int(breaks[lines])


def _not_text(chunk: UInt8[np.ndarray, " bytes"], breaks: int) -> Int[np.ndarray, " found"]:
    """Where bytes are no printable ASCII, nor blanks; so many are line breaks."""
    blanks = breaks + np.count_nonzero(chunk == ord("\t")) + np.count_nonzero(chunk == ord("\r"))
    if chunk.max() < 127 and np.count_nonzero(chunk < ord(" ")) == blanks:
        return np.empty(0, np.intp)
    return np.flatnonzero((chunk < ord(" ")) & ~np.isin(chunk, list(b"\t\n\r")) | (chunk >= 127))


def _special(chunk: UInt8[np.ndarray, " bytes"], starts: Int[np.ndarray, " n"]) -> Int[np.ndarray, " found"]:
    """Which words are names, quoted, comments or words of the format."""
    initials = chunk[starts]
    # Most begin like numbers: +,-./ and digits stand together in ASCII.
    others = np.flatnonzero((initials < ord("+")) | (initials > ord("9")))
    initials = initials[others]
    special = others[_SPECIAL[initials]]
    perhaps = others[_INITIALS[initials]]
    if len(perhaps):
        letters = np.take(chunk, starts[perhaps, None] + np.arange(5), mode="clip")
        words = np.char.lower(np.ascontiguousarray(letters).view("S5")[:, 0])
        special = np.concatenate([special, perhaps[np.isin(words, _KEYWORDS)]])
    return special
