"""Quaternions."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_scalar, may_hold

from ._base import AbstractPose, as_vector


def rotation_from_quaternion(wxyz: Float[Array, "4"]) -> Float[Array, "3 3"]:
    r"""The active rotation of a quaternion of any length but zero.

    $$R = 1 + \frac{2}{|q|^2} \left( w\,[v]_\times + [v]_\times^2 \right), \qquad q = (w, v)$$

    so a rotation by $\alpha$ about the unit axis $n$ is $q = (\cos\frac\alpha2, n \sin\frac\alpha2)$, and $q$ and $-q$
    are the same rotation.

    Arguments:
        wxyz: The quaternion, its scalar part first.

    Returns:
        The rotation matrix; not a number where the quaternion is zero.

    Examples:
        >>> rotation_from_quaternion(jnp.array([2.0, 0.0, 0.0, 0.0])).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    w, x, y, z = wxyz
    scale = 2 / jnp.sum(wxyz**2)
    return jnp.stack(
        [
            1 - scale * (y * y + z * z),
            scale * (x * y - w * z),
            scale * (x * z + w * y),
            scale * (x * y + w * z),
            1 - scale * (x * x + z * z),
            scale * (y * z - w * x),
            scale * (x * z - w * y),
            scale * (y * z + w * x),
            1 - scale * (x * x + y * y),
        ]
    ).reshape(3, 3)


def quaternion_from_rotation(matrix: Float[Array, "3 3"]) -> Float[Array, "4"]:
    r"""The unit quaternion of a rotation, with $w \ge 0$.

    The entries of $R$ give each product $4 q_i q_j$; the row of that matrix with the largest diagonal, normalised, is
    $\pm q$. (Shepperd, *J. Guidance and Control* 1978, 1, 223.) Its length is at least 1 before normalisation, so the
    result is accurate and its gradient finite for every rotation, half turns included.

    Arguments:
        matrix: An active rotation.

    Returns:
        The quaternion, scalar part first.

    Examples:
        >>> quaternion_from_rotation(jnp.diag(jnp.array([-1.0, -1.0, 1.0]))).tolist()
        [0.0, 0.0, 0.0, 1.0]
    """
    products = jnp.eye(4, dtype=matrix.dtype) + davenport_matrix(matrix)
    row = products[jnp.argmax(jnp.diagonal(products))]
    quaternion = row / jnp.sqrt(jnp.sum(row**2))
    return jnp.where(quaternion[0] < 0, -quaternion, quaternion)


def davenport_matrix(matrix: Float[Array, "3 3"]) -> Float[Array, "4 4"]:
    r"""The symmetric $K$ of a 3 × 3 matrix $F$ with $q^\mathsf{T} K q = \mathrm{tr}(F^\mathsf{T} R(q))$ for unit $q$.

    (Davenport's q-method, *NASA TN D-4696* 1968.) That of a rotation itself is $4 q q^\mathsf{T} - 1$.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix
    return jnp.stack(
        [
            jnp.stack([xx + yy + zz, zy - yz, xz - zx, yx - xy]),
            jnp.stack([zy - yz, xx - yy - zz, xy + yx, xz + zx]),
            jnp.stack([xz - zx, xy + yx, yy - xx - zz, yz + zy]),
            jnp.stack([yx - xy, xz + zx, yz + zy, zz - xx - yy]),
        ]
    )


class QuaternionPose(AbstractPose):
    """A pose by a quaternion: smooth everywhere, without a gimbal lock.

    Arguments:
        wxyz: The quaternion, scalar part first, of any length but zero: the rotation does not depend on it.
        offset_x: Translation to larger column index, in Å.
        offset_y: Translation to larger row index, in Å.
        offset_z: Translation along the beam, in Å; positive is more underfocus.

    Raises:
        InputError: `wxyz` is not four numbers, or they are all zero.

    Examples:
        >>> QuaternionPose(jnp.array([1.0, 0.0, 0.0, 1.0])).rotate(jnp.array([1.0, 0.0, 0.0])).round(6).tolist()
        [0.0, 1.0, 0.0]
    """

    wxyz: Float[Array, "4"]
    offset_x: Float[Array, ""]
    offset_y: Float[Array, ""]
    offset_z: Float[Array, ""]

    def __init__(
        self,
        wxyz: Float[Array, "4"] | tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0),
        *,
        offset_x: FloatLike = 0.0,
        offset_y: FloatLike = 0.0,
        offset_z: FloatLike = 0.0,
    ):
        self.wxyz = as_vector(wxyz, name="wxyz", length=4)
        self.offset_x = as_scalar(offset_x, name="offset_x")
        self.offset_y = as_scalar(offset_y, name="offset_y")
        self.offset_z = as_scalar(offset_z, name="offset_z")
        if not may_hold(lambda values: (values**2).sum() > 0, wxyz):
            raise InputError(
                f"wxyz={np.asarray(wxyz).tolist()} is no rotation.", hint="No rotation at all is (1.0, 0.0, 0.0, 0.0)."
            )

    @classmethod
    def _turned(cls, matrix: Float[Array, "3 3"], **offset: FloatLike) -> "QuaternionPose":
        return cls(quaternion_from_rotation(matrix), **offset)

    @property
    def rotation_matrix(self) -> Float[Array, "3 3"]:
        """The active rotation."""
        return rotation_from_quaternion(self.wxyz)
