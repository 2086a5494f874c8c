"""Moments of a density that is turned."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float, Int

from ._indices import moment_count, moment_labels, moment_order
from ._wigner_angles import turn_rate, zyz_angles
from ._wigner_quarter_turn import quarter_turns


def rotate_moments(
    moments: Complex[Array, "*batch moments"], rotation: Float[Array, "3 3"]
) -> Complex[Array, "*batch moments"]:
    r"""The moments of a density that is turned about the centre of its ball.

    Those of $g(x) = f(R^{-1} x)$, with Wigner's matrices of R,

    $$ M'_{nlm} = \sum_{m'} D^l_{mm'}(R)\, M_{nlm'}, $$
    $$ R = R_z(\psi + \tfrac\pi2)\, R_y(\tfrac\pi2)\, R_z(\theta - \pi)\, R_y(\tfrac\pi2)\,
       R_z(\varphi + \tfrac\pi2): $$

    turns about z are phases, and the two quarter turns about y one table for all rotations (Risbo 1996, *J. Geodesy*
    70, 383), so D itself is never made: $l^2$ operations for each n and l, accurate to 1e-13 at order 100.

    Differentiable in both arguments, to any order, at every rotation: a turn by $\omega$ changes the moments by those
    of `rotation_generators`. The gradient in R is that among rotations; what leaves them changes nothing.

    Arguments:
        moments: Of real densities, for $m \ge 0$, in any batch; the imaginary part of those with m = 0 is not used.
        rotation: R, active; `jax.vmap` over several.

    Returns:
        The moments of the turned densities, in the precision of `moments`.

    Raises:
        InputError: There is no order with so many moments.

    Examples:
        >>> dipole = jnp.zeros(3, complex).at[1].set(1.0)  # (1, 1, 0): along z
        >>> to_x = jnp.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
        >>> round(float(rotate_moments(dipole, to_x)[2].real), 4)  # (1, 1, 1)
        -0.7071
    """
    order = moment_order(moments.shape[-1])
    single = jnp.finfo(moments.dtype).dtype
    return _turned(moments, rotation, jnp.asarray(quarter_turns(order), single))


def rotation_generators(moments: Complex[Array, "*batch moments"]) -> Complex[Array, "*batch 3 moments"]:
    r"""How moments change as their density turns about x, y and z.

    $$ \frac{d}{dt} M(e^{t[e_k]_\times}) = -i\, L_k M, \qquad L_z M_{nlm} = m\, M_{nlm}, \quad
       L_\pm M_{nlm} = \sqrt{l(l+1) - m(m \mp 1)}\; M_{nl,m\mp1}, \quad L_x = \tfrac12 (L_+ + L_-), \;
       L_y = \tfrac1{2i} (L_+ - L_-). $$

    As operators of real densities they are antisymmetric, $\langle a, G_k b\rangle = -\langle G_k a, b\rangle$.

    Arguments:
        moments: Of real densities, for $m \ge 0$, in any batch.

    Returns:
        Moments per radian, for each of the three axes.

    Raises:
        InputError: There is no order with so many moments.

    Examples:
        >>> dipole = jnp.zeros(3, complex).at[1].set(1.0)  # (1, 1, 0): along z
        >>> about_z = rotation_generators(dipole)[2]
        >>> bool(jnp.all(about_z == 0))
        True
    """
    _, l, m = moment_labels(moment_order(moments.shape[-1]))
    single = jnp.finfo(moments.dtype).dtype
    raised = jnp.where(m == 0, -jnp.conj(jnp.roll(moments, -1, axis=-1)), jnp.roll(moments, 1, axis=-1))
    raised = raised * np.sqrt(l * (l + 1) - m * (m - 1)).astype(single)
    lowered = jnp.roll(moments, -1, axis=-1) * np.sqrt(l * (l + 1) - m * (m + 1)).astype(single)
    turns = [-0.5j * (raised + lowered), -0.5 * (raised - lowered), -1j * m.astype(single) * moments]
    return jnp.stack(turns, axis=-2)


def moments_by_degree(moments: Complex[Array, "*batch moments"]) -> Complex[Array, "*batch l m radial"]:
    r"""Moments laid out by degree, so that what acts on each degree is one product of matrices.

    Arguments:
        moments: For $m \ge 0$, in any batch.

    Returns:
        $M_{nlm}$ at [l, m, (n − l)/2], zero where there is none.

    Raises:
        InputError: There is no order with so many moments.

    Examples:
        >>> moments_by_degree(jnp.arange(1.0, 4.0) + 0j)[:, :, 0].real.tolist()  # (0, 0, 0), (1, 1, 0), (1, 1, 1)
        [[1.0, 0.0], [2.0, 3.0]]
    """
    where, _ = _places(moment_order(moments.shape[-1]))
    padded = jnp.concatenate([moments, jnp.zeros_like(moments[..., :1])], axis=-1)
    return jnp.take(padded, where, axis=-1)


@jax.custom_jvp
def _turned(
    moments: Complex[Array, "*batch moments"], rotation: Float[Array, "3 3"], quarter: Float[Array, "l m m"]
) -> Complex[Array, "*batch moments"]:
    return _turned_jit(moments, rotation, quarter)


@_turned.defjvp
def _turned_moves(primals, tangents):
    _, rotation, quarter = primals
    turned = _turned(*primals)
    rate = turn_rate(rotation, tangents[1]).astype(quarter.dtype)
    turning = jnp.sum(rate[:, None] * rotation_generators(turned), axis=-2)
    return turned, _turned(tangents[0], rotation, quarter) + turning


@jax.jit
def _turned_jit(
    moments: Complex[Array, "*batch moments"], rotation: Float[Array, "3 3"], quarter: Float[Array, "l m m"]
) -> Complex[Array, "*batch moments"]:
    order = len(quarter) - 1
    psi, theta, phi = zyz_angles(rotation)
    m = np.arange(order + 1)[:, None]
    first, middle, last = (
        jnp.exp(-1j * (m * angle).astype(quarter.dtype))
        for angle in (phi + jnp.pi / 2, theta - jnp.pi, psi + jnp.pi / 2)
    )
    layout = _quarter_turn(moments_by_degree(moments) * first, quarter) * middle
    layout = _quarter_turn(layout, quarter) * last
    _, back = _places(order)
    return jnp.take(layout.reshape(*moments.shape[:-1], -1), back, axis=-1)


def _quarter_turn(
    layout: Complex[Array, "*batch l m radial"], quarter: Float[Array, "l m m"]
) -> Complex[Array, "*batch l m radial"]:
    r"""A quarter turn about y of moments laid out by degree.

    With $\Delta_{m,-k} = (-1)^{l+m} \Delta_{mk}$ and $M_{-k} = (-1)^k \overline{M_k}$, what k and −k give together is
    $\Delta_{mk} (M_k + (-1)^{l+m+k} \overline{M_k})$: twice the real part, or twice i times the imaginary one.
    """
    parts = jnp.stack([layout.real, layout.imag], axis=-1)
    twice = jnp.where(jnp.arange(quarter.shape[-1]) == 0, 1, 2)
    even, odd = (
        jnp.einsum(
            "lmk,...lkrc->...lmrc",
            (quarter * twice)[:, :, parity::2],
            parts[..., parity::2, :, :],
            precision=lax.Precision.HIGHEST,
        )
        for parity in (0, 1)
    )
    l, m = np.indices(quarter.shape[:2])[..., None]
    alike = (l + m) % 2 == 0
    return lax.complex(jnp.where(alike, even[..., 0], odd[..., 0]), jnp.where(alike, odd[..., 1], even[..., 1]))


@cache
def _places(order: int) -> tuple[Int[np.ndarray, "l m radial"], Int[np.ndarray, " moments"]]:
    """Which moment stands at [l, m, (n − l)/2], the one past the last for none, and where each moment stands there."""
    n, l, m = moment_labels(order)
    shape = (order + 1, order + 1, order // 2 + 1)
    back = np.asarray(np.ravel_multi_index((l, m, (n - l) // 2), shape))
    where = np.full(np.prod(shape), moment_count(order))
    where[back] = np.arange(moment_count(order))
    return where.reshape(shape), back
