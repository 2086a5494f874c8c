"""The soft edge of filters and masks."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.jit
def cosine_edge(radius: Float[Array, "..."], start: Float[Array, ""], width: Float[Array, ""]) -> Float[Array, "..."]:
    """1 up to `start`, then a raised cosine that falls to 0 over `width`; a step where the width is 0."""
    soft = width > 0
    x = jnp.where(soft, (radius - start) / jnp.where(soft, width, 1), jnp.where(radius > start, 1, 0))
    return (1 + jnp.cos(jnp.pi * jnp.clip(x, 0, 1))) / 2
