"""Lengths of vectors whose gradients stay finite."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import as_float


def radius(vectors: Float[Array | np.ndarray, "*n d"]) -> Float[Array, "*n"]:
    r"""The lengths $|v|$ of coordinate or frequency vectors; the gradient at $v = 0$ is 0 and not NaN.

    Arguments:
        vectors: Vectors in the last axis, such as `coordinates` or `frequencies` give.

    Returns:
        Lengths, in the vectors' unit.

    Examples:
        >>> import jax.numpy as jnp
        >>> radius(jnp.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [5.0, 0.0]
    """
    return _norm(as_float(vectors))


@jax.jit
def _norm(vectors: Float[Array, "*n d"]) -> Float[Array, "*n"]:
    squares = jnp.sum(vectors**2, axis=-1)
    return jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), 0)
