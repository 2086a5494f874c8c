"""Wigner's matrices of the quarter turn about y, of which those of all rotations are made."""

from functools import lru_cache
from math import comb, sqrt

import numpy as np
from jaxtyping import Float

from vitreous._core import InputError


@lru_cache(maxsize=4)
def quarter_turns(order: int) -> Float[np.ndarray, "l m k"]:
    r"""Wigner's matrices of a quarter turn about y, $\Delta^l_{mk} = d^l_{mk}(\pi/2)$, for $m, k \ge 0$.

    At fixed m and k they obey a recurrence in the degree (Varshalovich, Moskalev & Khersonskii 1988, 4.8.2) that runs
    upwards, the stable direction, from $l = \max(m, k)$, where one square root of a binomial says them:

    $$ l \sqrt{(l+1)^2 - m^2} \sqrt{(l+1)^2 - k^2}\, \Delta^{l+1}_{mk}
       = -(2l+1)\, m k\, \Delta^l_{mk} - (l+1) \sqrt{l^2 - m^2} \sqrt{l^2 - k^2}\, \Delta^{l-1}_{mk}. $$

    The others follow from $\Delta^l_{m,-k} = (-1)^{l+m} \Delta^l_{mk}$ and $\Delta^l_{-m,k} = (-1)^{l+k}
    \Delta^l_{mk}$.

    Arguments:
        order: The largest degree l.

    Returns:
        $\Delta^l_{mk}$ at [l, m, k], zero where m or k is beyond l, in double precision. Shared, and so not writable.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> quarter_turns(1)[1].round(4).tolist()
        [[0.0, 0.7071], [-0.7071, 0.5]]
    """
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest degree, such as 20.")
    m = np.arange(order + 1.0)[:, None]
    k = m.T
    table = np.zeros((order + 1, order + 1, order + 1))
    for l in range(order + 1):
        if l >= 2:
            known = np.maximum(m, k) < l
            below = (2 * l - 1) * m * k * table[l - 1] + l * _root(l - 1, m) * _root(l - 1, k) * table[l - 2]
            table[l] = np.where(known, -below / np.where(known, (l - 1) * _root(l, m) * _root(l, k), 1), 0)
        # Whole numbers divide without overflow, and correctly rounded, at any degree.
        edge = np.array([sqrt(comb(2 * l, l + j) / 4**l) for j in range(l + 1)])
        table[l, : l + 1, l] = edge
        table[l, l, : l + 1] = edge * (-1.0) ** (l - np.arange(l + 1))
    table.flags.writeable = False
    return table


def _root(l: int, m: np.ndarray) -> np.ndarray:
    """The square root of l² − m² where that is real."""
    return np.sqrt(np.maximum(l**2 - m**2, 0))
