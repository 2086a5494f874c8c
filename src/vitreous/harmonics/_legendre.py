"""Normalised associated Legendre functions, as tables and as a recurrence inside compiled loops."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Sectoral functions fall as sinᵐθ and leave the range of single precision long before the functions that are built on
# them are negligible. The recurrence therefore runs on values this much larger.
_LIFT = 2.0**100


def legendre_table(degree: int, cosine: Float[np.ndarray, " p"]) -> Float[np.ndarray, "l m p"]:
    r"""$\bar P_{lm}(\cos\theta)$ such that $Y_{lm}(\theta, \varphi) = \bar P_{lm}(\cos\theta)\, e^{im\varphi}$.

    $$ \bar P_{lm} = \sqrt{\frac{4l^2-1}{l^2-m^2}} \Big( \cos\theta\, \bar P_{l-1,m}
       - \sqrt{\frac{(l-1)^2-m^2}{4(l-1)^2-1}}\, \bar P_{l-2,m} \Big) $$

    from $\bar P_{mm} = -\sqrt{(2m+1)/2m}\,\sin\theta\,\bar P_{m-1,m-1}$ and $\bar P_{00} = 1/\sqrt{4\pi}$
    (Holmes & Featherstone 2002, J. Geodesy 76, 279, eqs. 11–13), with the Condon–Shortley phase; stable to degrees of
    thousands in double precision.

    Arguments:
        degree: The largest l.
        cosine: $\cos\theta$.

    Returns:
        The values for $0 \le m \le l$, zero for m > l.

    Examples:
        >>> table = legendre_table(1, np.array([1.0]))
        >>> bool(np.allclose(table[:, 0, 0] * np.sqrt(4 * np.pi), [1, np.sqrt(3)]))
        True
    """
    x = np.asarray(cosine, float)
    sine = np.sqrt(np.maximum(1 - x**2, 0))
    table = np.zeros((degree + 1, degree + 1, len(x)))
    table[0, 0] = 1 / np.sqrt(4 * np.pi)
    for m in range(1, degree + 1):
        table[m, m] = -np.sqrt((2 * m + 1) / (2 * m)) * sine * table[m - 1, m - 1]
    first, second = legendre_coefficients(degree)
    for l in range(1, degree + 1):
        before = table[l - 2, :l] if l > 1 else 0
        table[l, :l] = first[l, :l, None] * x * table[l - 1, :l] - second[l, :l, None] * before
    return table


def legendre_coefficients(degree: int) -> tuple[Float[np.ndarray, "l m"], Float[np.ndarray, "l m"]]:
    """The factors of the last and of the last but one function in the recurrence; zero where m ≥ l."""
    l, m = np.mgrid[: degree + 1, : degree + 1].astype(float)
    inside = m < l
    span = np.where(inside, l**2 - m**2, 1)
    first = np.where(inside, np.sqrt((4 * l**2 - 1).clip(0) / span), 0)
    last = ((l - 1) ** 2 - m**2).clip(0) / np.where(l > 1, 4 * (l - 1) ** 2 - 1, 1)
    return first, first * np.sqrt(last)


def sectoral_start(cosine: Float[Array, " p"]) -> Float[Array, " p"]:
    """The lifted function for l = m = 0, from which `sectoral_next` leads on."""
    return jnp.full_like(cosine, _LIFT / np.sqrt(4 * np.pi))


def sectoral_next(m: Float[Array, ""], sine: Float[Array, " p"], sectoral: Float[Array, " p"]) -> Float[Array, " p"]:
    """The lifted sectoral function of m + 1 from that of m."""
    return -jnp.sqrt((2 * m + 3) / (2 * m + 2)) * sine * sectoral


def legendre_scan(
    visit: Callable[[Any, Array, Array, Any], tuple[Any, Any]],
    carry: Any,
    rows: tuple[tuple[Float[Array, "j 2"], Float[Array, "j 2"]], Float[Array, "j 2"], Any],
    cosine: Float[Array, " p"],
    sectoral: Float[Array, " p"],
) -> tuple[Any, Any]:
    """Visit the functions of one m by pairs of an even and an odd degree, from an even degree not above m on.

    Arguments:
        visit: Takes what it carries, the functions of the even and of the odd degree, and its own row; returns what it
            carries and what is kept of the pair.
        carry: What the first visit carries.
        rows: Columns of `legendre_coefficients` for this m, in pairs of an even and an odd degree; one where the
            degree is m, where the recurrence begins, else zero; and the rows of `visit`.
        cosine: cos θ.
        sectoral: The lifted function for l = m.

    Returns:
        What the last visit carries, and what was kept.
    """

    def step(state: tuple, row: tuple) -> tuple:
        before, last, carried = state
        ((first_even, first_odd), (second_even, second_odd)), (start_even, start_odd), own = row
        even = first_even * cosine * last - second_even * before + start_even * sectoral
        odd = first_odd * cosine * even - second_odd * last + start_odd * sectoral
        carried, kept = visit(carried, even / _LIFT, odd / _LIFT, own)
        return (even, odd, carried), kept

    zero = jnp.zeros_like(cosine)
    (_, _, carry), kept = jax.lax.scan(step, (zero, zero, carry), rows)
    return carry, kept
