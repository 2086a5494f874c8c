"""A rotation in the numbers by which people and programs speak of it."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from vitreous.poses import PoseDialect, dialect_from_rotation, vector_from_rotation


@dataclass(frozen=True)
class RotationWords:
    """A rotation as an angle about an axis, and in RELION's angles.

    Attributes:
        angle_deg: 0 to 180.
        axis: (x, y, z), of length one; z where nothing turns.
        relion: rot, tilt, psi in degrees, of the inverse rotation (`vitreous.poses.PoseDialect`).
    """

    angle_deg: float
    axis: tuple[float, float, float]
    relion: tuple[float, float, float]


def rotation_words(rotation: Float[np.ndarray, "3 3"]) -> RotationWords:
    """A rotation matrix in other numbers.

    Arguments:
        rotation: Active, on vectors (x, y, z).

    Returns:
        Angle, axis and RELION's angles.

    Examples:
        >>> words = rotation_words(np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]))
        >>> round(words.angle_deg, 3), tuple(round(x, 3) + 0 for x in words.axis)
        (90.0, (0.0, 0.0, 1.0))
    """
    vector = np.asarray(vector_from_rotation(jnp.asarray(rotation)), float)
    angle = float(np.linalg.norm(vector))
    x, y, z = (vector / angle).tolist() if angle > 0 else (0.0, 0.0, 1.0)
    rot, tilt, psi = np.asarray(dialect_from_rotation(jnp.asarray(rotation), PoseDialect.RELION), float).tolist()
    return RotationWords(angle, (x, y, z), (rot, tilt, psi))
