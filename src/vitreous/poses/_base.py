"""What every pose is."""

from abc import abstractmethod
from typing import Any, TypeVar

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError

PoseT = TypeVar("PoseT", bound="AbstractPose")


class AbstractPose(eqx.Module):
    r"""A rotation of the object, then a translation in the frame of the image.

    A point $r$ of the object is seen at $R\,r + t$. The rotation $R$ is active (it turns the object, right-handed) and
    $t = (t_x, t_y, t_z)$ is in Å: $+t_x$ moves the particle to larger column index, $+t_y$ to larger row, and $+t_z$
    along the beam, which means more underfocus.

    One pose holds one orientation. `jax.vmap(EulerAnglePose)(phi, theta, psi)` builds a batch, whose
    leaves carry a leading axis; hand it to functions under `jax.vmap`.

    Attributes:
        offset_x: $t_x$ in Å.
        offset_y: $t_y$ in Å.
        offset_z: $t_z$ in Å.
    """

    offset_x: eqx.AbstractVar[Float[Array, ""]]
    offset_y: eqx.AbstractVar[Float[Array, ""]]
    offset_z: eqx.AbstractVar[Float[Array, ""]]

    @classmethod
    def from_rotation_matrix(
        cls: type[PoseT],
        matrix: Float[Array, "3 3"],
        *,
        offset_x: FloatLike = 0.0,
        offset_y: FloatLike = 0.0,
        offset_z: FloatLike = 0.0,
    ) -> PoseT:
        """The pose of this parametrisation that has a given rotation.

        Arguments:
            matrix: An active rotation.
            offset_x: Translation to larger column index, in Å.
            offset_y: Translation to larger row index, in Å.
            offset_z: Translation along the beam, in Å; positive is more underfocus.

        Returns:
            A pose whose `rotation_matrix` is `matrix`.

        Raises:
            InputError: The matrix is not 3 × 3.

        Examples:
            >>> from vitreous.poses import AxisAnglePose, EulerAnglePose, QuaternionPose
            >>> matrix = EulerAnglePose(psi=90.0).rotation_matrix
            >>> [round(float(x), 4) for x in AxisAnglePose.from_rotation_matrix(matrix).rotation_vector_deg]
            [0.0, 0.0, 90.0]
            >>> [round(float(x), 4) for x in QuaternionPose.from_rotation_matrix(matrix, offset_x=5.0).wxyz]
            [0.7071, 0.0, 0.0, 0.7071]
        """
        return cls._turned(check_matrix(matrix), offset_x=offset_x, offset_y=offset_y, offset_z=offset_z)

    @classmethod
    @abstractmethod
    def _turned(cls: type[PoseT], matrix: Float[Array, "3 3"], **offset: FloatLike) -> PoseT:
        """The pose with the active rotation `matrix` and with `offset_x`, `offset_y` and `offset_z`."""

    @classmethod
    def from_homogeneous_matrix(cls: type[PoseT], matrix: Float[Array, "4 4"]) -> PoseT:
        """The pose of this parametrisation that has a given `homogeneous_matrix`.

        Arguments:
            matrix: An active rotation, the offset in Å, and the last row (0, 0, 0, 1).

        Returns:
            The pose.

        Examples:
            >>> from vitreous.poses import QuaternionPose
            >>> QuaternionPose.from_homogeneous_matrix(jnp.eye(4)).offset.tolist()
            [0.0, 0.0, 0.0]
        """
        x, y, z = matrix[:3, 3]
        return cls.from_rotation_matrix(matrix[:3, :3], offset_x=x, offset_y=y, offset_z=z)

    @property
    @abstractmethod
    def rotation_matrix(self) -> Float[Array, "3 3"]:
        """The active rotation $R$."""

    @property
    def offset(self) -> Float[Array, "3"]:
        """The translation $t$ in Å, applied after the rotation."""
        return jnp.stack([self.offset_x, self.offset_y, self.offset_z])

    @property
    def homogeneous_matrix(self) -> Float[Array, "4 4"]:
        """Rotation and translation (in Å) as one matrix, which acts on $(x, y, z, 1)$ as `transform` does."""
        return homogeneous(self.rotation_matrix, self.offset)

    @property
    def viewing_direction(self) -> Float[Array, "3"]:
        r"""The beam's direction in the object's own frame, $R^\mathsf{T} \hat z$."""
        return self.rotation_matrix[2]

    def rotate(self, coordinates: Float[Array, "*points 3"], *, inverse: bool = False) -> Float[Array, "*points 3"]:
        r"""Rotate points, without the offset.

        Arguments:
            coordinates: Points $(x, y, z)$ in any unit.
            inverse: Apply $R^\mathsf{T}$ instead: from the image's frame back to the object's.

        Returns:
            $R\,r$, or $R^\mathsf{T} r$, for each point.

        Examples:
            >>> from vitreous.poses import EulerAnglePose
            >>> x_axis, y_axis = jnp.array([1.0, 0.0, 0.0]), jnp.array([0.0, 1.0, 0.0])
            >>> bool(jnp.allclose(EulerAnglePose(psi=90.0).rotate(x_axis), y_axis, atol=1e-6))
            True
        """
        matrix = self.rotation_matrix if inverse else self.rotation_matrix.T
        return jnp.matmul(coordinates, matrix, precision=lax.Precision.HIGHEST)

    def transform(self, coordinates: Float[Array, "*points 3"]) -> Float[Array, "*points 3"]:
        r"""Rotate points, then translate them: $R\,r + t$.

        Arguments:
            coordinates: Points $(x, y, z)$ in Å, in the object's frame.

        Returns:
            Where the pose shows them, in Å.

        Examples:
            >>> from vitreous.poses import EulerAnglePose
            >>> EulerAnglePose(psi=90.0, offset_x=5.0).transform(jnp.array([1.0, 0.0, 0.0])).round(6).tolist()
            [5.0, 1.0, 0.0]
        """
        return self.rotate(coordinates) + self.offset


def homogeneous(rotation: Array, translation: Array) -> Array:
    """A rotation and a translation as one 4 × 4 matrix."""
    top = jnp.concatenate([rotation, translation[:, None]], axis=1)
    return jnp.concatenate([top, jnp.array([[0, 0, 0, 1]], top.dtype)])


def as_vector(value: Any, *, name: str, length: int) -> Array:
    """`value` as a floating array of `length` numbers."""
    array = jnp.asarray(value)
    array = array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))
    if array.shape != (length,):
        raise InputError(
            f"{name} has shape {array.shape}, but one pose needs {length} numbers.",
            hint="Build a batch of poses with jax.vmap over the constructor.",
        )
    return array


def check_matrix(matrix: Array) -> Array:
    """`matrix` itself, if it is one 3 × 3 matrix."""
    if matrix.shape != (3, 3):
        raise InputError(
            f"a rotation matrix of shape {matrix.shape} is not 3 × 3.",
            hint="Build a batch of poses with jax.vmap(Pose.from_rotation_matrix)(matrices).",
        )
    return matrix
