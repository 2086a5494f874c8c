"""Checks that the files of this room share."""

from vitreous._core import InputError


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
