"""Long regular loops of STAR files: one row a line, no quotes, no comments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int, Shaped, UInt8

from ._parse_numbers import NotANumber, parse_fixed_point, parse_numbers
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


def read_padded(path: Path) -> bytearray:
    """A file's bytes, with `PADDING` zeros on either side, and a line break behind the last line."""
    with path.open("rb") as stream:
        stream.seek(0, 2)
        size = stream.tell()
        content = bytearray(PADDING + size + PADDING)
        stream.seek(0)
        read = stream.readinto(memoryview(content)[PADDING : PADDING + size])
    del content[PADDING + read + PADDING :]
    content[PADDING + read] = ord("\n")
    return content


def regular_loops(content: bytearray, shortest: int) -> Iterator[RegularLoop]:
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
            rows = _Rows(content, len(names))
            stop = rows.read(header.end(), end, shortest)
            if rows and stop - header.end() >= shortest:
                line, counted = line + content.count(b"\n", counted, begin), begin
                first = content.find(b"\n", rows.first, end) + 1
                cut = (first - PADDING, stop - PADDING)
                lines = rows.lines - content.count(b"\n", header.end(), first)
                yield RegularLoop(line, rows.columns(names), cut, lines)
            stop = max(stop, place + 1)
        place = content.find(b"loop_", stop, end)


def without_rows(content: bytearray, loops: Sequence[RegularLoop]) -> bytes:
    """The file with only the first row of these loops, in which each line has the number that it had."""
    pieces, begin = [], 0
    for loop in loops:
        pieces += [content[PADDING + begin : PADDING + loop.cut[0]], b"\n" * loop.lines]
        begin = loop.cut[1]
    return b"".join([*pieces, content[PADDING + begin : len(content) - PADDING + 1]])


class _Rows:
    """Collects the values of a loop, chunk by chunk."""

    def __init__(self, content: bytearray, count: int):
        self.lines = 0
        self._bytes = content
        self._content = np.frombuffer(content, np.uint8)
        self._numeric = [*range(count)]  # the columns that were numbers so far
        self._offset = np.uint32 if len(content) < 2**32 else np.uint64
        self._count = count
        self._starts: list[Shaped[np.ndarray, "columns rows"]] = []
        self._lengths: list[UInt8[np.ndarray, "columns rows"]] = []
        self._numbers: list[dict[int, Float64[np.ndarray, " rows"]]] = []

    def __len__(self) -> int:
        return sum(starts.shape[1] for starts in self._starts)

    @property
    def first(self) -> int:
        """Where the first value begins."""
        return int(self._starts[0][0, 0])

    def columns(self, names: Sequence[str]) -> dict[str, Tokens]:
        """The columns, by name."""
        starts, lengths = np.concatenate(self._starts, axis=1), np.concatenate(self._lengths, axis=1)
        numbers = {i: np.concatenate([part[i] for part in self._numbers]) for i in self._numeric}
        return {name: Tokens(self._content, starts[i], lengths[i], numbers.get(i)) for i, name in enumerate(names)}

    def read(self, begin: int, end: int, shortest: int) -> int:
        """Take the regular lines from `begin` on; returns where the first other one begins."""
        size = shortest  # most loops are over by then, and cost no more
        while begin < end:
            stop = self._bytes.find(b"\n", min(begin + size, end) - 1, end) + 1
            begin = self._chunk(begin, stop)
            if begin < stop:
                return begin
            size = _CHUNK
        return end

    def _chunk(self, begin: int, stop: int) -> int:
        """Take the regular ones of some whole lines; returns where the first other one begins."""
        # The line break before them stands in front, so that the first value has a blank before it.
        chunk = self._content[begin - 1 : stop]
        blank = chunk <= ord(" ")
        edges = np.flatnonzero(blank[1:] != blank[:-1])
        starts = edges[::2] + 1
        lengths = edges[1::2] + 1 - starts
        breaks = np.flatnonzero(chunk == ord("\n"))
        until = np.searchsorted(starts, breaks)  # values before the end of each line
        values = np.diff(until)
        sound = (values == self._count) | (values == 0)
        sound[np.searchsorted(breaks, _not_text(chunk, len(breaks))) - 1] = False
        for words in (_special(chunk, starts), np.flatnonzero(lengths > LONGEST)):
            sound[np.searchsorted(until, words, side="right") - 1] = False
        lines = len(sound) if sound.all() else int(np.argmin(sound))
        if taken := until[lines]:
            places = (begin - 1 + starts[:taken], lengths[:taken])
            self._take(*(np.ascontiguousarray(values.reshape(-1, self._count).T) for values in places))
        self.lines += lines
        return begin + int(breaks[lines])

    def _take(self, starts: Int[np.ndarray, "columns rows"], lengths: Int[np.ndarray, "columns rows"]) -> None:
        self._starts.append(starts.astype(self._offset))
        self._lengths.append(lengths.astype(np.uint8))
        numbers, done = parse_fixed_point(self._content, starts[self._numeric], lengths[self._numeric])
        self._numbers.append({})
        for column, values, read in zip(self._numeric, numbers, done, strict=True):
            if not read.all():
                rest = Tokens(self._content, self._starts[-1][column], self._lengths[-1][column])[~read]
                try:
                    values[~read] = parse_numbers(rest.bytes())
                except NotANumber:
                    continue
            self._numbers[-1][column] = values
        self._numeric = [*self._numbers[-1]]


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
