"""Sums of waves from points, term by term."""

import math

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous._core import sum_batches

_WAVES_AT_A_TIME = 2**22


def structure_factor(
    positions: Float[Array, "n 3"], weights: Float[Array, " n"], frequencies: Float[Array, "*points 3"]
) -> Complex[Array, "*points"]:
    r"""$\sum_i w_i\,e^{-2\pi i\,k\cdot r_i}$ at any frequencies, in bounded memory, in the gradient too.

    Arguments:
        positions: (x, y, z) in Å.
        weights: One for each position.
        frequencies: (x, y, z) in Å⁻¹.
    """
    points = frequencies.reshape(-1, 3)

    def batch_sum(atoms: tuple[Array, Array]) -> Complex[Array, " p"]:
        places, amounts = atoms
        turns = jnp.einsum("pd,nd->pn", points, places, precision=lax.Precision.HIGHEST)
        # Whole turns are dropped first: float32 then keeps its digits for the part of the phase that matters.
        phase = -2 * math.pi * (turns - lax.stop_gradient(jnp.round(turns)))
        return lax.complex(jnp.sum(amounts * jnp.cos(phase), axis=-1), jnp.sum(amounts * jnp.sin(phase), axis=-1))

    batch_size = max(1, _WAVES_AT_A_TIME // max(1, points.shape[0]))
    total = sum_batches(batch_sum, (positions, weights), batch_size=batch_size)
    return total.reshape(frequencies.shape[:-1])
