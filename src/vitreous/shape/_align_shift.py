"""The translation that lays one map on another."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from vitreous.grids import frequencies, irfftn, mode_multiplicity, radius, rfftn, shift_phases

_STEPS = 4  # of Newton's method from the nearest voxel: its error squares with each


@partial(jax.jit, static_argnames="finest")
def best_shift(reference: Float[Array, "z y x"], moving: Float[Array, "z y x"], *, finest: float) -> Float[Array, "3"]:
    r"""The translation in voxels (x, y, z) after which a map correlates best with another.

    The highest voxel of $c(t) = \sum_k \overline{F_k}\, G_k\, e^{-2\pi i k \cdot t}$ over the modes of a resolution of
    at least `finest` voxels, and from there Newton's method on t, whose first and second derivatives are sums over the
    same modes.
    """
    shape = reference.shape
    k = frequencies(shape).astype(reference.dtype)
    cross = jnp.where(radius(k) <= 1 / finest, jnp.conj(rfftn(reference)) * rfftn(moving), 0)
    scores = irfftn(jnp.conj(cross), shape)
    start = jnp.stack(jnp.unravel_index(jnp.argmax(scores), shape))[::-1] - jnp.asarray(shape[::-1]) // 2

    def step(_: Array, shift: Array) -> Array:
        terms = cross * shift_phases(shift, shape) * mode_multiplicity(shape).astype(shift.dtype)
        waves = -2 * jnp.pi * k
        slope = jnp.einsum("zyx,zyxi->i", -terms.imag, waves, precision=lax.Precision.HIGHEST)
        curvature = -jnp.einsum("zyx,zyxi,zyxj->ij", terms.real, waves, waves, precision=lax.Precision.HIGHEST)
        bends, axes = jnp.linalg.eigh(curvature)
        along = jnp.matmul(slope, axes, precision=lax.Precision.HIGHEST) / jnp.maximum(jnp.abs(bends), 1e-30)
        return shift + jnp.clip(jnp.matmul(axes, along, precision=lax.Precision.HIGHEST), -0.5, 0.5)

    return lax.fori_loop(0, _STEPS, step, start.astype(reference.dtype))
