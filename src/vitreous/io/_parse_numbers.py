"""Text as numbers, many at a time, to the last bit as Python's `float` reads them."""

import numpy as np
from jaxtyping import Bool, Float64, Shaped, UInt64

from ._tokens import ROWS, Tokens

_MOST_DECIMALS = 7
_ZEROS = np.uint64(0x3030303030303030)
_SIXES, _UPPER = np.uint64(0x0606060606060606), np.uint64(0xF0F0F0F0F0F0F0F0)
_EVERY_FOURTH = np.uint64(0x000000FF000000FF)
# The last 0, 1, … 8 of eight characters, of which the first is the lowest byte.
_LAST = np.array([(2**64 - 1) ^ (2 ** (64 - 8 * n) - 1) for n in range(9)], np.uint64)
_Eights = UInt64[np.ndarray, " n"]


class NotANumber(ValueError):
    """A value cannot be read as a number; `row` tells which, counted from 0."""

    def __init__(self, row: int):
        super().__init__(f"row {row}")
        self.row = row


def parse_words(words: Tokens) -> Float64[np.ndarray, " n"]:
    """The numbers of a column.

    Raises:
        NotANumber: A value is no number.
    """
    numbers = np.empty(len(words))
    for first in range(0, len(words), ROWS):
        part = words[first : first + ROWS]
        found, done = _fixed_point(part)
        if not done.all():
            try:
                found[~done] = parse_array(part[~done].bytes())
            except NotANumber as error:
                raise NotANumber(first + int(np.flatnonzero(~done)[error.row])) from None
        numbers[first : first + ROWS] = found
    return numbers


def parse_array(values: Shaped[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
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


def _fixed_point(words: Tokens) -> tuple[Float64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    r"""The numbers of words that have as many decimals as the first one, as most programs write them.

    Words of up to eight characters before the point and seven behind it are read eight characters at a time. Their
    digits $m$ without the point and the power of ten are exact in double precision, so that $m / 10^d$ is rounded
    once, as it should be (Clinger 1990, "How to read floating point numbers accurately").

    Returns:
        numbers: Of the words that could be read.
        done: Which are those.
    """
    decimals, pointed = _decimals(words)
    behind = decimals + pointed
    points = words.starts.astype(np.intp)
    points += words.lengths
    points -= behind + 8
    around = np.ndarray((len(words.content) - 15,), "V16", words.content, strides=(1,))[points]
    whole, fraction = around.view(np.uint64).reshape(-1, 2).T.copy()

    count = words.lengths.astype(np.int16)
    count -= behind
    done = count.view(np.uint16) <= 8  # and not below zero
    before = (64 - 8 * count).astype(np.uint64)  # bits of other characters; shifted by all 64, none are left
    sign = (whole >> before).astype(np.uint8)
    negative = sign == ord("-")
    signed = negative | (sign == ord("+"))
    count -= signed
    count += decimals
    done &= count > 0
    before += signed.astype(np.uint64) << np.uint64(3)
    whole ^= _ZEROS
    whole >>= before
    whole <<= before

    if pointed:
        done &= fraction.astype(np.uint8) == ord(".")
    fraction ^= _ZEROS
    fraction <<= np.uint64(8 * (_MOST_DECIMALS - decimals))
    fraction &= _LAST[decimals]

    done &= _are_digits(whole, fraction)
    mantissa = _value(whole)
    mantissa *= np.uint64(10**decimals)
    mantissa += _value(fraction)
    numbers = mantissa.astype(np.float64)
    numbers /= 10.0**decimals
    bits = numbers.view(np.uint64)
    bits |= negative.astype(np.uint64) << np.uint64(63)  # of the sign
    return numbers, done


def _decimals(words: Tokens) -> tuple[int, bool]:
    """How many characters stand behind the point of the first word, at most `_MOST_DECIMALS`, and if it has one."""
    start, length = int(words.starts[0]), int(words.lengths[0])
    _, point, fraction = words.content[start : start + length].tobytes().partition(b".")
    return min(len(fraction), _MOST_DECIMALS), bool(point)


def _are_digits(left: _Eights, right: _Eights) -> Bool[np.ndarray, " n"]:
    """Whether each of sixteen bytes is one of 0, 1, … 9: six more than those still fit in half a byte."""
    found = left + _SIXES
    found |= left
    found |= right
    found |= right + _SIXES
    found &= _UPPER
    return found == 0


def _value(digits: _Eights) -> _Eights:
    """The number of eight digits: neighbours are joined to pairs, and the four pairs at once."""
    pairs = digits * np.uint64(10)
    pairs += digits >> np.uint64(8)
    others = pairs >> np.uint64(16)
    others &= _EVERY_FOURTH
    others *= np.uint64(1 + (10_000 << 32))
    pairs &= _EVERY_FOURTH
    pairs *= np.uint64(100 + (1_000_000 << 32))
    pairs += others
    pairs >>= np.uint64(32)
    return pairs


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
