"""Scalars that may be traced."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from ._errors import InputError

FloatLike = float | int | Float[Array, ""] | Float[np.ndarray, ""] | np.floating
"""A real scalar: a Python number, or a zero-dimensional array that JAX may trace."""


def as_float(value: Any) -> Array:
    """`value` as a JAX array of floating type (its own if it has one, else the default).

    Python numbers, integers too, stay weakly typed: beside a float32 array they do not promote it.

    Examples:
        >>> as_float(3).shape
        ()
        >>> (as_float(3) * jnp.float32(1)).dtype.name
        'float32'
    """
    array = jnp.asarray(float(value) if isinstance(value, int) else value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


def as_scalar(value: Any, *, name: str) -> Array:
    """`as_float(value)`, checked to be one number and not an array of them.

    Arguments:
        value: A Python number or an array without axes, which JAX may trace.
        name: What the caller calls it, for the error.

    Raises:
        InputError: `value` has axes.

    Examples:
        >>> as_scalar(2, name="psi").shape
        ()
    """
    array = as_float(value)
    if array.ndim:
        raise InputError(
            f"{name} has shape {array.shape}, but it must be one number: vitreous describes one image at a time.",
            hint="Build a batch with jax.vmap over the constructor, and jax.vmap what uses it too.",
        )
    return array


def is_concrete(value: Any) -> bool:
    """Whether `value` is known now, so that it can be checked; a value that JAX traces is not.

    Examples:
        >>> is_concrete(jnp.ones(3))
        True
        >>> import jax
        >>> bool(jax.jit(lambda x: jnp.asarray(is_concrete(x)))(1.0))
        False
    """
    return not isinstance(value, Tracer)
