"""Floating-point numbers as text, many at a time, with the fewest digits that give the same number back."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8, UInt64

from ._tokens import text_cells

_EXACT = 1e15  # decimals of fifteen digits are all different in double precision
_DIGITS = 16
_POWERS = 10 ** np.arange(_DIGITS, dtype=np.uint64)
# The four digits of every number below 10 000, as one word.
_FOURS = (np.arange(10_000)[:, None] // np.array([1000, 100, 10, 1]) % 10 + ord("0")).astype(np.uint8).view(np.uint32)


def format_floats(values: Float64[np.ndarray, " n"] | Float32[np.ndarray, " n"]) -> UInt8[np.ndarray, "n width"]:
    r"""What Python's `str` makes of each number, padded with blanks on either side.

    If $m / 10^d$, with $m = \mathrm{round}(10^d x)$ below $10^{15}$, gives $x$ back, no other decimal of fifteen digits
    does, so that $m$ without trailing zeros is the shortest. Most numbers in files have few decimals, and are found so;
    the others are left to Python.

    Arguments:
        values: Double precision, or single, whose fewest digits give the same number in single precision.

    Returns:
        The characters in ASCII.
    """
    with np.errstate(invalid="ignore"):  # signalling NaN
        size = np.abs(values.astype(np.float64))
    # Smaller and larger numbers are written with an exponent.
    largest = _EXACT if values.dtype == np.float64 else 1e6
    pending = np.flatnonzero((size < largest) & ((size >= 1e-4) | (size == 0)))
    # Six is what programs write. In single precision more than the fewest would come back as the same number.
    steps = (6, 12) if values.dtype == np.float64 else tuple(range(1, 9))
    cells = np.full((len(values), _DIGITS + 2), ord(" "), np.uint8)
    formatted = np.zeros(len(values), bool)
    for decimals in steps:
        mantissa, found = _decimal(values[pending], size[pending], decimals)
        rows = pending[found]
        if len(rows):
            cells[rows] = _fixed_point(mantissa[found].astype(np.uint64), np.signbit(values[rows]), decimals)
            formatted[rows] = True
        pending = pending[~found]
    rest = np.flatnonzero(~formatted)
    if len(rest):
        # As Python's floats, which `str` writes quickly; single precision has digits of its own.
        others = values[rest].tolist() if values.dtype == np.float64 else values[rest]
        texts = np.array([str(value) for value in others], "S")
        width = max(cells.shape[1], texts.dtype.itemsize)
        cells = np.pad(cells, ((0, 0), (width - cells.shape[1], 0)), constant_values=ord(" "))
        cells[rest] = text_cells(texts, width)
    return cells


def _decimal(
    values: Float64[np.ndarray, " n"] | Float32[np.ndarray, " n"], size: Float64[np.ndarray, " n"], decimals: int
) -> tuple[Float64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """The nearest number with so many decimals, without its point, and whether it is the same number."""
    mantissa = np.rint(size * 10.0**decimals)
    again = mantissa / 10.0**decimals
    found = (again.astype(values.dtype) == np.abs(values)) & (mantissa < _EXACT)
    if values.dtype == np.float32:
        # Half way between two numbers of single precision, rounding twice may have gone the other way; and at a power
        # of two a decimal further off may have fewer digits.
        low, power = again.view(np.uint64) & np.uint64(2**29 - 1), values.view(np.uint32) & np.uint32(2**23 - 1)
        found &= (low != 2**28) & ((power != 0) | (values == 0))
    return mantissa, found


def _fixed_point(
    mantissa: UInt64[np.ndarray, " n"], negative: Bool[np.ndarray, " n"], decimals: int
) -> UInt8[np.ndarray, "n width"]:
    """Digits with a point before the last `decimals`, without needless zeros on either side."""
    whole = _DIGITS - decimals  # digits before the point
    digits = _digits(mantissa)
    cells = np.empty((len(mantissa), _DIGITS + 2), np.uint8)
    cells[:, 0] = ord(" ")
    cells[:, 1 : whole + 1] = digits[:, :whole]
    cells[:, whole + 1] = ord(".")
    cells[:, whole + 2 :] = digits[:, whole:]
    count = _count(mantissa // _POWERS[decimals])
    place = np.arange(_DIGITS + 2, dtype=np.uint8)
    np.copyto(cells, ord(" "), where=place < (whole + 1 - count)[:, None])
    rows = np.flatnonzero(negative)
    cells[rows, whole - count[rows]] = ord("-")
    zeros = np.zeros(len(mantissa), np.uint8)
    for power in _POWERS[1:decimals]:
        zeros += mantissa % power == 0
    np.copyto(cells, ord(" "), where=place >= (_DIGITS + 2 - zeros)[:, None])
    return cells


def _digits(mantissa: UInt64[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
    fours = np.empty((len(mantissa), 4), np.uint32)
    for column in (3, 2, 1, 0):
        rest = mantissa // np.uint64(10_000)
        fours[:, column] = _FOURS[(mantissa - rest * np.uint64(10_000)).astype(np.intp), 0]
        mantissa = rest
    return fours.view(np.uint8)


def _count(whole: UInt64[np.ndarray, " n"]) -> UInt8[np.ndarray, " n"]:
    """How many digits a number has, at least one."""
    count = np.ones(len(whole), np.uint8)
    for power in _POWERS[1:]:
        if not (larger := whole >= power).any():
            break
        count += larger
    return count
