"""Checks of the room's numbers."""

import math

from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete


def positive(value: FloatLike, *, name: str, unit: str) -> Float[Array, ""]:
    """The value as a scalar; it raises where the value is known and not positive."""
    scalar = as_scalar(value, name=name)
    if is_concrete(scalar) and not 0 < float(scalar) < math.inf:
        raise InputError(f"{name}={float(scalar):g} must be positive.", hint=f"Give it in {unit}.")
    return scalar


def not_negative(value: FloatLike, *, name: str, unit: str) -> Float[Array, ""]:
    """The value as a scalar; it raises where the value is known and negative."""
    scalar = as_scalar(value, name=name)
    if is_concrete(scalar) and not 0 <= float(scalar) < math.inf:
        raise InputError(f"{name}={float(scalar):g} must not be negative.", hint=f"Give it in {unit}.")
    return scalar
