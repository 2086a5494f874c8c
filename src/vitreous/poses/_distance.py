"""How far apart two orientations are."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def angular_distance_deg(a: Float[Array, "*#batch 3 3"], b: Float[Array, "*#batch 3 3"]) -> Float[Array, "*batch"]:
    r"""The angle of the rotation that takes one orientation to another.

    $$\alpha = 2 \arctan\frac{|A - B|_F}{\sqrt{8 - |A - B|_F^2}}, \qquad |A - B|_F = 2\sqrt2\,\sin\tfrac\alpha2$$

    which is as accurate for small angles as the matrices are (an arc cosine of the trace loses half the digits).

    Arguments:
        a: Rotation matrices.
        b: Rotation matrices; the batch axes of both are broadcast.

    Returns:
        The angle in degrees, 0 to 180. Its gradient is set to zero where it has none, at $A = B$ and at half turns.

    Examples:
        >>> from vitreous.poses import rotation_from_euler
        >>> round(float(angular_distance_deg(jnp.eye(3), rotation_from_euler(0.0, 0.0, 25.0))), 4)
        25.0
    """
    square = jnp.sum((a - b) ** 2, axis=(-2, -1))
    sine, cosine = _safe_sqrt(square), _safe_sqrt(8 - square)
    return jnp.rad2deg(2 * jnp.arctan2(sine, cosine))


def _safe_sqrt(x: Array) -> Array:
    positive = x > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)
