"""Checks that the filters and masks share."""

from vitreous._core import InputError


def same_axes(shape: tuple[int, ...], *, axes: int, mask: str, use: str) -> None:
    """Refuse a shape that has not the mask's number of axes."""
    if len(shape) != axes:
        raise InputError(
            f"{mask} is a mask in {axes} dimensions and does not fit an array of shape {shape}.",
            hint=f"{use}; for a stack, use jax.vmap.",
        )
