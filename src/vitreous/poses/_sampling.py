"""Random orientations."""

import jax
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError

from ._quaternion import rotation_from_quaternion


def uniform_rotations(n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
    """Orientations drawn uniformly from SO(3).

    Four normal numbers make a quaternion whose direction is uniform on the sphere in four dimensions, which is the
    Haar measure on rotations (Shoemake, *Graphics Gems III* 1992, 124).

    Arguments:
        n: How many.
        key: A JAX random key.

    Returns:
        Active rotation matrices. `jax.vmap(euler_from_rotation)` writes them as Euler angles, and
        `jax.vmap(EulerAnglePose.from_rotation_matrix)` makes poses of them.

    Raises:
        InputError: `n` is negative.

    Examples:
        >>> uniform_rotations(10, key=jax.random.key(0)).shape
        (10, 3, 3)
    """
    check_number(n)
    return jax.vmap(rotation_from_quaternion)(jax.random.normal(key, (n, 4)))


def check_number(n: int) -> None:
    """Raise unless `n` rotations can be drawn."""
    if n < 0:
        raise InputError(f"n={n} rotations cannot be drawn.", hint="Use n=1 or more.")
