"""Azimuthal numbers in bands, so that loops over them have arrays of one shape without much of it being zero."""

from dataclasses import dataclass
from functools import cache

import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Int, Shaped

from ._indices import moment_count, moment_labels
from ._legendre import legendre_coefficients

# More bands waste less, and take longer to compile.
_BANDS, _NARROWEST = 8, 10


@dataclass(frozen=True)
class Band:
    """Azimuthal numbers from an even `first` to below `end`, with degrees and orders from `first` on, in pairs.

    Arguments:
        order: The largest order n of all.
        first: The first m.
        end: The first m beyond.
    """

    order: int
    first: int
    end: int

    @property
    def pairs(self) -> int:
        """Pairs of an even and an odd degree (or order) from `first` to the order."""
        return (self.order - self.first) // 2 + 1

    @property
    def width(self) -> int:
        """How many azimuthal numbers."""
        return self.end - self.first

    def legendre_tables(self, dtype: DTypeLike) -> tuple[tuple[Array, Array], Array]:
        """For every m, what `legendre_rows` takes: its coefficients and where it starts."""
        shape = (self.width, self.pairs, 2)
        degrees = slice(self.first, self.first + 2 * self.pairs)
        first, second = (
            table[degrees, self.first : self.end].T.reshape(shape) for table in legendre_coefficients(self.order + 1)
        )
        starts = np.arange(self.first, self.end)[:, None] == self.first + np.arange(2 * self.pairs)
        return (jnp.asarray(first, dtype), jnp.asarray(second, dtype)), jnp.asarray(starts.reshape(shape), dtype)


@cache
def bands(order: int) -> tuple[Band, ...]:
    """The bands of all azimuthal numbers to an order."""
    width = max(-(-(order + 1) // _BANDS), _NARROWEST)
    width += width % 2
    return tuple(Band(order, first, min(first + width, order + 1)) for first in range(0, order + 1, width))


def _size(band: Band) -> int:
    return band.width * 2 * band.pairs**2


@cache
def _places(order: int) -> Int[np.ndarray, " moments"]:
    """Where each moment stands among the raveled arrays "m parity l n" of all bands, one behind the other."""
    n, l, m = moment_labels(order)
    all_bands = bands(order)
    band = np.searchsorted([b.end for b in all_bands], m, side="right")
    offset = np.concatenate([[0], np.cumsum([_size(b) for b in all_bands])])[band]
    first, pairs = (np.array(column)[band] for column in zip(*((b.first, b.pairs) for b in all_bands), strict=True))
    return offset + (((m - first) * 2 + l % 2) * pairs + (l - first) // 2) * pairs + (n - first) // 2


def pack(by_band: list[Shaped[Array, "_ 2 _ _"]], order: int) -> Shaped[Array, " moments"]:
    """The array of moments from arrays of all bands, with axes m, parity, degree and order."""
    return jnp.concatenate([values.ravel() for values in by_band])[_places(order)]


def unpack(moments: Shaped[Array, " moments"], order: int) -> list[Shaped[Array, "_ 2 _ _"]]:
    """The inverse of `pack`, with zeros where there is no moment."""
    all_bands = bands(order)
    sources = np.full(sum(_size(b) for b in all_bands), moment_count(order))
    sources[_places(order)] = np.arange(moment_count(order))
    dense = jnp.concatenate([moments, jnp.zeros(1, moments.dtype)])[sources]
    parts = jnp.split(dense, np.cumsum([_size(b) for b in all_bands])[:-1])
    return [part.reshape(b.width, 2, b.pairs, b.pairs) for part, b in zip(parts, all_bands, strict=True)]
