"""Poses near a given one, by the exponential coordinates of the motion between them."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import FloatLike

from ._base import AbstractPose, as_vector, check_matrix, homogeneous
from ._se3 import exp_se3


class TangentPose(AbstractPose):
    r"""A base pose and a small motion before it, $P = P_0 \, e^{\xi}$: six numbers, smooth around the base.

    The motion $e^{\xi}$ (see `exp_se3`) turns and moves the object in its own frame, then the base pose is applied.
    The base is held constant: derivatives with respect to it are zero, and those with respect to $\xi$ at
    $\xi = 0$ are the right-trivialised gradient (see `right_gradient`). So an optimiser sees one well-scaled vector
    (a degree moves a point 57 Å from the centre by an Å) and no gimbal lock; `recentred` moves the base to where it
    has arrived. (An optimiser that decays weights must leave the base out.) Without a base these are the exponential
    coordinates of the pose itself.

    Arguments:
        twist: $\xi = (\rho, \omega)$: three numbers in Å, and a rotation vector in degrees.
        base_rotation: The active rotation of $P_0$.
        base_offset: The offset of $P_0$ in Å.

    Raises:
        InputError: An argument has another shape.

    Examples:
        >>> from vitreous.poses import EulerAnglePose
        >>> pose = TangentPose.around(EulerAnglePose(10.0, 0.0, 30.0, offset_x=5.0))
        >>> [round(float(x), 4) for x in pose.offset]
        [5.0, 0.0, 0.0]
    """

    twist: Float[Array, "6"]
    base_rotation: Float[Array, "3 3"]
    base_offset: Float[Array, "3"]

    def __init__(
        self,
        twist: Float[Array, "6"] | tuple[float, ...] = (0.0,) * 6,
        *,
        base_rotation: Float[Array, "3 3"] | None = None,
        base_offset: Float[Array, "3"] | tuple[float, float, float] = (0.0, 0.0, 0.0),
    ):
        self.twist = as_vector(twist, name="twist", length=6)
        self.base_rotation = (
            jnp.eye(3, dtype=self.twist.dtype) if base_rotation is None else check_matrix(base_rotation)
        )
        self.base_offset = as_vector(base_offset, name="base_offset", length=3)

    @classmethod
    def around(cls, pose: AbstractPose) -> "TangentPose":
        r"""The same pose as base, with $\xi = 0$.

        Arguments:
            pose: Any pose.

        Returns:
            The pose, ready to be moved.

        Examples:
            >>> from vitreous.poses import EulerAnglePose
            >>> TangentPose.around(EulerAnglePose(10.0, 20.0, 30.0)).twist.tolist()
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        """
        matrix = pose.homogeneous_matrix
        return cls(jnp.zeros(6, matrix.dtype), base_rotation=matrix[:3, :3], base_offset=matrix[:3, 3])

    @classmethod
    def _turned(cls, matrix: Float[Array, "3 3"], **offset: FloatLike) -> "TangentPose":
        dtype = matrix.dtype
        base_offset = jnp.stack([jnp.asarray(offset[name], dtype) for name in ("offset_x", "offset_y", "offset_z")])
        return cls(jnp.zeros(6, dtype), base_rotation=matrix, base_offset=base_offset)

    def recentred(self) -> "TangentPose":
        r"""The same pose with all of it in the base, and $\xi = 0$.

        Returns:
            The retraction of $\xi$ from the tangent space to the group.

        Examples:
            >>> moved = TangentPose((1.0, 0.0, 0.0, 0.0, 0.0, 5.0))
            >>> bool(jnp.allclose(moved.recentred().rotation_matrix, moved.rotation_matrix))
            True
        """
        return type(self).around(self)

    @property
    def homogeneous_matrix(self) -> Float[Array, "4 4"]:
        """Rotation and translation (in Å) as one matrix, which acts on $(x, y, z, 1)$ as `transform` does."""
        base = lax.stop_gradient(homogeneous(self.base_rotation, self.base_offset))
        return jnp.matmul(base, exp_se3(self.twist), precision=lax.Precision.HIGHEST)

    @property
    def rotation_matrix(self) -> Float[Array, "3 3"]:
        """The active rotation."""
        return self.homogeneous_matrix[:3, :3]

    @property
    def offset_x(self) -> Float[Array, ""]:
        """Translation to larger column index, in Å."""
        return self.homogeneous_matrix[0, 3]

    @property
    def offset_y(self) -> Float[Array, ""]:
        """Translation to larger row index, in Å."""
        return self.homogeneous_matrix[1, 3]

    @property
    def offset_z(self) -> Float[Array, ""]:
        """Translation along the beam, in Å; positive is more underfocus."""
        return self.homogeneous_matrix[2, 3]
