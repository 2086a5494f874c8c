"""Wigner's matrices: how spherical harmonics of one degree turn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, as_float

from ._wigner_angles import turn_rate, zyz_angles
from ._wigner_quarter_turn import quarter_turns


def wigner_d(degree: int, theta_deg: FloatLike) -> Float[Array, "m k"]:
    r"""Wigner's small matrix $d^l_{mk}(\theta)$ of a rotation about y.

    $$ d^l_{mk}(\theta) = i^{-m-k} \sum_{j=-l}^{l} \Delta^l_{mj}\, e^{-ij(\theta - \pi)}\, \Delta^l_{jk} $$

    with $\Delta = d(\pi/2)$: a rotation about y is one about z between two quarter turns (Risbo 1996, *J. Geodesy* 70,
    383). Differentiable in the angle, and accurate to 1e-13 at degree 200.

    Arguments:
        degree: l.
        theta_deg: $\theta$ in degrees.

    Returns:
        The matrix, m and k from −l to l.

    Raises:
        InputError: The degree is negative.

    Examples:
        >>> [round(float(value), 3) for value in wigner_d(1, 60.0)[1]]  # −sin θ / √2, cos θ, sin θ / √2
        [-0.612, 0.5, 0.612]
    """
    theta = jnp.deg2rad(as_float(theta_deg))
    return _small_matrix(theta, jnp.asarray(_whole_quarter_turn(degree), theta.dtype))


def wigner_matrix(degree: int, rotation: Float[Array, "3 3"]) -> Complex[Array, "m k"]:
    r"""Wigner's matrix $D^l_{mk}(R)$, by which spherical harmonics of degree l turn with R.

    $$ Y_{lk}(R^{-1} x) = \sum_m D^l_{mk}(R)\, Y_{lm}(x), \qquad
       D^l_{mk} = e^{-im\psi}\, d^l_{mk}(\theta)\, e^{-ik\varphi}, \quad R = R_z(\psi) R_y(\theta) R_z(\varphi) $$

    (Varshalovich, Moskalev & Khersonskii 1988, 4.1 and 4.3; Condon–Shortley phase). Its derivative is that of a turn
    about a fixed axis, $dD = -i\,(\omega\cdot J)\,D$ for $dR = [\omega]_\times R$, so it is finite and right at every
    rotation, those without Euler angles included.

    Arguments:
        degree: l.
        rotation: R, active.

    Returns:
        The matrix, m and k from −l to l.

    Raises:
        InputError: The degree is negative.

    Examples:
        >>> quarter = jnp.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # about z
        >>> (jnp.diag(wigner_matrix(1, quarter)).round(3) + 0).tolist()
        [1j, (1+0j), -1j]
    """
    rotation = as_float(rotation)
    return _matrix(degree, rotation, jnp.asarray(_whole_quarter_turn(degree), rotation.dtype))


@jax.jit
def _small_matrix(theta: Float[Array, ""], quarter: Float[Array, "m m"]) -> Float[Array, "m m"]:
    m = np.arange(len(quarter)) - len(quarter) // 2
    phases = jnp.exp(-1j * (m * (theta - jnp.pi)).astype(quarter.dtype))
    product = jnp.matmul(quarter * phases, quarter, precision=lax.Precision.HIGHEST)
    return (jnp.asarray((-1j) ** ((m[:, None] + m) % 4), product.dtype) * product).real


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _matrix(degree: int, rotation: Float[Array, "3 3"], quarter: Float[Array, "m m"]) -> Complex[Array, "m m"]:
    psi, theta, phi = zyz_angles(rotation)
    m = np.arange(-degree, degree + 1)
    left, right = (jnp.exp(-1j * (m * angle).astype(quarter.dtype)) for angle in (psi, phi))
    return left[:, None] * _small_matrix(theta, quarter) * right


@_matrix.defjvp
def _matrix_moves(degree, primals, tangents):
    rotation, quarter = primals
    matrix = _matrix(degree, rotation, quarter)
    about = jnp.tensordot(turn_rate(rotation, tangents[0]), _generators(degree), 1, precision=lax.Precision.HIGHEST)
    return matrix, jnp.matmul(about.astype(matrix.dtype), matrix, precision=lax.Precision.HIGHEST)


def _generators(degree: int) -> Complex[np.ndarray, "3 m m"]:
    """−i J of turns about x, y and z."""
    m = np.arange(-degree, degree + 1)
    raising = np.diag(np.sqrt(degree * (degree + 1) - m[:-1] * (m[:-1] + 1.0)), -1)
    return -1j * np.stack([(raising + raising.T) / 2, (raising - raising.T) / 2j, np.diag(m)])


def _whole_quarter_turn(degree: int) -> Float[np.ndarray, "m m"]:
    """The quarter turn about y with the negative m and k too."""
    table = quarter_turns(degree)[degree]
    signs = (-1.0) ** (degree + np.arange(degree + 1))
    table = np.concatenate([(table * signs[:, None])[:, :0:-1], table], axis=1)
    negative = table[:0:-1] * (-1.0) ** (degree + np.arange(-degree, degree + 1))
    return np.concatenate([negative, table])
