"""Spherical Bessel functions of many orders at once."""

import numpy as np
from jaxtyping import Float

# Orders by which the downward recurrence starts above the last one wanted: there j_n has fallen by some 1e-30 where
# the argument is no larger than the order (Gautschi 1967, SIAM Rev. 9, 24).
_HEAD_START = 60
_HUGE = 1e200


def spherical_bessel(order: int, argument: Float[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:
    r"""The spherical Bessel functions $j_0 … j_n$, by recurrence in the direction that is stable.

    $$ j_{n-1}(x) + j_{n+1}(x) = \frac{2n+1}{x} j_n(x) $$

    (Abramowitz & Stegun 10.1.19): upwards where $x$ exceeds the order, else downwards from far above (Miller), with
    the values scaled by $j_0$ or $j_1$, whichever is larger.

    Arguments:
        order: The largest n.
        argument: $x \ge 0$.

    Returns:
        The values, a row for each order.

    Examples:
        >>> spherical_bessel(1, np.array([0.0, np.pi])).round(6).tolist()
        [[1.0, 0.0], [0.0, 0.31831]]
    """
    x = np.asarray(argument, float)
    values = np.zeros((order + 1, len(x)))
    rising = x > order
    values[:, rising] = _upwards(order, x[rising])
    falling = ~rising & (x > 0)
    values[:, falling] = _downwards(order, x[falling])
    values[0, x == 0] = 1
    return values


def _first_two(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # sin x / x² − cos x / x cancels for small x, where the series is exact.
    zeroth = np.sinc(x / np.pi)
    small = x / 3 - x**3 / 30 + x**5 / 840 - x**7 / 45360
    return zeroth, np.where(x < 0.1, small, (zeroth - np.cos(x)) / np.where(x > 0, x, 1))


def _upwards(order: int, x: np.ndarray) -> np.ndarray:
    values = np.empty((order + 2, len(x)))
    values[:2] = _first_two(x)
    for n in range(1, order):
        values[n + 1] = (2 * n + 1) / x * values[n] - values[n - 1]
    return values[: order + 1]


def _downwards(order: int, x: np.ndarray) -> np.ndarray:
    values = np.zeros((order + 2, len(x)))
    above, here = np.zeros(len(x)), np.full(len(x), 1 / _HUGE)
    for n in range(order + _HEAD_START, -1, -1):
        below = (2 * n + 3) / x * here - above
        above, here = here, below
        if n <= order + 1:
            values[n] = here
        large = np.abs(here) > _HUGE
        if large.any():
            above[large] /= _HUGE
            here[large] /= _HUGE
            values[:, large] /= _HUGE
    zeroth, first = _first_two(x)
    by_zeroth = np.abs(zeroth) >= np.abs(first)
    true, found = np.where(by_zeroth, zeroth, first), np.where(by_zeroth, values[0], values[1])
    return values[: order + 1] * (true / found)
