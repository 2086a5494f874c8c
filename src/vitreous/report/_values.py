"""Which numbers can be drawn, and the limits of an axis that holds them."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Num

_LARGEST = 1e100  # differences and squares of larger numbers are not finite


def drawable(values: Num[Any, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Which values have a place on an axis: those that are finite, and below 10¹⁰⁰.

    Arguments:
        values: The values.

    Returns:
        A mask of their shape.

    Examples:
        >>> drawable(np.array([1.0, np.nan, np.inf])).tolist()
        [True, False, False]
    """
    with np.errstate(invalid="ignore"):
        return np.abs(np.asarray(values, float)) < _LARGEST


def value_limits(values: Num[Any, "*shape"], *, margin: float = 0.04) -> tuple[float, float]:
    """Limits a little wider than the finite values; around a single value, some that show what it is.

    Arguments:
        values: The values.
        margin: How much wider at each end, in parts of their range.

    Returns:
        The lower and the upper limit, always apart.
    """
    finite = np.asarray(values, float)[drawable(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    size = max(abs(low), abs(high))
    if high - low <= 1e-9 * size:  # rounding, not a range
        half = 0.05 * size or 0.5
        return low - half, high + half
    return low - margin * (high - low), high + margin * (high - low)
