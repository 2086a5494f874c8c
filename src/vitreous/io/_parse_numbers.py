"""Text as numbers, many at a time, to the last bit as Python's `float` reads them."""

import numpy as np
from jaxtyping import Bool, Float64, Int, Shaped, UInt8, UInt64

_MOST_DECIMALS = 7
_ZEROS = np.uint64(0x3030303030303030)
# The last 0, 1, … 8 of eight characters, of which the first is the lowest byte; and how far the first of them stands.
_LAST = np.array([(2**64 - 1) ^ (2 ** (64 - 8 * n) - 1) for n in range(9)], np.uint64)
_BEFORE = np.array([64 - 8 * n for n in range(9)], np.uint64)
_JOINS = [(10, 0x00FF00FF00FF00FF), (100, 0x0000FFFF0000FFFF), (10_000, 0x00000000FFFFFFFF)]
_SIGNS = np.array([1.0, -1.0])
_Eights = UInt64[np.ndarray, "columns rows"]


class NotANumber(ValueError):
    """A value cannot be read as a number; `row` tells which, counted from 0."""

    def __init__(self, row: int):
        super().__init__(f"row {row}")
        self.row = row


def parse_fixed_point(
    content: UInt8[np.ndarray, " bytes"],
    starts: Int[np.ndarray, "columns rows"],
    lengths: Int[np.ndarray, "columns rows"],
) -> tuple[Float64[np.ndarray, "columns rows"], Bool[np.ndarray, "columns rows"]]:
    r"""The numbers of words that have as many decimals as the first one of their column, as most programs write them.

    Words of up to eight characters before the point and seven behind it are read eight characters at a time. Their
    digits $m$ without the point and the power of ten are exact in double precision, so that $m / 10^d$ is rounded
    once, as it should be (Clinger 1990, "How to read floating point numbers accurately").

    Arguments:
        content: The bytes, with eight more before and behind all words.
        starts: Where each word begins.
        lengths: Bytes of each.

    Returns:
        numbers: Of the words that could be read.
        done: Which are those.
    """
    decimals, pointed = _decimals(content, starts[:, :1], lengths[:, :1])
    behind = decimals + pointed
    windows = np.ndarray((len(content) - 15,), "V16", content, strides=(1,))
    around = windows[starts + lengths - behind - 8].view(np.uint64).reshape(*starts.shape, 2)

    whole = around[..., 0].copy()
    count = lengths - behind
    done = (count >= 0) & (count <= 8)
    count = np.clip(count, 0, 8)
    sign = (whole >> _BEFORE[count]).astype(np.uint8)  # no bits are left where there are no characters
    negative = sign == ord("-")
    count -= negative | (sign == ord("+"))
    done &= count + decimals > 0
    whole ^= _ZEROS
    whole &= _LAST[count]

    fraction = around[..., 1].copy()
    done &= (fraction.astype(np.uint8) == ord(".")) | ~pointed
    fraction <<= (8 * (_MOST_DECIMALS - decimals)).astype(np.uint64)
    fraction ^= _ZEROS
    fraction &= _LAST[decimals]

    done &= _are_digits(whole) & _are_digits(fraction)
    mantissa = _value(whole) * 10 ** decimals.astype(np.uint64) + _value(fraction)
    numbers = mantissa.astype(np.float64)
    numbers /= 10.0**decimals
    numbers *= _SIGNS[negative.view(np.uint8)]
    return numbers, done


def parse_numbers(values: Shaped[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The numbers of an array of text, bytes, numbers or objects.

    Underscores, which `float` allows between digits, make no number here: `17_05` is a name.

    Raises:
        NotANumber: A value is no number.
    """
    try:
        numbers = values.astype(np.float64)
    except (ValueError, TypeError):
        raise NotANumber(next(row for row, value in enumerate(values) if not _is_number(value))) from None
    if values.dtype.kind in "SUO" and not all(map(_is_number, values[_with_underscore(values)])):
        raise NotANumber(next(row for row, value in enumerate(values) if not _is_number(value)))
    return numbers


def _decimals(
    content: UInt8[np.ndarray, " bytes"], starts: Int[np.ndarray, "columns 1"], lengths: Int[np.ndarray, "columns 1"]
) -> tuple[Int[np.ndarray, "columns 1"], Bool[np.ndarray, "columns 1"]]:
    """How many characters stand behind the point of each word, at most `_MOST_DECIMALS`, and whether it has one."""
    words = [content[start : start + length].tobytes() for (start,), (length,) in zip(starts, lengths, strict=True)]
    points = np.array([[word.find(b".")] for word in words], np.intp).reshape(-1, 1)
    return np.where(points < 0, 0, np.minimum(lengths - points - 1, _MOST_DECIMALS)), points >= 0


def _are_digits(values: _Eights) -> Bool[np.ndarray, "columns rows"]:
    """Whether each of eight bytes is one of 0, 1, … 9: six more than those still fit in half a byte."""
    return (values + np.uint64(0x0606060606060606) | values) & np.uint64(0xF0F0F0F0F0F0F0F0) == 0


def _value(digits: _Eights) -> _Eights:
    """The number of eight digits: neighbours are joined to pairs, pairs to fours and fours to eight."""
    for step, (factor, kept) in enumerate(_JOINS):
        after = digits >> np.uint64(8 << step)
        digits = digits * np.uint64(factor) if step == 0 else np.multiply(digits, np.uint64(factor), out=digits)
        digits += after
        digits &= np.uint64(kept)
    return digits


def _with_underscore(values: Shaped[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    if values.dtype.kind == "O":
        return np.array([isinstance(value, str | bytes) for value in values], bool)
    codes = np.ascontiguousarray(values).view(np.uint8 if values.dtype.kind == "S" else np.uint32)
    return (codes.reshape(len(values), -1) == ord("_")).any(axis=1) if codes.size else np.zeros(len(values), bool)


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    return not ((isinstance(value, str) and "_" in value) or (isinstance(value, bytes) and b"_" in value))
