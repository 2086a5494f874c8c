"""Zernike polynomials of unscaled frequencies."""

import functools
import math

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

Mode = tuple[int, int]


def even_mode(index: int) -> Mode:
    r"""Degree n and order m of an even coefficient: $k = \lfloor\sqrt i\rfloor$, $n = 2k$, $m = 2(i - k^2 - k)$."""
    k = math.isqrt(index)
    return 2 * k, 2 * (index - k * k - k)


def odd_mode(index: int) -> Mode:
    r"""Degree n and order m of an odd one: $k = \lfloor(\sqrt{1+4i}-1)/2\rfloor$, $n = 2k+1$, $m = 2(i-k^2-k)-n$."""
    k = (math.isqrt(1 + 4 * index) - 1) // 2
    return 2 * k + 1, 2 * (index - k * k - k) - (2 * k + 1)


def zernike_sum(
    coefficients: Float[Array, " n"], modes: tuple[Mode, ...], frequencies: Float[Array, "*points 2"]
) -> Float[Array, "*points"]:
    r"""$\sum_i c_i Z_{n_i}^{m_i}$, with $Z = R_n^{|m|}(\rho)\cos m\varphi$, or $\sin|m|\varphi$ where $m < 0$.

    Evaluated as a polynomial in $(q_x, q_y)$, so that all derivatives are finite at zero. The radius $\rho$ is the
    frequency in Å⁻¹ itself, not a fraction of a disc's.
    """
    x, y = frequencies[..., 0], frequencies[..., 1]
    if not modes:
        return jnp.zeros_like(x)
    table = jnp.asarray(_monomials(modes), x.dtype)
    polynomial = jnp.tensordot(coefficients.astype(x.dtype), table, 1, precision=lax.Precision.HIGHEST)
    rows = jnp.matmul(_powers(x, len(polynomial)), polynomial, precision=lax.Precision.HIGHEST)
    return jnp.sum(rows * _powers(y, len(polynomial)), axis=-1)


def _powers(value: Float[Array, "*points"], count: int) -> Float[Array, "*points count"]:
    powers = [jnp.ones_like(value)]
    for _ in range(count - 1):
        powers.append(powers[-1] * value)
    return jnp.stack(powers, axis=-1)


@functools.cache
def _monomials(modes: tuple[Mode, ...]) -> Float[np.ndarray, "n i j"]:
    r"""The coefficient of $x^i y^j$ in each polynomial.

    $\rho^m (\cos m\varphi, \sin m\varphi)$ are the real and imaginary part of $(x + iy)^m$, and $R_n^m/\rho^m$ is a
    polynomial in $\rho^2$ (Born & Wolf, section 9.2.1).
    """
    size = max(n for n, _ in modes) + 1
    table = np.zeros((len(modes), size, size))
    for row, (n, m) in zip(table, modes, strict=True):
        order = abs(m)
        for s in range((n - order) // 2 + 1):
            half = (n - order) // 2 - s  # of ρ² at this power
            factorials = math.factorial(s) * math.factorial((n + order) // 2 - s) * math.factorial(half)
            radial = (-1) ** s * math.factorial(n - s) / factorials
            for a in range(half + 1):
                for b in range(order + 1):  # the term of (x + iy)^m with y^b
                    turn = [1, 1, -1, -1][b % 4] if (b % 2 == 1) == (m < 0) else 0
                    row[2 * a + order - b, 2 * (half - a) + b] += (
                        radial * math.comb(half, a) * math.comb(order, b) * turn
                    )
    return table
