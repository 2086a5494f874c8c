"""What Wigner's matrices ask of a rotation: its angles, and how it moves."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


def zyz_angles(rotation: Float[Array, "3 3"]) -> Float[Array, "3"]:
    r"""The angles of $R = R_z(\alpha) R_y(\beta) R_z(\gamma)$ in radians, to rounding for every rotation.

    $\alpha$ is ill-defined near $\beta = 0$ and $\pi$, where only $\alpha + \gamma$ and $\alpha - \gamma$ are known;
    $\gamma$ is what they leave to it, so that the three together are right. They are not differentiated: the functions
    of a rotation that use them know their derivatives by themselves.
    """
    (xx, xy, xz), (yx, yy, yz), (_, _, zz) = rotation
    alpha = jnp.arctan2(yz, xz)
    beta = jnp.arctan2(jnp.hypot(xz, yz), zz)
    total = jnp.arctan2(yx - xy, xx + yy)
    difference = jnp.arctan2(-(yx + xy), yy - xx)
    return jnp.stack([alpha, beta, jnp.where(zz >= 0, total - alpha, alpha - difference)])


def turn_rate(rotation: Float[Array, "3 3"], change: Float[Array, "3 3"]) -> Float[Array, "3"]:
    r"""The vector $\omega$ of a change of a rotation $\dot R = [\omega]_\times R$, in radians about x, y and z.

    What of the change does not keep R a rotation is left out.
    """
    skew = jnp.matmul(change, rotation.T, precision=lax.Precision.HIGHEST)
    return jnp.stack([skew[2, 1] - skew[1, 2], skew[0, 2] - skew[2, 0], skew[1, 0] - skew[0, 1]]) / 2
