"""Euler angles about any axes, as SciPy names them."""

import re

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import InputError

from ._euler import euler_from_rotation

_AXES = {name: np.eye(3)[index] for index, name in enumerate("xyz")}


def rotation_from_angles(angles_deg: Float[Array, "3"], sequence: str) -> Float[Array, "3 3"]:
    r"""The active rotation of three angles about the axes that `sequence` names.

    `"zyz"`, lower case, is extrinsic: about the fixed axes, the first letter first, $R_z(\gamma) R_y(\beta)
    R_z(\alpha)$. `"ZYZ"`, upper case, is intrinsic: about the axes that turn with the object, $R_z(\alpha) R_y(\beta)
    R_z(\gamma)$. These are the strings of `scipy.spatial.transform.Rotation.from_euler`. (`rotation_from_euler` is
    this library's own `"zyz"`.)

    Arguments:
        angles_deg: The three angles in degrees, in the order of the letters.
        sequence: Three letters of `xyz` or of `XYZ`, neighbours different.

    Returns:
        The rotation matrix.

    Raises:
        InputError: `sequence` is no such word.

    Examples:
        >>> turned = rotation_from_angles(jnp.array([90.0, 90.0, 0.0]), "xyz") @ jnp.array([0.0, 1.0, 0.0])
        >>> bool(jnp.allclose(turned, jnp.array([1.0, 0.0, 0.0]), atol=1e-6))
        True
    """
    word, reverse = _intrinsic(sequence)
    angles = angles_deg[::-1] if reverse else angles_deg
    turns = [_about(_AXES[axis], angle) for axis, angle in zip(word, angles, strict=True)]
    return jnp.linalg.multi_dot(turns, precision=lax.Precision.HIGHEST)


def angles_from_rotation(matrix: Float[Array, "3 3"], sequence: str) -> Float[Array, "3"]:
    r"""The three angles of a rotation, the inverse of `rotation_from_angles`.

    Every sequence is reduced to $R_z R_y R_z$, with the care that `euler_from_rotation` takes of the gimbal lock. One
    whose outer axes are the same is that, in coordinates whose $z$ and $y$ are its axes. One with three axes $a, b, c$
    becomes such by a quarter turn about the middle one, which carries $a$ to $\pm c$: $R_c(\gamma) =
    R_b(\tfrac\pi2) R_a(\pm\gamma) R_b(-\tfrac\pi2)$.

    Arguments:
        matrix: An active rotation.
        sequence: As for `rotation_from_angles`.

    Returns:
        The angles in degrees, in the order of the letters. The middle one is in [0, 180] where the outer axes are the
        same and in [−90, 90] where they are not; the others are in [−180, 180]. At the gimbal lock one of these is 0,
        and values and derivatives are finite.

    Raises:
        InputError: `sequence` is no such word.

    Examples:
        >>> matrix = rotation_from_angles(jnp.array([10.0, 20.0, 30.0]), "XYZ")
        >>> angles_from_rotation(matrix, "XYZ").round(4).tolist()
        [10.0, 20.0, 30.0]
    """
    word, reverse = _intrinsic(sequence)
    first, second, third = (_AXES[axis] for axis in word)
    quarter, sign = 0.0, 1.0
    if word[0] != word[2]:
        quarter, sign = 90.0, float(np.dot(np.cross(second, first), third))
        matrix = jnp.matmul(matrix, _about(second, jnp.asarray(90.0, matrix.dtype)), precision=lax.Precision.HIGHEST)
    frame = jnp.asarray(np.stack([np.cross(second, first), second, first], axis=1), matrix.dtype)
    inner, middle, outer = euler_from_rotation(
        jnp.linalg.multi_dot([frame.T, matrix, frame], precision=lax.Precision.HIGHEST)
    )
    angles = jnp.stack([outer, middle - quarter, sign * inner])
    return angles[::-1] if reverse else angles


def _intrinsic(sequence: str) -> tuple[str, bool]:
    """The axes of the same rotation as an intrinsic sequence, and whether the order is turned round for it."""
    if not (re.fullmatch("[xyz]{3}|[XYZ]{3}", sequence) and sequence[0] != sequence[1] != sequence[2]):
        raise InputError(
            f"{sequence!r} names no sequence of Euler angles.",
            hint="Use three letters, lower case for fixed axes ('zyz') and upper case for turning ones ('ZYZ'), "
            "neighbours different.",
        )
    return (sequence.lower(), False) if sequence.isupper() else (sequence[::-1], True)


def _about(axis: np.ndarray, angle_deg: Array) -> Array:
    """Rodrigues' formula about a coordinate axis."""
    x, y, z = axis
    cross = jnp.asarray([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], angle_deg.dtype)
    along = jnp.asarray(np.outer(axis, axis), angle_deg.dtype)
    cosine, sine = jnp.cos(jnp.deg2rad(angle_deg)), jnp.sin(jnp.deg2rad(angle_deg))
    return along + cosine * (jnp.eye(3, dtype=angle_deg.dtype) - along) + sine * cross
