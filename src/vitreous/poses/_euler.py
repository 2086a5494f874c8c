"""Euler angles, in the one convention of this library."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_float, as_scalar

from ._base import AbstractPose


def rotation_from_euler(phi: FloatLike, theta: FloatLike, psi: FloatLike) -> Float[Array, "3 3"]:
    r"""The active rotation of three Euler angles.

    $$R = R_z(\psi)\, R_y(\theta)\, R_z(\varphi)$$

    with right-handed rotations about the fixed axes of the image: first by $\varphi$ about $z$, then by $\theta$ about
    $y$, then in the plane of the image by $\psi$. RELION's `(rot, tilt, psi)` describe the inverse: its angles are
    $(-\varphi, -\theta, -\psi)$.

    Arguments:
        phi: $\varphi$ in degrees.
        theta: $\theta$ in degrees.
        psi: $\psi$ in degrees.

    Returns:
        The rotation matrix, which acts on column vectors $(x, y, z)$.

    Examples:
        >>> x_axis, z_axis = jnp.array([1.0, 0.0, 0.0]), jnp.array([0.0, 0.0, 1.0])
        >>> bool(jnp.allclose(rotation_from_euler(0.0, 90.0, 0.0) @ z_axis, x_axis, atol=1e-6))
        True
    """
    angles = [jnp.deg2rad(as_float(angle)) for angle in (phi, theta, psi)]
    (cos_phi, cos_theta, cos_psi), (sin_phi, sin_theta, sin_psi) = map(jnp.cos, angles), map(jnp.sin, angles)
    return jnp.stack(
        [
            cos_psi * cos_theta * cos_phi - sin_psi * sin_phi,
            -cos_psi * cos_theta * sin_phi - sin_psi * cos_phi,
            cos_psi * sin_theta,
            sin_psi * cos_theta * cos_phi + cos_psi * sin_phi,
            -sin_psi * cos_theta * sin_phi + cos_psi * cos_phi,
            sin_psi * sin_theta,
            -sin_theta * cos_phi,
            sin_theta * sin_phi,
            cos_theta,
        ]
    ).reshape(3, 3)


def euler_from_rotation(
    matrix: Float[Array, "3 3"],
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    r"""The Euler angles of a rotation, the inverse of `rotation_from_euler`.

    $\varphi$ is read from the last row, $-\sin\theta\,(\cos\varphi, -\sin\varphi)$; $\theta$ and $\psi$ then from
    $R\,R_z(\varphi)^\mathsf{T} = R_z(\psi) R_y(\theta)$, which stays well-conditioned as $\theta$ nears 0 or 180°. At
    the gimbal lock itself $\varphi$ is set to 0 and $\psi$ takes the whole rotation, so values and gradients are
    finite everywhere.

    Arguments:
        matrix: An active rotation.

    Returns:
        $(\varphi, \theta, \psi)$ in degrees, with $\theta$ in [0, 180] and the others in [−180, 180].

    Examples:
        >>> angles = euler_from_rotation(rotation_from_euler(10.0, 20.0, 30.0))
        >>> [round(float(angle), 4) for angle in angles]
        [10.0, 20.0, 30.0]
    """
    squared_sine = matrix[2, 0] ** 2 + matrix[2, 1] ** 2
    locked = squared_sine <= (10 * jnp.finfo(matrix.dtype).eps) ** 2
    # The inner `where` keeps arctan2 away from (0, 0), whose derivative is not a number.
    phi = jnp.where(locked, 0.0, jnp.arctan2(matrix[2, 1], jnp.where(locked, 1.0, -matrix[2, 0])))
    cosine, sine = jnp.cos(phi), jnp.sin(phi)
    sine_theta = matrix[2, 1] * sine - matrix[2, 0] * cosine
    # At the lock the value is exactly 0 or 180, and the derivative that along φ = 0.
    sine_theta = jnp.where(locked, sine_theta - lax.stop_gradient(sine_theta), sine_theta)
    theta = jnp.arctan2(sine_theta, matrix[2, 2])
    psi = jnp.arctan2(-(matrix[0, 0] * sine + matrix[0, 1] * cosine), matrix[1, 0] * sine + matrix[1, 1] * cosine)
    return jnp.rad2deg(phi), jnp.rad2deg(theta), jnp.rad2deg(psi)


class EulerAnglePose(AbstractPose):
    r"""A pose by Euler angles, $R = R_z(\psi) R_y(\theta) R_z(\varphi)$ (see `rotation_from_euler`).

    A particle that RELION describes by `(rot, tilt, psi)` and origins $o$ in Å has
    `EulerAnglePose(-rot, -tilt, -psi, offset_x=-o_x, offset_y=-o_y)`. Of a rotation matrix it has the angles that
    `euler_from_rotation` chooses.

    Arguments:
        phi: $\varphi$ in degrees.
        theta: $\theta$ in degrees.
        psi: $\psi$ in degrees.
        offset_x: Translation along the rows of the image (to larger column index), in Å.
        offset_y: Translation to larger row index, in Å.
        offset_z: Translation along the beam, in Å; positive is more underfocus.

    Raises:
        InputError: An argument is an array; build a batch with `jax.vmap(EulerAnglePose)`.

    Examples:
        >>> pose = EulerAnglePose(10.0, 20.0, 30.0, offset_x=1.5)
        >>> pose.offset.tolist()
        [1.5, 0.0, 0.0]
        >>> import jax
        >>> batch = jax.vmap(EulerAnglePose)(jnp.arange(3.0), jnp.zeros(3), jnp.zeros(3))
        >>> jax.vmap(lambda pose: pose.rotation_matrix)(batch).shape
        (3, 3, 3)
    """

    phi: Float[Array, ""]
    theta: Float[Array, ""]
    psi: Float[Array, ""]
    offset_x: Float[Array, ""]
    offset_y: Float[Array, ""]
    offset_z: Float[Array, ""]

    def __init__(
        self,
        phi: FloatLike = 0.0,
        theta: FloatLike = 0.0,
        psi: FloatLike = 0.0,
        *,
        offset_x: FloatLike = 0.0,
        offset_y: FloatLike = 0.0,
        offset_z: FloatLike = 0.0,
    ):
        self.phi = as_scalar(phi, name="phi")
        self.theta = as_scalar(theta, name="theta")
        self.psi = as_scalar(psi, name="psi")
        self.offset_x = as_scalar(offset_x, name="offset_x")
        self.offset_y = as_scalar(offset_y, name="offset_y")
        self.offset_z = as_scalar(offset_z, name="offset_z")

    @classmethod
    def _turned(cls, matrix: Float[Array, "3 3"], **offset: FloatLike) -> "EulerAnglePose":
        return cls(*euler_from_rotation(matrix), **offset)

    @property
    def rotation_matrix(self) -> Float[Array, "3 3"]:
        """The active rotation."""
        return rotation_from_euler(self.phi, self.theta, self.psi)
