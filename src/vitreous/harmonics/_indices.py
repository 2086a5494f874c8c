"""The order in which moments stand in an array."""

from functools import cache

import numpy as np
from jaxtyping import Int

from vitreous._core import InputError


def moment_count(order: int) -> int:
    r"""How many moments $M_{nlm}$ with $m \ge 0$ there are to an order.

    Arguments:
        order: The largest n.

    Returns:
        The number of (n, l, m) with $0 \le m \le l \le n$ and n − l even.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> moment_count(50)
        12051
    """
    _check_order(order)
    return _moments_below(order + 1)


def moment_index(n: int, l: int, m: int) -> int:
    r"""Where $M_{nlm}$ stands in an array of moments.

    Moments are stored for $m \ge 0$ only, ordered by n, then l, then m; those of real densities obey
    $M_{nl,-m} = (-1)^m \overline{M_{nlm}}$.

    Arguments:
        n: Order, $n \ge 0$.
        l: Degree, $0 \le l \le n$ with n − l even.
        m: Azimuthal number, $0 \le m \le l$.

    Returns:
        The index, found without a search.

    Raises:
        InputError: No such moment is stored.

    Examples:
        >>> [moment_index(*nlm) for nlm in [(0, 0, 0), (1, 1, 0), (1, 1, 1), (2, 0, 0), (2, 2, 0)]]
        [0, 1, 2, 3, 4]
    """
    if not (0 <= m <= l <= n and (n - l) % 2 == 0):
        raise InputError(
            f"there is no moment (n, l, m) = ({n}, {l}, {m}).",
            hint="n ≥ l ≥ m ≥ 0 with n − l even; for m < 0 take (−1)^m times the conjugate of the one at −m.",
        )
    # Degrees below l of the same order: l − 2, l − 4, …, each with degree + 1 moments.
    lower = l // 2
    first = n % 2
    return _moments_below(n) + lower * (first + 1) + lower * (lower - 1) + m


def moment_order(count: int) -> int:
    """The order to which an array of moments goes.

    Arguments:
        count: Its length.

    Returns:
        The order whose `moment_count` that is.

    Raises:
        InputError: No order has this many moments.

    Examples:
        >>> moment_order(12051)
        50
    """
    order = max(round((12 * count) ** (1 / 3)) - 4, 0)
    while _moments_below(order + 1) < count:
        order += 1
    if _moments_below(order + 1) != count:
        raise InputError(
            f"{count} moments are not those of any order: order {order} has {_moments_below(order + 1)}.",
            hint="An array of moments holds every (n, l, m) with m ≥ 0 to its order.",
        )
    return order


@cache
def moment_labels(order: int) -> Int[np.ndarray, "3 moments"]:
    """The n, l and m of every moment, in the order of storage.

    Arguments:
        order: The largest n.

    Returns:
        Three rows: n, l and m. The array is shared, and so not writable.

    Examples:
        >>> moment_labels(2).T.tolist()
        [[0, 0, 0], [1, 1, 0], [1, 1, 1], [2, 0, 0], [2, 2, 0], [2, 2, 1], [2, 2, 2]]
    """
    _check_order(order)
    labels = np.array([(n, l, m) for n in range(order + 1) for l in range(n % 2, n + 1, 2) for m in range(l + 1)]).T
    labels.flags.writeable = False
    return labels


@cache
def invariant_labels(order: int) -> Int[np.ndarray, "2 pairs"]:
    """The n and l of every pair that moments to an order have, ordered by n, then l.

    Arguments:
        order: The largest n.

    Returns:
        Two rows: n and l. The array is shared, and so not writable.

    Examples:
        >>> invariant_labels(3).T.tolist()
        [[0, 0], [1, 1], [2, 0], [2, 2], [3, 1], [3, 3]]
    """
    _check_order(order)
    labels = np.array([(n, l) for n in range(order + 1) for l in range(n % 2, n + 1, 2)]).T
    labels.flags.writeable = False
    return labels


def _moments_below(n: int) -> int:
    r"""Moments of all orders less than n: the sum of $(\lfloor k/2 \rfloor + 1)(\lfloor (k+1)/2 \rfloor + 1)$."""
    half, odd = divmod(n, 2)
    # Σ_{j<h} [(j+1)² + (j+1)(j+2)] over pairs of an even and an odd order, and one more even order where n is odd.
    pairs = half * (half + 1) * (2 * half + 1) // 6 + half * (half + 1) * (half + 2) // 3
    return pairs + odd * (half + 1) ** 2


def _check_order(order: int) -> None:
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
