"""Gradients along the motions of a pose, and steps along them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from ._base import AbstractPose, homogeneous
from ._se3 import adjoint_se3, exp_se3
from ._tangent_pose import TangentPose


def right_gradient(function: Callable[[AbstractPose], Float[Array, ""]], pose: AbstractPose) -> Float[Array, "6"]:
    r"""The right-trivialised gradient of a function of a pose: its slope along motions in the object's frame.

    $$g_i = \left. \frac{\partial}{\partial \xi_i} f(P\, e^{\xi}) \right|_{\xi = 0}$$

    It does not depend on how the pose is parametrised, and is finite at every pose (at the gimbal lock of Euler angles
    too) where $f$ is smooth.

    Arguments:
        function: $f$, of a pose whose rotation and offsets it reads; it is given a `TangentPose`.
        pose: $P$.

    Returns:
        The slopes, three per Å and three per degree, about the object's axes.

    Examples:
        >>> from vitreous.poses import EulerAnglePose
        >>> slopes = jax.jit(lambda pose: right_gradient(lambda pose: pose.offset_x, pose))(EulerAnglePose(psi=90.0))
        >>> round(float(slopes[1]), 6)
        -1.0
    """
    start = TangentPose.around(pose)

    def moved(twist: Array) -> Array:
        return function(TangentPose(twist, base_rotation=start.base_rotation, base_offset=start.base_offset))

    return jax.grad(moved)(start.twist)


def left_gradient(function: Callable[[AbstractPose], Float[Array, ""]], pose: AbstractPose) -> Float[Array, "6"]:
    r"""The left-trivialised gradient of a function of a pose: its slope along motions in the image's frame.

    $$g_i = \left. \frac{\partial}{\partial \xi_i} f(e^{\xi} P) \right|_{\xi = 0}$$

    As $e^{\xi} P = P\, e^{\mathrm{Ad}_{P^{-1}} \xi}$, this is $\mathrm{Ad}_{P^{-1}}^\mathsf{T}$ times the right one.

    Arguments:
        function: $f$, of a pose whose rotation and offsets it reads; it is given a `TangentPose`.
        pose: $P$.

    Returns:
        The slopes, three per Å and three per degree, about the image's axes.

    Examples:
        >>> from vitreous.poses import EulerAnglePose
        >>> slopes = jax.jit(lambda pose: left_gradient(lambda pose: pose.offset_x, pose))(EulerAnglePose(psi=90.0))
        >>> round(float(slopes[0]), 6)
        1.0
    """
    back = pose.rotation_matrix.T
    inverse = homogeneous(back, -jnp.matmul(back, pose.offset, precision=lax.Precision.HIGHEST))
    return jnp.matmul(right_gradient(function, pose), adjoint_se3(inverse), precision=lax.Precision.HIGHEST)


def retract_right(pose: AbstractPose, twist: Float[Array, "6"]) -> AbstractPose:
    r"""A pose moved by a twist in the object's frame, $P\, e^{\xi}$.

    Arguments:
        pose: $P$.
        twist: $\xi$: three numbers in Å, and a rotation vector in degrees.

    Returns:
        A pose of the same class.

    Examples:
        >>> from vitreous.poses import EulerAnglePose
        >>> moved = jax.jit(retract_right)(EulerAnglePose(psi=90.0), jnp.array([5.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
        >>> round(float(moved.offset_y), 6)
        5.0
    """
    matrix = jnp.matmul(pose.homogeneous_matrix, exp_se3(twist), precision=lax.Precision.HIGHEST)
    return type(pose).from_homogeneous_matrix(matrix)


def retract_left(pose: AbstractPose, twist: Float[Array, "6"]) -> AbstractPose:
    r"""A pose moved by a twist in the image's frame, $e^{\xi} P$.

    Arguments:
        pose: $P$.
        twist: $\xi$: three numbers in Å, and a rotation vector in degrees.

    Returns:
        A pose of the same class.

    Examples:
        >>> from vitreous.poses import EulerAnglePose
        >>> moved = jax.jit(retract_left)(EulerAnglePose(psi=90.0), jnp.array([5.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
        >>> round(float(moved.offset_x), 6)
        5.0
    """
    matrix = jnp.matmul(exp_se3(twist), pose.homogeneous_matrix, precision=lax.Precision.HIGHEST)
    return type(pose).from_homogeneous_matrix(matrix)
