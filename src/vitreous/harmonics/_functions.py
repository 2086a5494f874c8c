"""Zernike functions at any points: the meaning that faster ways to sum them must reproduce."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import as_float

from ._indices import invariant_labels, moment_labels
from ._radial import zernike_radial
from ._spherical import spherical_harmonics


def zernike_functions(order: int, points: Float[Array | np.ndarray, "*points 3"]) -> Complex[Array, "*points moments"]:
    r"""The orthonormal functions $Z_{nlm}(x) = \sqrt{2n+3}\, R_{nl}(|x|)\, Y_{lm}(\hat x)$ of the unit ball.

    $$ \int_{|x| \le 1} Z_{nlm} \overline{Z_{n'l'm'}}\, d^3x = \delta_{nn'} \delta_{ll'} \delta_{mm'} $$

    (Canterakis 1999, Proc. 11th Scand. Conf. Image Analysis, 85). Every function at every point is in memory at once:
    to sum many, `ZernikePlan` takes a fraction of the time, and `BallQuadrature` integrates analytic densities.

    Arguments:
        order: The largest n.
        points: (x, y, z) in units of the ball's radius.

    Returns:
        The functions with m ≥ 0 in the order of `moment_labels`, zero outside of the ball.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> values = zernike_functions(2, jnp.array([[0.0, 0.0, 0.5], [0.0, 0.0, 2.0]]))
        >>> values.shape, abs(round(float(values[0, 1].real), 4)), float(values[1, 1].real)  # √(15 / 4π) z
        ((2, 7), 0.5463, 0.0)
    """
    x = as_float(points)
    flat = x.reshape(-1, 3)
    squared = jnp.sum(flat**2, axis=-1)
    at_origin = squared == 0
    # Double where: the derivative of a length is not defined at the origin.
    r = jnp.where(at_origin, 0, jnp.sqrt(jnp.where(at_origin, 1, squared)))
    directions = jnp.where(
        at_origin[:, None], jnp.array([0, 0, 1], x.dtype), flat / jnp.where(at_origin, 1, r)[:, None]
    )
    inside = squared <= 1
    radial = zernike_radial(order, jnp.where(inside, r, 0))
    harmonics = spherical_harmonics(order, directions)
    n, l, m = moment_labels(order)
    pair = np.searchsorted(invariant_labels(order)[0] * (order + 1) + invariant_labels(order)[1], n * (order + 1) + l)
    scale = jnp.asarray(np.sqrt(2 * n + 3), x.dtype)[:, None]
    values = jnp.where(inside, scale * radial[pair] * harmonics[l * (l + 1) // 2 + m], 0)
    return values.T.reshape(*x.shape[:-1], -1)
