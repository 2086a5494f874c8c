"""Helical symmetry."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_scalar

from ._euler import rotation_from_euler


def helical_operations(
    rise: FloatLike, twist_deg: FloatLike, n: int, *, starts: int = 1, dihedral: bool = False
) -> tuple[Float[Array, "g 3 3"], Float[Array, "g 3"]]:
    r"""The rotations and translations that repeat a subunit along a helix about $z$.

    $$r \mapsto R_z(k\,\Delta\varphi + 360° s / S) \, D^d \, r + k\,\Delta z\, \hat z, \qquad
    k = -\lfloor n/2 \rfloor, \dots, n - 1 - \lfloor n/2 \rfloor, \quad s = 0, \dots, S - 1$$

    with $D$ the half turn about $x$ where the helix is dihedral (its two ends alike). Differentiable in the rise and
    the twist. A positive twist with a positive rise is a right-handed helix, as in RELION.

    Arguments:
        rise: $\Delta z$ in Å, from one subunit to the next along the same start.
        twist_deg: $\Delta\varphi$ in degrees, between the same two.
        n: How many steps along the axis.
        starts: $S$, the rotational symmetry about the axis (C$S$).
        dihedral: Whether there are twofold axes across, too.

    Returns:
        `n * starts` rotations (twice as many if dihedral) and as many translations in Å, the identity among them:
        copy `i` of a point $r$ is at `rotations[i] @ r + translations[i]`.

    Raises:
        InputError: `n` or `starts` is less than 1.

    Examples:
        >>> rotations, translations = helical_operations(1.408, 22.03, 50)
        >>> rotations.shape, [round(float(x), 3) for x in translations[26]]
        ((50, 3, 3), [0.0, 0.0, 1.408])
    """
    if n < 1 or starts < 1:
        raise InputError(
            f"a helix of n={n} steps and {starts} starts has no subunit.", hint="Use n=1 or more and starts=1 or more."
        )
    rise, twist_deg = as_scalar(rise, name="rise"), as_scalar(twist_deg, name="twist_deg")
    dtype = jnp.result_type(rise, twist_deg)
    steps = jnp.arange(n, dtype=dtype) - n // 2
    turns = jnp.arange(starts, dtype=dtype) * (360 / starts)
    angles = (steps[:, None] * twist_deg + turns).reshape(-1)
    rotations = jax.vmap(lambda angle: rotation_from_euler(0.0, 0.0, angle))(angles)
    heights = jnp.repeat(steps * rise, starts)
    if dihedral:
        flip = jnp.asarray(np.diag([1.0, -1.0, -1.0]), dtype)
        flipped = jnp.matmul(rotations, flip, precision=lax.Precision.HIGHEST)
        rotations, heights = jnp.concatenate([rotations, flipped]), jnp.tile(heights, 2)
    return rotations, heights[:, None] * jnp.array([0, 0, 1], dtype)
