"""Points of one distance from the origin in columns, and sums of functions of the direction over them."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int, Shaped

from ._legendre import legendre_scan, sectoral_next, sectoral_start
from ._octants import Octants

# Points (of an eighth of the upper half) handled at once: enough to keep loops busy, few enough for the cache.
_BLOCK = 2048


@dataclass(frozen=True)
class Columns:
    """The points of a lattice in blocks of columns, each of one distance from the origin.

    What depends on the distance alone is then needed once for each column. Columns end with points of no weight.

    Arguments:
        octants: The points, nearest first.
        places: Which of them stands where; −1 where none does.
    """

    octants: Octants
    places: Int[np.ndarray, "blocks w c"]

    @classmethod
    def of(cls, octants: Octants) -> "Columns":
        """Points in columns of a height that wastes few places."""
        first, counts = np.unique(octants.shell, return_index=True, return_counts=True)[1:]
        height = int(2 ** np.ceil(np.log2(max(counts.mean() / 2, 4))))
        parts = -(-counts // height)
        start = np.repeat(first, parts) + height * (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts))
        places = start + np.arange(height)[:, None]
        places = np.where(places < np.repeat(first + counts, parts), places, -1)
        blocks = -(-places.size // _BLOCK)
        width = -(-places.shape[1] // blocks)
        places = np.pad(places, ((0, 0), (0, blocks * width - places.shape[1])), constant_values=-1)
        return cls(octants, np.moveaxis(places.reshape(height, blocks, width), 1, 0))

    @property
    def squared_distance(self) -> Int[np.ndarray, "blocks c"]:
        """Of every column."""
        return self.octants.shell[self.places.max(axis=1)]

    @property
    def directions(self) -> Float[np.ndarray, "blocks 4 w c"]:
        """As `Octants.directions`."""
        return np.moveaxis(self.octants.directions[:, self.places], 0, 1)

    def take(self, values: Shaped[np.ndarray, "*n orbits"], *, fill: float) -> Shaped[np.ndarray, "blocks *n w c"]:
        """Values of the orbits at their places, `fill` where there is none."""
        taken = np.where(self.places >= 0, values[..., self.places], fill)
        return np.moveaxis(taken.astype(values.dtype), -3, 0)


def sum_columns(
    summed: Complex[Array, "2 4 p"],
    differences: Complex[Array, "2 4 p"],
    directions: Float[Array, "4 w c"],
    legendre: list,
) -> list[Complex[Array, "_ 2 _ c"]]:
    r"""Sums $\sum f\, \bar P_{lm} e^{-im\varphi}$ over the points of every column of a block.

    Arguments:
        summed: What `fold_images` gives, for even and for odd degrees.
        differences: Likewise.
        directions: Those of the points.
        legendre: The tables of every band.

    Returns:
        For every band, the sums by azimuthal number, parity, degree and column.
    """
    shape = directions.shape[1:]
    cos_theta, sin_theta, cos_phi, sin_phi = directions.reshape(4, -1)

    def step(state: tuple, row: tuple) -> tuple[tuple, Array]:
        sectoral, phase = state
        m, *tables = row
        fields = phase.real * summed[:, m % 4] + phase.imag * differences[:, m % 4]
        parts = [(field.real, field.imag) for field in fields]

        def add(_: None, even: Array, odd: Array, __: None) -> tuple[None, tuple]:
            return None, tuple(
                tuple(jnp.sum((function * part).reshape(shape), axis=0) for part in field)
                for function, field in zip((even, odd), parts, strict=True)
            )

        _, kept = legendre_scan(add, None, (*tables, None), cos_theta, sectoral)
        sectoral = sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral)
        turned = phase * jax.lax.complex(cos_phi, sin_phi)
        return (sectoral, turned), jnp.stack([jax.lax.complex(*sums) for sums in kept])

    start = sectoral_start(cos_theta)
    state, first, sums = (start, jax.lax.complex(jnp.ones_like(start), jnp.zeros_like(start))), 0, []
    for tables in legendre:
        numbers = jnp.arange(first, first + len(tables[1]))
        state, found = jax.lax.scan(step, state, (numbers, *tables))
        sums.append(found)
        first += len(numbers)
    return sums


def series_at_columns(
    columns: list[Complex[Array, "_ 2 _ c"]], directions: Float[Array, "4 w c"], legendre: list
) -> tuple[Complex[Array, "4 2 p"], Complex[Array, "4 2 p"]]:
    r"""Series $\sum c_{lm} \bar P_{lm} e^{im\varphi}$ at the points of every column, the transpose of `sum_columns`.

    Arguments:
        columns: For every band, coefficients by azimuthal number, parity, degree and column.
        directions: Those of the points.
        legendre: The tables of every band.

    Returns:
        The sums at φ and at −φ, which `unfold_images` takes, above and below the plane z = 0.
    """
    shape = directions.shape[1:]
    cos_theta, sin_theta, cos_phi, sin_phi = directions.reshape(4, -1)

    def step(state: tuple, row: tuple) -> tuple[tuple, None]:
        sectoral, phase, turned, reflected = state
        m, values, *tables = row

        def add(total: tuple, even: Array, odd: Array, coefficients: tuple) -> tuple[tuple, None]:
            terms = [
                (function.reshape(shape) * value.real, function.reshape(shape) * value.imag)
                for function, value in zip((even, odd), coefficients, strict=True)
            ]
            return jax.tree.map(jnp.add, total, tuple(terms)), None

        zeros = ((jnp.zeros(shape, cos_theta.dtype),) * 2,) * 2
        total, _ = legendre_scan(add, zeros, (*tables, tuple(values)), cos_theta, sectoral)
        even, odd = (jax.lax.complex(*parts).ravel() for parts in total)
        # Functions with l + m odd change their sign from above to below.
        series = jnp.stack([even + odd, jnp.where(m % 2 == 0, 1, -1) * (even - odd)])
        turned = turned.at[m % 4].add(series * phase)
        reflected = reflected.at[m % 4].add(series * phase.conj())
        sectoral = sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral)
        return (sectoral, phase * jax.lax.complex(cos_phi, sin_phi), turned, reflected), None

    start = sectoral_start(cos_theta)
    phase = jax.lax.complex(jnp.ones_like(start), jnp.zeros_like(start))
    empty = jnp.zeros((4, 2, start.size), phase.dtype)
    state, first = (start, phase, empty, empty), 0
    for tables, values in zip(legendre, columns, strict=True):
        state, _ = jax.lax.scan(step, state, (jnp.arange(first, first + len(values)), values, *tables))
        first += len(values)
    return state[2], state[3]


def contract(subscripts: str, values: Complex[Array, "..."], table: Float[Array, "..."]) -> Complex[Array, "..."]:
    """A product with a real table: two real ones, which cost half of a complex one."""
    products = [
        jnp.einsum(subscripts, part, table, precision=jax.lax.Precision.HIGHEST) for part in (values.real, values.imag)
    ]
    return jax.lax.complex(*products)
