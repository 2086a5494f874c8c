"""Rigid motions: the exponential of a twist, and back."""

import math

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from ._axis_angle import vector_from_rotation
from ._base import homogeneous

# Below one radian as power series in θ²; each ends where its terms drop below double precision.
# sin θ / θ, and (θ − sin θ) / θ³
_SINC = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(7)]
_THIRD = [(-1.0) ** k / math.factorial(2 * k + 3) for k in range(8)]
# (1 − (θ/2) cot(θ/2)) / θ², with the Bernoulli numbers |B₂ₖ| / (2k)!
_INVERSE = [
    1 / 12,
    1 / 720,
    1 / 30240,
    1 / 1209600,
    1 / 47900160,
    691 / 1307674368000,
    1 / 74724249600,
    3617 / 10670622842880000,
    43867 / 5109094217170944000,
    174611 / 802857662698291200000,
]


def exp_se3(twist: Float[Array, "6"]) -> Float[Array, "4 4"]:
    r"""The rigid motion of a twist $\xi = (\rho, \omega)$: exponential coordinates of SE(3).

    $$\exp\begin{pmatrix} [\omega]_\times & \rho \\ 0 & 0 \end{pmatrix} = \begin{pmatrix} R & V\rho \\ 0 & 1
    \end{pmatrix}, \qquad R = e^{[\omega]_\times}, \quad V = 1 + \frac{1 - \cos\theta}{\theta^2} [\omega]_\times +
    \frac{\theta - \sin\theta}{\theta^3} [\omega]_\times^2, \quad \theta = |\omega|$$

    (Sola, Deray & Atchuthan, *A micro Lie theory for state estimation in robotics* 2018, eqs. 172–174.) All three
    quotients are power series in $\theta^2$ near zero, so derivatives of every order are finite there.

    Arguments:
        twist: $\rho$ in Å, then the rotation vector $\omega$ in degrees.

    Returns:
        The homogeneous matrix, which acts on $(x, y, z, 1)$.

    Examples:
        >>> exp_se3(jnp.array([1.0, 2.0, 3.0, 0.0, 0.0, 0.0]))[:3, 3].tolist()
        [1.0, 2.0, 3.0]
    """
    omega = jnp.deg2rad(twist[3:])
    cross, square = _cross(omega), jnp.sum(omega**2)
    crossed, identity = _dot(cross, cross), jnp.eye(3, dtype=twist.dtype)
    small = square < 1
    angle = jnp.sqrt(jnp.where(small, 1.0, square))
    # (1 − cos θ)/θ², and (θ − sin θ)/θ³.
    second = jnp.where(small, _series(_SINC, square / 4), jnp.sin(angle / 2) / (angle / 2)) ** 2 / 2
    third = jnp.where(small, _series(_THIRD, square), (angle - jnp.sin(angle)) / angle**3)
    rotation = identity + (1 - square * third) * cross + second * crossed
    return homogeneous(rotation, _dot(identity + second * cross + third * crossed, twist[:3]))


def log_se3(matrix: Float[Array, "4 4"]) -> Float[Array, "6"]:
    r"""The twist of a rigid motion, the inverse of `exp_se3`.

    $\omega$ is the rotation vector of $R$, and $\rho = V^{-1} t$ with

    $$V^{-1} = 1 - \tfrac12 [\omega]_\times + \frac{1 - \frac\theta2 \cot\frac\theta2}{\theta^2} [\omega]_\times^2.$$

    Arguments:
        matrix: A homogeneous matrix: a rotation, a translation in Å, and the last row (0, 0, 0, 1).

    Returns:
        $\rho$ in Å and $\omega$ in degrees, at most 180 long. Of the two for a half turn it gives one.

    Examples:
        >>> log_se3(exp_se3(jnp.array([1.0, 2.0, 3.0, 10.0, 0.0, 20.0]))).round(4).tolist()
        [1.0, 2.0, 3.0, 10.0, 0.0, 20.0]
    """
    rotation_vector_deg = vector_from_rotation(matrix[:3, :3])
    omega = jnp.deg2rad(rotation_vector_deg)
    cross, square = _cross(omega), jnp.sum(omega**2)
    small = square < 1
    half_angle = jnp.sqrt(jnp.where(small, 1.0, square)) / 2
    closed = (1 - half_angle / jnp.tan(half_angle)) / (4 * half_angle**2)
    second = jnp.where(small, _series(_INVERSE, square), closed)
    inverse = jnp.eye(3, dtype=matrix.dtype) - cross / 2 + second * _dot(cross, cross)
    return jnp.concatenate([_dot(inverse, matrix[:3, 3]), rotation_vector_deg])


def adjoint_se3(matrix: Float[Array, "4 4"]) -> Float[Array, "6 6"]:
    r"""How a rigid motion $T$ carries twists: $T e^{\xi} T^{-1} = e^{\mathrm{Ad}_T \xi}$.

    $$\mathrm{Ad}_T (\rho, \omega) = (R\rho + t \times R\omega, \; R\omega)$$

    Arguments:
        matrix: The homogeneous matrix of $T$, its translation in Å.

    Returns:
        The matrix that acts on twists in Å and degrees.

    Examples:
        >>> adjoint_se3(jnp.eye(4)).tolist() == jnp.eye(6).tolist()
        True
    """
    rotation = matrix[:3, :3]
    mixed = jnp.deg2rad(_dot(_cross(matrix[:3, 3]), rotation))
    return jnp.block([[rotation, mixed], [jnp.zeros_like(rotation), rotation]])


def _series(coefficients: list[float], x: Array) -> Array:
    total = jnp.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def _cross(vector: Array) -> Array:
    x, y, z = vector
    zero = jnp.zeros_like(x)
    return jnp.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)


def _dot(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)
