"""Rotation vectors: an axis times an angle."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_scalar

from ._base import AbstractPose, as_vector
from ._quaternion import quaternion_from_rotation, rotation_from_quaternion


def rotation_from_vector(rotation_vector_deg: Float[Array, "3"]) -> Float[Array, "3 3"]:
    r"""The active rotation by an angle $|v|$ about the axis $v$.

    Rodrigues' formula through the quaternion $(\cos\frac{|v|}2, \frac{v}{|v|} \sin\frac{|v|}2)$, both written as power
    series in $|v|^2$ near zero, where the norm has no derivative.

    Arguments:
        rotation_vector_deg: $v$; its length is the angle in degrees. (cryoSPARC's are in radians, and describe the
            inverse rotation.)

    Returns:
        The rotation matrix.

    Examples:
        >>> (rotation_from_vector(jnp.array([0.0, 0.0, 90.0])) @ jnp.array([1.0, 0.0, 0.0])).round(6).tolist()
        [0.0, 1.0, 0.0]
    """
    half = jnp.deg2rad(rotation_vector_deg) / 2
    square = jnp.sum(half**2)
    small = square < 1e-3
    angle = jnp.sqrt(jnp.where(small, 1.0, square))
    # The first terms left out are below 1e-3⁴ / 8! = 2.5e-17.
    cosine = jnp.where(small, 1 - square / 2 * (1 - square / 12 * (1 - square / 30)), jnp.cos(angle))
    sinc = jnp.where(small, 1 - square / 6 * (1 - square / 20 * (1 - square / 42)), jnp.sin(angle) / angle)
    return rotation_from_quaternion(jnp.concatenate([cosine[None], sinc * half]))


def vector_from_rotation(matrix: Float[Array, "3 3"]) -> Float[Array, "3"]:
    r"""The rotation vector of a rotation, the inverse of `rotation_from_vector`.

    $v = 2\,\mathrm{atan2}(|u|, w)\, u / |u|$ from the quaternion $(w, u)$.

    Arguments:
        matrix: An active rotation.

    Returns:
        The rotation vector in degrees, at most 180 long. Of the two for a half turn it gives one.

    Examples:
        >>> vector_from_rotation(rotation_from_vector(jnp.array([10.0, 0.0, 20.0]))).round(4).tolist()
        [10.0, 0.0, 20.0]
    """
    quaternion = quaternion_from_rotation(matrix)
    cosine, axis = quaternion[0], quaternion[1:]
    square = jnp.sum(axis**2)
    small = square < 1e-3
    sine = jnp.sqrt(jnp.where(small, 1.0, square))
    # asin(s)/s; the first term left out is below 1e-3⁶ / 40.
    series = 1 + square * (1 / 6 + square * (3 / 40 + square * (15 / 336 + square * (105 / 3456 + square * 0.0224))))
    return jnp.rad2deg(2 * jnp.where(small, series, jnp.arctan2(sine, cosine) / sine) * axis)


class AxisAnglePose(AbstractPose):
    """A pose by a rotation vector: three numbers, smooth around the identity.

    Arguments:
        rotation_vector_deg: The axis times the angle in degrees.
        offset_x: Translation to larger column index, in Å.
        offset_y: Translation to larger row index, in Å.
        offset_z: Translation along the beam, in Å; positive is more underfocus.

    Raises:
        InputError: `rotation_vector_deg` is not three numbers.

    Examples:
        >>> AxisAnglePose(jnp.array([0.0, 0.0, 90.0])).rotate(jnp.array([1.0, 0.0, 0.0])).round(6).tolist()
        [0.0, 1.0, 0.0]
    """

    rotation_vector_deg: Float[Array, "3"]
    offset_x: Float[Array, ""]
    offset_y: Float[Array, ""]
    offset_z: Float[Array, ""]

    def __init__(
        self,
        rotation_vector_deg: Float[Array, "3"] | tuple[float, float, float] = (0.0, 0.0, 0.0),
        *,
        offset_x: FloatLike = 0.0,
        offset_y: FloatLike = 0.0,
        offset_z: FloatLike = 0.0,
    ):
        self.rotation_vector_deg = as_vector(rotation_vector_deg, name="rotation_vector_deg", length=3)
        self.offset_x = as_scalar(offset_x, name="offset_x")
        self.offset_y = as_scalar(offset_y, name="offset_y")
        self.offset_z = as_scalar(offset_z, name="offset_z")

    @classmethod
    def _turned(cls, matrix: Float[Array, "3 3"], **offset: FloatLike) -> "AxisAnglePose":
        return cls(vector_from_rotation(matrix), **offset)

    @property
    def rotation_matrix(self) -> Float[Array, "3 3"]:
        """The active rotation."""
        return rotation_from_vector(self.rotation_vector_deg)
