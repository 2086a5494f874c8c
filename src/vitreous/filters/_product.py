"""Filters and masks in a row."""

from functools import reduce
from operator import mul

import jax.numpy as jnp
from jaxtyping import Array, Float

from ._base import AbstractFilter, AbstractMask


class ProductFilter(AbstractFilter):
    """Several filters applied together.

    Arguments:
        filters: The filters; none at all let everything pass.

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.filters import BFactorFilter, LowPassFilter
        >>> both = ProductFilter(BFactorFilter(100.0), LowPassFilter(10.0))
        >>> [round(float(t), 3) for t in both.transfer(jnp.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.2]]))]
        [1.0, 0.939, 0.0]
    """

    filters: tuple[AbstractFilter, ...]

    def __init__(self, *filters: AbstractFilter):
        self.filters = filters

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        product = jnp.ones(frequencies.shape[:-1], frequencies.dtype)
        for factor in self.filters:
            product = product * factor.transfer(frequencies)
        return product


class ProductMask(AbstractMask):
    """Several masks applied together.

    Arguments:
        masks: The masks; none at all leave everything as it is.

    Examples:
        >>> from vitreous.filters import CircularMask, RectangularMask
        >>> cut_disc = ProductMask(CircularMask(2.0, 0.0), RectangularMask(2.0, 9.0, soft_edge=0.0))
        >>> cut_disc.values((5, 5)).sum(axis=0).tolist()
        [0.0, 3.0, 5.0, 3.0, 0.0]
    """

    masks: tuple[AbstractMask, ...]

    def __init__(self, *masks: AbstractMask):
        self.masks = masks

    def values(self, shape: tuple[int, ...]) -> Float[Array, "*n"]:
        """The factor at each pixel of an array of this shape."""
        values = [factor.values(shape) for factor in self.masks]
        return reduce(mul, values) if values else jnp.ones(shape)
