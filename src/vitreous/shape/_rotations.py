"""How well two densities agree, for every rotation of one of them."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float, Int

from vitreous._core import InputError
from vitreous.harmonics import moment_labels, moment_order, moments_by_degree, rotation_series


def rotation_correlation(
    reference: Complex[Array | np.ndarray, " moments"],
    moving: Complex[Array | np.ndarray, " others"],
    *,
    size: int | None = None,
) -> Float[Array, "psi theta phi"]:
    r"""The correlation of two densities for all rotations of one, on a grid of Euler angles.

    $$ C(R) = \langle f,\, R g \rangle = \int \overline{f(x)}\, g(R^{-1} x)\, d^3x
            = \sum_l \sum_{mk} D^l_{mk}(R)\, I^l_{mk}, \qquad I^l_{mk} = \sum_n \overline{M^f_{nlm}}\, M^g_{nlk} $$

    divided by the norms of both, without what is the same in every direction ($l = 0$: it knows of no rotation, and
    would hide how much the others change). The grid is `vitreous.harmonics.rotation_series`: $L^4$ operations for all
    rotations at once, where each alone takes $L^3$.

    Arguments:
        reference: Moments of f, for $m \ge 0$.
        moving: Moments of g, to the same order.
        size: Steps of 360°, even and above twice the order; at first three steps for each wave of the highest degree.

    Returns:
        $C$, −1 to 1, at $R = R_z(\psi) R_y(\theta) R_z(\varphi)$, each angle in steps of 360° / size, θ up to 180°.

    Raises:
        InputError: The moments differ in their order, or one of the densities is the same in every direction.

    Examples:
        >>> dipole = jnp.zeros(3, complex).at[1].set(1.0)  # (1, 1, 0): along z
        >>> (rotation_correlation(dipole, dipole, size=4)[0, :, 0].round(4) + 0).tolist()
        [1.0, 0.0, -1.0]
    """
    check_alike(reference, moving)
    size = grid_size(moment_order(len(reference))) if size is None else size
    return rotation_series(_coefficients(*(directional(jnp.asarray(one)) for one in (reference, moving))), size=size)


def grid_size(order: int) -> int:
    """Steps of 360° for a correlation of moments to an order: about three for each wave of the highest degree.

    A peak's width is about a wave's half, so that its nearest step is well within it. Multiples of 16 transform fast.
    """
    return 16 * max(2, -(-3 * order // 16))


def grid_rotations(indices: Int[np.ndarray, "peaks 3"], size: int) -> Float[np.ndarray, "peaks 3 3"]:
    """The rotations at some points of the grid."""
    cosine, sine = np.cos(2 * np.pi / size * indices.T), np.sin(2 * np.pi / size * indices.T)
    zero, one = np.zeros(len(indices)), np.ones(len(indices))

    def about_z(c: np.ndarray, s: np.ndarray) -> np.ndarray:
        return np.array([[c, -s, zero], [s, c, zero], [zero, zero, one]]).transpose(2, 0, 1)

    about_y = np.array([[cosine[1], zero, sine[1]], [zero, one, zero], [-sine[1], zero, cosine[1]]]).transpose(2, 0, 1)
    # NumPy's matmul, at full precision.
    return np.matmul(np.matmul(about_z(cosine[0], sine[0]), about_y), about_z(cosine[2], sine[2]))


def inner_product(a: Complex[Array, "*#batch moments"], b: Complex[Array, "*#batch moments"]) -> Float[Array, "*batch"]:
    """∫ f g of real densities from their moments, of which those with m > 0 stand for two."""
    twice = np.where(moment_labels(moment_order(a.shape[-1]))[2] == 0, 1, 2)
    return jnp.sum(twice * (jnp.conj(a) * b).real, axis=-1)


def directional(
    moments: Complex[Array, " moments"], weights: Float[Array | np.ndarray, " orders"] | None = None
) -> Complex[Array, " moments"]:
    """Moments without those of l = 0, times the square roots of weights per order n, of norm one."""
    n, l, _ = moment_labels(moment_order(len(moments)))
    kept = jnp.where(l == 0, 0, moments)
    if weights is not None:
        kept = kept * jnp.sqrt(jnp.asarray(weights, jnp.finfo(moments.dtype).dtype))[n]
    norm = jnp.sqrt(inner_product(kept, kept))
    if not np.isfinite(float(norm)):
        raise InputError("some moments are not finite numbers.", hint="Look for NaN in the map they are of.")
    if float(norm) == 0:
        raise InputError(
            "these moments are the same in every direction, so no rotation can be told from another.",
            hint="Moments of order 1 or more that are not all zero say something of directions.",
        )
    return kept / norm


def check_alike(
    reference: Complex[Array | np.ndarray, " moments"], moving: Complex[Array | np.ndarray, " others"]
) -> None:
    """Refuse moments of different orders.

    Raises:
        InputError: They are of different lengths.
    """
    if len(reference) != len(moving):
        orders = moment_order(len(reference)), moment_order(len(moving))
        raise InputError(
            f"moments to order {orders[0]} cannot be compared with moments to order {orders[1]}.",
            hint=f"Decompose both to one order, or cut the longer array: moments[:moment_count({min(orders)})].",
        )


@jax.jit
def _coefficients(reference: Complex[Array, " moments"], moving: Complex[Array, " moments"]) -> Complex[Array, "l m k"]:
    """I_mk for m from −L to L and k from 0."""
    fixed, turned = moments_by_degree(reference), moments_by_degree(moving)
    signs = (-1.0) ** np.arange(fixed.shape[1])[:0:-1, None]
    fixed = jnp.concatenate([signs * fixed[:, :0:-1], jnp.conj(fixed)], axis=1)
    return jnp.einsum("lmr,lkr->lmk", fixed, turned, precision=lax.Precision.HIGHEST)
