"""Moments fitted to voxels."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float
from vitreous.grids import coordinates, shift_image
from vitreous.harmonics import ZernikePlan, moment_labels


def refine_moments(
    plan: ZernikePlan,
    volume: Float[Array | np.ndarray, "z y x"],
    moments: Complex[Array | np.ndarray, " moments"],
    *,
    iterations: int = 10,
) -> tuple[Complex[Array, " moments"], Float[Array, " residuals"]]:
    r"""The moments whose series is nearest to a map at the voxels inside the ball.

    $$ \min_M \sum_{|v| \le R} \Bigl| f_v - \sum_{nlm} M_{nlm} Z_{nlm}(v / R) \Bigr|^2 $$

    by conjugate gradients on the normal equations (Hestenes & Stiefel 1952, J. Res. Natl. Bur. Stand. 49, 409), whose
    matrix is nearly a multiple of one, because the functions are nearly orthogonal on voxels too. The moments of
    `ZernikePlan.decompose` are integrals; these depend on the voxels alone, and on the order: each takes up some of
    what lies beyond the last.

    Arguments:
        plan: Its box, ball and order.
        volume: The map.
        moments: Where to start: those of `plan.decompose(volume)`.
        iterations: Each costs a reconstruction and its transpose.

    Returns:
        The moments, and the residual's norm by the norm of the map inside the ball, at the start and after each
        iteration.

    Raises:
        InputError: The number of iterations is negative.

    Examples:
        >>> plan = ZernikePlan(4, 12)
        >>> blob = jnp.exp(-jnp.sum(jnp.square(jnp.mgrid[:12, :12, :12] - 6), axis=0) / 8)
        >>> _, residuals = refine_moments(plan, blob, plan.decompose(blob), iterations=4)
        >>> bool(residuals[-1] < residuals[0])
        True
    """
    if iterations < 0:
        raise InputError(f"iterations={iterations} must not be negative.", hint="Use 10.")
    return _refine(plan, as_float(volume), jnp.asarray(moments), iterations=iterations)


@eqx.filter_jit
def _refine(plan: ZernikePlan, volume: Array, start: Array, *, iterations: int) -> tuple[Array, Array]:
    # Real unknowns that have one length for all functions: moments with m > 0 count twice.
    scale = jnp.asarray(np.where(moment_labels(plan.order)[2] > 0, 2, 1) ** 0.5, volume.dtype)

    def series(unknowns: Float[Array, "2 moments"]) -> Float[Array, "z y x"]:
        return plan.reconstruct(jax.lax.complex(*(unknowns / scale)))

    target = _inside(plan, volume)
    unknowns = jnp.stack([start.real, start.imag]).astype(volume.dtype) * scale
    transpose = jax.linear_transpose(series, unknowns)
    residual = target - series(unknowns)
    (gradient,) = transpose(residual)

    def step(state: tuple, _: None) -> tuple[tuple, Array]:
        unknowns, residual, direction, power = state
        change = series(direction)
        length = _ratio(power, jnp.sum(change**2))
        unknowns, residual = unknowns + length * direction, residual - length * change
        (gradient,) = transpose(residual)
        next_power = jnp.sum(gradient**2)
        state = (unknowns, residual, gradient + _ratio(next_power, power) * direction, next_power)
        return state, jnp.sum(residual**2)

    state = (unknowns, residual, gradient, jnp.sum(gradient**2))
    (unknowns, *_), squares = jax.lax.scan(step, state, None, length=iterations)
    squares = jnp.concatenate([jnp.sum(residual**2)[None], squares])
    return jax.lax.complex(*(unknowns / scale)), jnp.sqrt(_ratio(squares, jnp.sum(target**2)))


def _inside(plan: ZernikePlan, volume: Array) -> Float[Array, "z y x"]:
    """The map about the middle of the box, without what is outside of the ball."""
    centred = volume if plan.center is None else shift_image(volume, -plan.center.astype(volume.dtype))
    distance = jnp.sum(coordinates(volume.shape) ** 2, axis=-1)
    return jnp.where(distance <= plan.radius**2, centred, 0)


def _ratio(a: Array, b: Array) -> Array:
    """The quotient, and 0 where b is 0: there is nothing left to do."""
    return jnp.where(b > 0, a / jnp.where(b > 0, b, 1), 0)
