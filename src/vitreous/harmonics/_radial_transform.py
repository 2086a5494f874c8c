"""The radial part of the Fourier transform of Zernike functions, traced and differentiated by JAX."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, as_float

# Orders by which the ratios start above the last one wanted: there they have forgotten where they began, to double
# precision for orders to 1000 (the error falls with the square of j_n, see Gautschi 1967, SIAM Rev. 9, 24).
_HEAD_START = 60


def zernike_radial_transform(order: int, kappa: Float[Array | np.ndarray, " p"]) -> Float[Array, "n p"]:
    r"""The spherical Bessel transforms of the radial functions, which are the same for all l but for their sign.

    $$ b_n(\kappa) = \frac{j_{n+1}(\kappa)}{\kappa}
       = (-1)^{(n-l)/2} \int_0^1 R_{nl}(r)\, j_l(\kappa r)\, r^2\, dr $$

    (Mathar 2009, Serb. Astron. J. 179, 107). Spherical Bessel functions obey
    $j_{n-1}(x) + j_{n+1}(x) = \frac{2n+1}{x} j_n(x)$ (Abramowitz & Stegun 10.1.19), taken upwards while n < x; from
    there on the ratios of neighbours, which have been found downwards, are multiplied. Nothing overflows, and what
    underflows is negligible. The derivative is exact, to any order, and has no division in it:

    $$ b_n' = \frac{n\, b_{n-1} - (n+3)\, b_{n+1}}{2n+3} $$

    Arguments:
        order: The largest n.
        kappa: $\kappa = 2\pi |k| R \ge 0$, for a frequency k and the radius R of the ball.

    Returns:
        A row for each n.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> zernike_radial_transform(1, jnp.array([0.0, jnp.pi])).round(6).tolist()  # j₁(π) = 1 / π
        [[0.333333, 0.101321], [0.0, 0.096755]]
    """
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
    return _transform(order, as_float(kappa))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _transform(order: int, x: Float[Array, " p"]) -> Float[Array, "n p"]:
    small = x < 1
    away = jnp.where(small, 1, x)
    ratios = _ratios(order, x)
    # j₁ / x = (sin x / x − cos x) / x², which cancels for small x.
    first = jnp.where(
        small, jnp.sinc(x / jnp.pi) / (3 - x * ratios[0]), (jnp.sin(away) / away - jnp.cos(away)) / away**2
    )
    if order == 0:
        return first[None]

    def step(carry: tuple, row: tuple) -> tuple:
        before, here = carry
        n, ratio = row
        following = jnp.where(n < x, (2 * n + 1) / away * here - before, ratio * here)
        return (here, following), following

    n = jnp.arange(1, order + 1, dtype=x.dtype)
    before = jnp.sinc(x / jnp.pi) / away
    return jnp.concatenate([first[None], jax.lax.scan(step, (before, first), (n, ratios))[1]])


@_transform.defjvp
def _transform_jvp(order: int, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    table = _transform(order + 1, *primals)
    n = jnp.arange(order + 1, dtype=table.dtype)[:, None]
    below = jnp.concatenate([jnp.zeros_like(table[:1]), table[:-2]])
    slope = (n * below - (n + 3) * table[1:]) / (2 * n + 3)
    return table[:-1], slope * tangents[0]


def _ratios(order: int, x: Float[Array, " p"]) -> Float[Array, "n p"]:
    r"""$j_{n+1}(x) / j_n(x)$ for n from 1 to the order (to 1, if that is 0), right where n ≥ x; elsewhere not used."""
    last = max(order, 1)

    def step(ratio: Array, n: Array) -> tuple[Array, Array]:
        denominator = 2 * n + 1 - x * ratio
        # Zero only where n < x, where the function has its zeros.
        return (lower := x / jnp.where(denominator == 0, 1, denominator)), lower

    start = jnp.zeros_like(x)
    return jax.lax.scan(step, start, jnp.arange(last + _HEAD_START, 1, -1, dtype=x.dtype))[1][: -last - 1 : -1]
