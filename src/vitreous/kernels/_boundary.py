"""What lies beyond the samples of an axis: SciPy's modes of `scipy.ndimage`."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vitreous._core import InputError

MODES = ("constant", "grid-constant", "nearest", "mirror", "reflect", "grid-wrap", "wrap")


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist."""
    if mode not in MODES:
        raise InputError(f"mode={mode!r} does not say what lies outside.", hint=f"Use one of {', '.join(MODES)}.")


def coordinate_inside(position: Float[Array, " p"], n: int, mode: str) -> tuple[Float[Array, " p"], Bool[Array, " p"]]:
    """The positions where a mode moves them as such, and which of them take the fill value.

    The other modes continue the samples (`sample_index`), which continues the interpolant with them.
    """
    check_mode(mode)
    last = n - 1
    nowhere = jnp.zeros(position.shape, bool)
    if mode == "constant":
        outside = (position < 0) | (position > last)
        return jnp.where(outside, 0, position), outside
    if mode == "wrap":
        if n == 1:
            return jnp.zeros_like(position), nowhere
        below = position + last * (jnp.floor(-position / last) + 1)
        above = position - last * jnp.floor(position / last)
        return jnp.where(position < 0, below, jnp.where(position > last, above, position)), nowhere
    return position, nowhere


def sample_index(index: Int[Array, " p"], n: int, mode: str) -> tuple[Int[Array, " p"], Bool[Array, " p"]]:
    """Which sample stands at an index of an endless axis, and whether one does."""
    inside = (index >= 0) & (index < n)
    if mode in ("nearest", "grid-constant"):
        return jnp.clip(index, 0, n - 1), inside
    if mode == "grid-wrap":
        return index % n, inside
    if mode == "reflect":
        folded = index % (2 * n)
        return jnp.minimum(folded, 2 * n - 1 - folded), inside
    period = max(2 * n - 2, 1)
    folded = index % period
    return jnp.minimum(folded, period - folded), inside
