"""Checks that the filters and masks share."""

import math

from jaxtyping import Array

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete


def length(value: FloatLike, *, name: str, zero: bool = False) -> Array:
    """`value` as a scalar array, refused where it is known and not positive (or not zero, where that is allowed)."""
    scalar = as_scalar(value, name=name)
    if is_concrete(scalar) and not (0 < float(scalar) < math.inf or (zero and float(scalar) == 0)):
        sign = "zero or positive" if zero else "positive"
        raise InputError(f"{name}={float(scalar):g} is no such length.", hint=f"Give {name} in Å, {sign}.")
    return scalar


def same_axes(shape: tuple[int, ...], *, axes: int, mask: str, use: str) -> None:
    """Refuse a shape that has not the mask's number of axes."""
    if len(shape) != axes:
        raise InputError(
            f"{mask} is a mask in {axes} dimensions and does not fit an array of shape {shape}.",
            hint=f"{use}; for a stack, use jax.vmap.",
        )
