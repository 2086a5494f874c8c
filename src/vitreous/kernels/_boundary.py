"""What lies beyond the samples of an axis: SciPy's modes of `scipy.ndimage`."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from vitreous._core import InputError

MODES = ("constant", "grid-constant", "nearest", "mirror", "reflect", "grid-wrap", "wrap")


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist."""
    if mode not in MODES:
        raise InputError(f"mode={mode!r} does not say what lies outside.", hint=f"Use one of {', '.join(MODES)}.")


def fold(position: Float[Array, " p"], n: int, *, mode: str, margin: float) -> Float[Array, " p"]:
    """The positions with the same value at most `margin` beyond an axis of n samples.

    With half a window and half a step for margin, what lies beyond it touches no sample of the axis at all.
    """
    if mode in ("constant", "nearest", "grid-constant"):
        return jnp.clip(position, -margin, n - 1 + margin)
    if mode == "grid-wrap":
        return jnp.mod(position, n)
    if mode == "reflect":
        turned = jnp.mod(position + 0.5, 2 * n)
        return jnp.minimum(turned, 2 * n - turned) - 0.5
    if n == 1:
        return jnp.zeros_like(position)
    last = n - 1
    if mode == "mirror":
        turned = jnp.mod(position, 2 * last)
        return jnp.minimum(turned, 2 * last - turned)
    below = position + last * (jnp.floor(-position / last) + 1)
    above = position - last * jnp.floor(position / last)
    return jnp.where(position < 0, below, jnp.where(position > last, above, position))


def samples_around(n: int, *, mode: str, apron: int) -> Int[np.ndarray, " m"]:
    """Which sample of an axis stands at each index from −apron to n − 1 + apron."""
    index = np.arange(-apron, n + apron)
    if mode == "nearest":
        return np.clip(index, 0, n - 1)
    if mode == "grid-wrap":
        return index % n
    if mode == "reflect":
        return np.minimum(index % (2 * n), 2 * n - 1 - index % (2 * n))
    period = max(2 * n - 2, 1)
    return np.minimum(index % period, period - index % period)
