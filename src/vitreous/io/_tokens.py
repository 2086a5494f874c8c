"""Text of a table, kept as places in the bytes of its file."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int, Shaped, UInt8, UInt32, UInt64

# Bytes before the first and behind the last that belong to no token, so that a window on any token stays inside.
PADDING = 256
LONGEST = PADDING - 1
# Rows at a time: what passes through them stays in the processor's cache.
ROWS = 1 << 14


@dataclass(eq=False)
class Tokens:
    """A column of words in ASCII without blanks; what is asked for is cut from the bytes, and nothing else.

    A million values take five bytes each beside the file itself, which all columns of a file share.

    Arguments:
        content: The bytes, with `PADDING` more on either side.
        starts: Where each word begins.
        lengths: Bytes of each, at most `LONGEST`.
        numbers: What they are as numbers, once that was asked for and all of them are.

    Examples:
        >>> words = Tokens.from_bytes(np.array([b"10.5", b"-2"]))
        >>> words.text().tolist(), words[::-1].text().tolist(), len(words)
        (['10.5', '-2'], ['-2', '10.5'], 2)
    """

    content: UInt8[np.ndarray, " bytes"]
    starts: UInt32[np.ndarray, " n"] | UInt64[np.ndarray, " n"]
    lengths: UInt8[np.ndarray, " n"]
    numbers: Float64[np.ndarray, " n"] | None = None

    @classmethod
    def from_bytes(cls, words: Shaped[np.ndarray, " n"]) -> "Tokens":
        """The column of some words, as an array of NumPy's bytes."""
        width = words.dtype.itemsize
        content = np.pad(np.ascontiguousarray(words).view(np.uint8), PADDING)
        starts = PADDING + width * np.arange(len(words), dtype=np.uint64)
        return cls(content, starts, np.char.str_len(words).astype(np.uint8))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice) -> "Tokens":
        """Some rows, which share the bytes."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Tokens(self.content, self.starts[rows], self.lengths[rows], numbers)

    @property
    def shape(self) -> tuple[int]:
        """As NumPy's."""
        return (len(self),)

    @property
    def width(self) -> int:
        """Bytes of the longest word, at least one."""
        return max(1, int(self.lengths.max(initial=0)))

    def compact(self) -> "Tokens":
        """The same words, without the bytes that other words stand in."""
        return dataclasses.replace(Tokens.from_bytes(self.bytes()), numbers=self.numbers)

    def bytes(self) -> Shaped[np.ndarray, " n"]:
        """An array of NumPy's bytes."""
        return self.left().view(f"S{self.width}")[:, 0]

    def text(self) -> Shaped[np.ndarray, " n"]:
        """An array of text."""
        width, text = self.width, np.empty(len(self), f"U{self.width}")
        codes = text.view(np.uint32).reshape(-1, width)
        for first in range(0, len(self), ROWS):
            codes[first : first + ROWS, :] = self[first : first + ROWS].left(width)
        return text

    def left(self, width: int | None = None) -> UInt8[np.ndarray, "n width"]:
        """The bytes of each word from the left, filled up with zeros."""
        width = width or self.width
        cells = self._windows(self.starts, width)
        cells *= np.arange(width, dtype=np.uint8) < self.lengths[:, None]
        return cells

    def right(self) -> UInt8[np.ndarray, "n width"]:
        """The bytes of each word from the right, filled up with blanks in front."""
        width = self.width
        cells = self._windows(self.starts + self.lengths - np.uint64(width), width)
        np.copyto(cells, ord(" "), where=np.arange(width, 0, -1, dtype=np.uint8) > self.lengths[:, None])
        return cells

    def _windows(self, starts: Shaped[np.ndarray, " n"], width: int) -> UInt8[np.ndarray, "n width"]:
        # Every place of the content as the beginning of a window: taking some copies whole words at once.
        everywhere = np.ndarray((len(self.content) - width + 1,), f"V{width}", self.content, strides=(1,))
        return everywhere[starts.astype(np.intp)].view(np.uint8).reshape(-1, width)


def text_cells(texts: np.ndarray, width: int | None = None) -> UInt8[np.ndarray, "n width"]:
    """An array of NumPy's bytes as characters, padded with blanks behind."""
    cells = np.ascontiguousarray(texts).astype(f"S{width or max(1, texts.dtype.itemsize)}").view(np.uint8)
    cells = cells.reshape(len(texts), -1)
    return np.where(cells == 0, np.uint8(ord(" ")), cells)


def side_by_side(columns: Sequence[UInt8[np.ndarray, "rows _"]]) -> memoryview:
    """Columns of characters side by side, with a blank before each but the first, and a line break behind the last."""
    lines = np.full((len(columns[0]), sum(cells.shape[1] + 1 for cells in columns)), ord(" "), np.uint8)
    begin = 0
    for cells in columns:
        lines[:, begin : begin + cells.shape[1]] = cells
        begin += cells.shape[1] + 1
    lines[:, -1] = ord("\n")
    return lines.data
