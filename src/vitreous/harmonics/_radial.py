"""The radial part of Zernike functions."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from vitreous._core import InputError, as_float

from ._indices import invariant_labels

# As for Legendre functions: r^l leaves the range of single precision before what is built on it is negligible.
_LIFT = 2.0**100


def zernike_radial(order: int, radius: Float[Array | np.ndarray, " p"]) -> Float[Array, "pairs p"]:
    r"""The radial functions $R_{nl}(r) = r^l P^{(0,\,l+1/2)}_{(n-l)/2}(2r^2 - 1)$ for every n to the order.

    $$ \int_0^1 R_{nl} R_{n'l}\, r^2\, dr = \frac{\delta_{nn'}}{2n+3}, \qquad R_{nl}(1) = 1 $$

    (Novotni & Klein 2003, Proc. 8th ACM Symp. Solid Modeling, 216, without their factor $\sqrt{(2n+3)/3}$), by the
    three-term recurrence of Jacobi polynomials in n at fixed l (DLMF 18.9.2), which is stable.

    Arguments:
        order: The largest n.
        radius: Distances from the centre in units of the ball's radius, from 0 to 1.

    Returns:
        A row for each (n, l), in the order of `invariant_labels`.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> zernike_radial(2, jnp.array([0.5]))[:, 0].round(6).tolist()  # 1, r, (5 r² − 3) / 2, r²
        [1.0, 0.5, -0.875, 0.25]
    """
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
    n, l = invariant_labels(order)
    r = as_float(radius)
    table = radial_table(order, r, 2 * (1 - r) * (1 + r))
    return table[l % 2, l // 2, n // 2]


def radial_table(order: int, radius: Float[Array, " p"], depth: Float[Array, " p"]) -> Float[Array, "2 j j p"]:
    """The radial functions by parity, degree and order, halved; zero where n < l.

    Arguments:
        order: The largest n.
        radius: r.
        depth: 2 (1 − r²), apart, because near the surface single precision of r is not enough to have it.
    """
    slopes, ratios = (jnp.asarray(factors, radius.dtype) for factors in _recurrence(order))
    degrees = _degrees(order)
    factors = jnp.concatenate([jnp.full((1, len(radius)), _LIFT, radius.dtype), jnp.tile(radius, (degrees.max(), 1))])
    powers = jnp.cumprod(factors, axis=0)[degrees]
    begins = jnp.asarray(np.arange(order // 2 + 1)[:, None, None] == degrees // 2, radius.dtype)

    def step(carry: tuple, row: tuple) -> tuple:
        difference, function = carry
        slope, ratio, start = (factor[..., None] for factor in row)
        difference = ratio * difference - slope * depth * function
        function = function + difference + start * powers
        return (difference, function), function / _LIFT

    zero = jnp.zeros((*degrees.shape, len(radius)), radius.dtype)
    table = jax.lax.scan(step, (zero, zero), (slopes, ratios, begins))[1]
    return jnp.moveaxis(table, 0, 2)


def _degrees(order: int) -> Int[np.ndarray, "2 j"]:
    return np.arange(2)[:, None] + 2 * np.arange(order // 2 + 1)


@cache
def _recurrence(order: int) -> tuple[Float[np.ndarray, "j 2 j"], Float[np.ndarray, "j 2 j"]]:
    r"""Factors of the recurrence for differences $D_k = P_k - P_{k-1} = c_k D_{k-1} - a_k (1 - t) P_{k-1}$.

    Since every polynomial is 1 at t = 1, the three terms combine to this, which does not lose the digits of t near 1,
    where the polynomials vary most. Factors are zero up to n = l.
    """
    degree = _degrees(order)[None].astype(float)
    n = degree % 2 + 2 * np.arange(order // 2 + 1)[:, None, None]
    k, b = (n - degree) / 2, degree + 0.5
    inside = k > 0
    k = np.where(inside, k, 1)
    slope = (2 * k + b - 1) * (2 * k + b) / (2 * k * (k + b))
    # At k = 1 the last but one function does not exist, and the denominator of its factor may vanish.
    spread = np.where(k > 1, k * (k + b) * (2 * k + b - 2), 1)
    ratio = np.where(k > 1, (k - 1) * (k + b - 1) * (2 * k + b) / spread, 0)
    return np.where(inside, slope, 0), np.where(inside, ratio, 0)
