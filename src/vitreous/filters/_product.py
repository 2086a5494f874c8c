"""Filters in a row."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ._base import AbstractFilter


class ProductFilter(AbstractFilter):
    """Several filters applied together.

    Arguments:
        filters: The filters; none at all let everything pass.

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.filters import HighPassFilter, LowPassFilter
        >>> band = ProductFilter(HighPassFilter(100.0), LowPassFilter(10.0))
        >>> band.transfer(jnp.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.2]])).tolist()
        [0.0, 1.0, 0.0]
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
