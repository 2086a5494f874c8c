"""Zernike polynomials of unscaled frequencies."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float


def even_mode(index: int) -> tuple[int, int]:
    r"""Degree n and order m of an even coefficient: $k = \lfloor\sqrt i\rfloor$, $n = 2k$, $m = 2(i - k^2 - k)$."""
    k = math.isqrt(index)
    return 2 * k, 2 * (index - k * k - k)


def odd_mode(index: int) -> tuple[int, int]:
    r"""Degree n and order m of an odd one: $k = \lfloor(\sqrt{1+4i}-1)/2\rfloor$, $n = 2k+1$, $m = 2(i-k^2-k)-n$."""
    k = (math.isqrt(1 + 4 * index) - 1) // 2
    return 2 * k + 1, 2 * (index - k * k - k) - (2 * k + 1)


def zernike_sum(
    coefficients: Float[Array, " n"], modes: list[tuple[int, int]], frequencies: Float[Array, "*points 2"]
) -> Float[Array, "*points"]:
    r"""$\sum_i c_i Z_{n_i}^{m_i}$, with $Z = R_n^{|m|}(\rho)\cos m\varphi$, or $\sin|m|\varphi$ where $m < 0$.

    Evaluated as a polynomial in $(q_x, q_y)$: $\rho^m (\cos m\varphi, \sin m\varphi)$ are the real and imaginary part
    of $(q_x + i q_y)^m$, and what remains of $R_n^m$ is a polynomial in $\rho^2$. So all derivatives are finite at
    zero. The radius $\rho$ is the frequency in Å⁻¹ itself, not a fraction of a disc's.
    """
    x, y = frequencies[..., 0], frequencies[..., 1]
    square = x**2 + y**2
    total = jnp.zeros_like(x)
    cosine, sine = jnp.ones_like(x), jnp.zeros_like(x)  # ρ^m cos mφ and ρ^m sin mφ, for m = 0, 1, …
    for order in range(max((abs(m) for _, m in modes), default=-1) + 1):
        for coefficient, (n, m) in zip(coefficients.astype(x.dtype), modes, strict=True):
            if abs(m) == order:
                total = total + coefficient * _radial(n, order, square) * (sine if m < 0 else cosine)
        cosine, sine = cosine * x - sine * y, cosine * y + sine * x
    return total


def _radial(n: int, m: int, square: Float[Array, "*points"]) -> Float[Array, "*points"]:
    r"""$R_n^m(\rho) / \rho^m$ as a polynomial in $\rho^2$, highest power first (Born & Wolf, section 9.2.1)."""
    value = jnp.zeros_like(square)
    for s in range((n - m) // 2 + 1):
        factorials = math.factorial(s) * math.factorial((n + m) // 2 - s) * math.factorial((n - m) // 2 - s)
        value = value * square + (-1) ** s * math.factorial(n - s) // factorials
    return value
