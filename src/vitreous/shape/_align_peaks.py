"""The best rotations of a correlation on a grid, and from there the best rotations."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float
from scipy.ndimage import maximum_filter1d

from vitreous.harmonics import moment_order, rotate_moments, rotation_generators
from vitreous.poses import rotation_from_vector

from ._rotations import grid_rotations, inner_product

MOST_STEPS = 10  # of Newton's method, which doubles the digits with each
_TOGETHER = 8  # rotations refined at once: one compilation, whatever their number


def grid_peaks(
    correlation: Float[Array, "psi theta phi"], *, most: int, apart_deg: float
) -> tuple[Float[np.ndarray, "peaks 3 3"], Float[np.ndarray, " peaks"]]:
    """The highest local maxima of a correlation over rotations, highest first, each some angle from the others.

    A rotation with θ = 0 or 180° has as many places on the grid as there are steps, so the maxima are told apart by
    the rotations that they stand for.
    """
    values = np.asarray(correlation)
    highest = values
    for axis, mode in enumerate(("wrap", "nearest", "wrap")):
        highest = maximum_filter1d(highest, 3, axis=axis, mode=mode)
    maxima = values == highest
    indices = np.argwhere(maxima)
    indices = indices[np.argsort(-values[maxima], kind="stable")]
    rotations = grid_rotations(indices, len(values))
    # The trace of the quotient of two rotations is 1 + 2 cos of the angle between them.
    largest_trace = 1 + 2 * np.cos(np.deg2rad(apart_deg))
    chosen: list[int] = []
    left = np.ones(len(rotations), dtype=bool)
    while left.any() and len(chosen) < most:
        chosen.append(int(np.argmax(left)))
        left &= np.sum(rotations * rotations[chosen[-1]], axis=(1, 2)) < largest_trace
    return rotations[chosen], values[tuple(indices[chosen].T)]


def refine_rotations(
    reference: Complex[Array, " moments"],
    moving: Complex[Array, " moments"],
    rotations: Float[np.ndarray, "peaks 3 3"],
) -> tuple[Float[np.ndarray, "peaks 3 3"], Float[np.ndarray, " peaks"]]:
    r"""Rotations moved to the nearest maxima of the correlation, by Newton's method on the rotations.

    With $R \to e^{[\omega]_\times} R$ and the generators $G_k$ of turns, which are antisymmetric, the derivatives of
    $C = \langle f, D g\rangle$ at $\omega = 0$ are

    $$ \frac{\partial C}{\partial \omega_k} = \langle f, G_k D g\rangle, \qquad
       \frac{\partial^2 C}{\partial \omega_j \partial \omega_k} = -\tfrac12 \left(\langle G_j f, G_k D g\rangle
         + \langle G_k f, G_j D g\rangle\right), $$

    so one rotation of the moments gives both exactly. Where the curvature is not that of a maximum, its eigenvalues
    are taken as if it were, and no step is longer than half a wave of the highest degree.
    """
    count = len(rotations)
    whole = rotations[np.arange(-(-count // _TOGETHER) * _TOGETHER) % max(count, 1)]
    refined, scores = [np.zeros((0, 3, 3))], [np.zeros(0)]
    for start in range(0, len(whole), _TOGETHER):
        some = jnp.asarray(whole[start : start + _TOGETHER], jnp.finfo(reference.dtype).dtype)
        for held, found in zip((refined, scores), _refine(reference, moving, some), strict=True):
            held.append(np.asarray(found))
    return np.concatenate(refined)[:count], np.concatenate(scores)[:count]


@jax.jit
def _refine(
    reference: Complex[Array, " moments"], moving: Complex[Array, " moments"], rotations: Float[Array, "peaks 3 3"]
) -> tuple[Float[Array, "peaks 3 3"], Float[Array, " peaks"]]:
    turning = rotation_generators(reference)
    longest = jnp.pi / max(2 * moment_order(len(reference)), 1)
    resolved = 10 * jnp.finfo(rotations.dtype).eps

    def derivatives(moved: Array) -> tuple[Array, Array]:
        moving_turning = rotation_generators(moved)
        slope = inner_product(reference, moving_turning)
        curvature = -inner_product(turning[:, None], moving_turning[None])
        return slope, (curvature + curvature.T) / 2

    def ascend(start: Array) -> tuple[Array, Array]:
        def step(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            rotation, _, count = state
            slope, curvature = derivatives(rotate_moments(moving, rotation))
            bends, axes = jnp.linalg.eigh(curvature)
            along = jnp.matmul(slope, axes, precision=lax.Precision.HIGHEST)
            along = along / jnp.maximum(jnp.abs(bends), resolved * jnp.max(jnp.abs(bends)) + 1e-30)
            turn = jnp.matmul(axes, along, precision=lax.Precision.HIGHEST)
            turn = turn * jnp.minimum(1, longest / jnp.maximum(jnp.linalg.norm(turn), 1e-30))
            moved = jnp.matmul(rotation_from_vector(jnp.rad2deg(turn)), rotation, precision=lax.Precision.HIGHEST)
            return moved, jnp.linalg.norm(turn), count + 1

        def going(state: tuple[Array, Array, Array]) -> Array:
            return (state[1] > resolved) & (state[2] < MOST_STEPS)

        rotation, _, _ = lax.while_loop(going, step, (start, jnp.asarray(jnp.inf, start.dtype), jnp.asarray(0)))
        return rotation, inner_product(reference, rotate_moments(moving, rotation))

    return jax.vmap(ascend)(rotations)
