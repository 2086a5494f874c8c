"""Checks that the files of this room share."""

import math

from jaxtyping import Array

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete


def positive(value: FloatLike, *, name: str) -> Array:
    """`value` as a scalar array, refused where it is known and not a positive number."""
    scalar = as_scalar(value, name=name)
    if is_concrete(scalar) and not (math.isfinite(float(scalar)) and float(scalar) > 0):
        raise InputError(
            f"{name}={float(scalar):g} is no length of a pixel.", hint=f"Give {name} in Å, a positive number."
        )
    return scalar


def same_axes(shape: tuple[int, ...], new_shape: tuple[int, ...]) -> None:
    """Refuse a new shape that has other axes, or an empty one."""
    if len(shape) != len(new_shape) or min(new_shape, default=0) < 1:
        raise InputError(
            f"An array of shape {shape} cannot be brought to shape {new_shape}: one positive size per axis is needed.",
            hint="Give one image or volume; for a stack, use jax.vmap.",
        )


def half_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the half spectrum of a real array of this shape."""
    return (*shape[:-1], shape[-1] // 2 + 1)
