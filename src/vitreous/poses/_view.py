"""Orientations by where the beam comes from."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


def rotation_to_beam(direction: Float[Array, "3"]) -> Float[Array, "3 3"]:
    r"""The rotation by the shortest way that turns a direction $d$ into the beam's, $R\, d = \hat z$.

    $$R = 1 + [d \times \hat z]_\times + \frac{[d \times \hat z]_\times^2}{1 + d_z}$$

    So `direction` is the viewing direction of a pose with this rotation, and a turn $R_z(\psi)$ after it gives all
    others with the same one.

    Arguments:
        direction: A unit vector.

    Returns:
        The rotation; for $d = -\hat z$, where every half turn across is as short, the one about $y$.

    Examples:
        >>> rotation_to_beam(jnp.array([1.0, 0.0, 0.0]))[2].tolist()
        [1.0, 0.0, 0.0]
    """
    x, y, z = direction
    square = x * x + y * y
    below = z < 0
    opposite = below & (square == 0)
    # 1 / (1 + z), without its cancellation where z is near −1.
    factor = jnp.where(below, (1 - z) / jnp.where(opposite, 1.0, jnp.where(below, square, 1.0)), 1 / (1 + jnp.abs(z)))
    xx, xy, yy = factor * x * x, factor * x * y, factor * y * y
    return jnp.stack([1 - jnp.where(opposite, 2.0, xx), -xy, -x, -xy, 1 - yy, -y, x, y, z]).reshape(3, 3)


def turn_in_plane(angle_deg: Float[Array, ""], rotation: Float[Array, "3 3"]) -> Float[Array, "3 3"]:
    """`rotation` and then a turn about the beam."""
    angle = jnp.deg2rad(angle_deg)
    cosine, sine, zero, one = jnp.cos(angle), jnp.sin(angle), jnp.zeros_like(angle), jnp.ones_like(angle)
    turn = jnp.stack([cosine, -sine, zero, sine, cosine, zero, zero, zero, one]).reshape(3, 3)
    return jnp.matmul(turn, rotation, precision=lax.Precision.HIGHEST)
