"""Checks of values that are known, in and out of jit."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from ._arrays import FloatLike, as_scalar, is_concrete
from ._errors import InputError


def may_hold(condition: Callable[..., Any], *values: Any) -> bool:
    """Whether a condition on values holds, as far as anyone knows: it may, where JAX traces one of them.

    The condition is given NumPy arrays. What JAX computes from constants is traced inside jit like all else, so that
    to ask `if jnp.any(constant < 0)` there would raise.

    Arguments:
        condition: True or false of each element.
        values: Numbers, arrays and sequences of them, which JAX may trace.

    Examples:
        >>> import jax
        >>> may_hold(lambda low, high: low < high, 2.0, [1.0, 3.0])
        False
        >>> jax.eval_shape(lambda x: x if may_hold(lambda x: x > 0, x) else None, -1.0).shape
        ()
    """
    return not all(map(is_concrete, jax.tree.leaves(values))) or bool(np.all(condition(*map(np.asarray, values))))


def positive(value: FloatLike, *, name: str, unit: str = "Å", hint: str | None = None) -> Float[Array, ""]:
    """`value` as a scalar array, refused where it is known and not a positive, finite number.

    Arguments:
        value: A number that JAX may trace. What is given, and not the array made of it, is checked: a Python number
            inside jit too.
        name: What the caller calls it.
        unit: Its unit, or `""`.
        hint: What to type instead, if there is more to say than the unit.

    Raises:
        InputError: It is known and not such a number, or it has axes.

    Examples:
        >>> float(positive(1.5, name="pixel_size"))
        1.5
    """
    return _demanded(value, lambda x: x > 0, "must be positive and finite", name=name, unit=unit, hint=hint)


def not_negative(value: FloatLike, *, name: str, unit: str = "Å", hint: str | None = None) -> Float[Array, ""]:
    """Like `positive`, but zero is allowed.

    Raises:
        InputError: It is known and negative or not finite, or it has axes.

    Examples:
        >>> float(not_negative(0.0, name="soft_edge"))
        0.0
    """
    return _demanded(value, lambda x: x >= 0, "must not be negative nor infinite", name=name, unit=unit, hint=hint)


def _demanded(
    value: FloatLike, condition: Callable[..., Any], demand: str, *, name: str, unit: str, hint: str | None
) -> Float[Array, ""]:
    scalar = as_scalar(value, name=name)
    if not may_hold(lambda x: condition(x) & (x < np.inf), value):
        shown = f"{name}={float(value):g} {unit}".rstrip()
        raise InputError(
            f"{shown} {demand}.", hint=hint or (f"Give it in {unit}." if unit else "Give a finite number.")
        )
    return scalar
