"""Spherical harmonics at any directions, with derivatives that are finite at the poles too."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float

from ._legendre import legendre_coefficients

# Growth of the functions' polynomial part with m is shared with the powers of x + iy: alone, each would leave the range
# of single precision near m = 85, together at 170.
_SHARE = float(np.sqrt(np.e))


def spherical_harmonics(degree: int, directions: Float[Array | np.ndarray, "p 3"]) -> Complex[Array, "lm p"]:
    r"""The orthonormal spherical harmonics $Y_{lm}$ with m ≥ 0 at unit vectors.

    $$ Y_{lm}(x, y, z) = Q_{lm}(z)\, (x + iy)^m, \qquad Q_{lm} = \bar P_{lm}(z) / \sin^m\theta $$

    with the Condon–Shortley phase (Edmonds 1957, eq. 2.5.29) and $Y_{l,-m} = (-1)^m \overline{Y_{lm}}$. Each $Q_{lm}$
    is a polynomial, by the recurrence of the associated Legendre functions in l (Holmes & Featherstone 2002), so
    derivatives along the sphere are finite everywhere. In single precision degrees to 150 stay in range.

    Arguments:
        degree: The largest l.
        directions: Unit vectors (x, y, z).

    Returns:
        A row for each (l, m) with m ≥ 0, ordered by l, then m.

    Raises:
        InputError: The degree is negative.

    Examples:
        >>> values = spherical_harmonics(1, jnp.array([[0.0, 0.0, 1.0]]))
        >>> bool(jnp.allclose(values[:, 0], jnp.sqrt(jnp.array([1, 3, 0]) / (4 * jnp.pi)), atol=1e-6))
        True
    """
    if degree < 0:
        raise InputError(f"degree={degree} must not be negative.", hint="The degree is the largest l, such as 20.")
    x, y, z = as_float(directions).T
    first, second, starts = (jnp.asarray(table, z.dtype)[..., None] for table in _recurrence(degree))

    def next_degree(carry: tuple, row: tuple) -> tuple:
        before, last = carry
        a, b, start = row
        here = a * z * last - b * before + start
        return (last, here), here

    zero = jnp.zeros((degree + 1, len(z)), z.dtype)
    polynomials = jax.lax.scan(next_degree, (zero, zero), (first, second, starts))[1]
    base = jax.lax.complex(x, y) * _SHARE
    powers = jax.lax.scan(lambda power, _: (power * base, power), jnp.ones_like(base), length=degree + 1)[1]
    l, m = np.tril_indices(degree + 1)
    return polynomials[l, m] * powers[m]


@cache
def _recurrence(degree: int) -> tuple[Float[np.ndarray, "l m"], Float[np.ndarray, "l m"], Float[np.ndarray, "l m"]]:
    first, second = legendre_coefficients(degree)
    m = np.arange(1, degree + 1)
    ratios = -np.sqrt((2 * m + 1) / (2 * m)) / _SHARE
    sectoral = np.cumprod(np.concatenate([[1 / np.sqrt(4 * np.pi)], ratios]))
    return first, second, np.diag(sectoral)
