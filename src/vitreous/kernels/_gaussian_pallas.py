"""Windows of Gaussians in Pallas, for graphics processors: the operands of `_gaussian_jax`, the same results.

A program handles one atom, or one Gaussian of it, and the points of its window a block at a time. Additions are atomic
and in no order, so that sums differ from run to run by rounding.
"""

import functools
import operator
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton as plgpu
from jaxtyping import Array, Bool, Float, Int
from scipy.special import erfcx

from vitreous.grids import Sampling

from ._gaussian_jax import Lattice, Orders, Term, derivatives, nearest_points, terms_of
from ._pallas import BLOCK, atomic_add, horner, launch

_NOTHING = np.int32(0)  # loops count in 32 bits


def spread_pallas(
    positions: Float[Array, "m n d"],
    amplitudes: Float[Array, "m k n g"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
    block: int = BLOCK,
    interpret: bool = False,
) -> Float[Array, "m ..."]:
    """`spread_jax`; `interpret` runs it without a graphics processor, for tests."""
    total = jnp.zeros((len(positions), *lattice.shape), positions.dtype)
    if not amplitudes.size:  # a launch needs a program
        return total
    operands = *_windows(positions, half_widths, lattice), variances, amplitudes, total
    return pl.pallas_call(
        functools.partial(_spread_kernel, orders=orders, lattice=lattice, block=block, interpret=interpret),
        jax.ShapeDtypeStruct(total.shape, total.dtype),
        input_output_aliases={len(operands) - 1: 0},
        **launch((positions.shape[1], 1, len(positions)), block=block, interpret=interpret),
    )(*operands)


def gather_pallas(
    grid: Float[Array, "m ..."],
    positions: Float[Array, "m n d"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
    block: int = BLOCK,
    interpret: bool = False,
) -> Float[Array, "m k n g"]:
    """`gather_jax`."""
    m, n, g = variances.shape
    if not variances.size:
        return jnp.zeros((m, len(orders), n, g), grid.dtype)
    return pl.pallas_call(
        functools.partial(_gather_kernel, orders=orders, lattice=lattice, block=block),
        jax.ShapeDtypeStruct((m, len(orders), n, g), grid.dtype),
        **launch((n, g, m), block=block, interpret=interpret),
    )(*_windows(positions, half_widths, lattice), variances, grid)


class Points(NamedTuple):
    """Points of a window: where they are in the grid, (…, y, x), how far from the centre, and which are in it."""

    place: tuple[Int[Array, "*p"], ...]
    steps: tuple[Float[Array, "*p"], ...]  # (x, y[, z])
    inside: Bool[Array, " p"]


def _windows(positions: Array, half_widths: Array, lattice: Lattice) -> tuple[Array, Array, Array]:
    """Indices (x, y[, z]) of the nearest grid points, how far the positions are from them, and whole half widths."""
    nearest, offsets = nearest_points(positions)
    if not lattice.periodic:
        nearest = nearest + np.asarray(lattice.shape[::-1], np.int32) // 2
    return nearest, offsets, half_widths.astype(jnp.int32)


def _spread_kernel(*refs, orders: Orders, lattice: Lattice, block: int, interpret: bool):
    nearest, offsets, halves, variances, amplitudes, _, total = refs
    atom, one_map = pl.program_id(0), pl.program_id(2)

    def add(points: Points, carry):
        def add_gaussian(g, value):
            waves = _orders_at(points, variances[one_map, atom, g], orders, lattice.sampling)
            for k, wave in enumerate(waves):
                value += amplitudes[one_map, k, atom, g] * wave
            return value

        nothing = jnp.zeros(block, total.dtype)
        value = jax.lax.fori_loop(_NOTHING, np.int32(variances.shape[2]), add_gaussian, nothing)
        atomic_add(total, (one_map, *points.place), value, points.inside, interpret=interpret)
        return carry

    _over_points(nearest, offsets, halves, lattice, block, add, ())


def _gather_kernel(*refs, orders: Orders, lattice: Lattice, block: int):
    nearest, offsets, halves, variances, grid, result = refs
    atom, gaussian, one_map = pl.program_id(0), pl.program_id(1), pl.program_id(2)
    variance = variances[one_map, atom, gaussian]

    def read(points: Points, sums):
        values = plgpu.load(grid.at[one_map, *points.place], mask=points.inside, other=0.0)
        waves = _orders_at(points, variance, orders, lattice.sampling)
        return tuple(total + values * wave for total, wave in zip(sums, waves, strict=True))

    start = (jnp.zeros(block, grid.dtype),) * len(orders)
    for k, values in enumerate(_over_points(nearest, offsets, halves, lattice, block, read, start)):
        result[one_map, k, atom, gaussian] = jnp.sum(values)


def _over_points(nearest, offsets, halves, lattice: Lattice, block: int, body: Callable, carry: tuple) -> tuple:
    """Run `body(points, carry)` for all points of this program's window, a block of them at a time."""
    atom, one_map = pl.program_id(0), pl.program_id(2)
    half, sizes = halves[one_map, atom], lattice.shape[::-1]
    middles = [nearest[one_map, atom, axis] for axis in range(len(sizes))]
    lows, stops = [middle - half for middle in middles], [middle + half + 1 for middle in middles]
    if not lattice.periodic:
        lows, stops = ([jnp.clip(end, 0, n) for end, n in zip(ends, sizes, strict=True)] for ends in (lows, stops))

    columns, rows = stops[0] - lows[0], stops[1] - lows[1]

    def points(lane, layer: tuple) -> Points:
        indices = [lows[0] + lane % columns, lows[1] + lane // columns, *layer]
        steps = [
            (index - middle).astype(offsets.dtype) - offsets[one_map, atom, axis]
            for axis, (index, middle) in enumerate(zip(indices, middles, strict=True))
        ]
        place = [index % n for index, n in zip(indices, sizes, strict=True)] if lattice.periodic else indices
        return Points(tuple(place[::-1]), tuple(steps), lane < columns * rows)

    def over_plane(layer: tuple, carry: tuple) -> tuple:
        lanes, blocks = jax.lax.iota(jnp.int32, block), (columns * rows + (block - 1)) // block
        return jax.lax.fori_loop(_NOTHING, blocks, lambda i, c: body(points(i * block + lanes, layer), c), carry)

    if len(sizes) == 2:
        return over_plane((), carry)
    return jax.lax.fori_loop(lows[2], stops[2], lambda z, carry: over_plane((z,), carry), carry)


def _orders_at(points: Points, variance: Float[Array, ""], orders: Orders, sampling: Sampling) -> list[Array]:
    """A Gaussian's derivatives of every order at the points."""
    terms, scale = terms_of(orders), jax.lax.rsqrt(variance)
    most = [max(term.derivatives[axis] for term in terms) for axis in range(len(points.steps))]
    along = _densities if sampling is Sampling.BANDLIMITED else _averages
    factors = [along(steps, scale, order) for steps, order in zip(points.steps, most, strict=True)]

    def value(term: Term) -> Array:
        return term.coefficient * functools.reduce(operator.mul, map(operator.getitem, factors, term.derivatives))

    return [functools.reduce(operator.add, (value(term) for term in terms if term.of == k)) for k in range(len(orders))]


def _densities(steps: Float[Array, "*p"], scale: Float[Array, ""], order: int) -> list[Array]:
    return derivatives(steps * scale, scale, order)


def _averages(steps: Float[Array, "*p"], scale: Float[Array, ""], order: int) -> list[Array]:
    before, after = (steps - 0.5) * scale, (steps + 0.5) * scale
    # The derivative of an average in u is minus the difference of g at the edges.
    slopes = zip(*(derivatives(edge, scale, order - 1) for edge in (before, after)), strict=True) if order else ()
    return [half_erf(after) - half_erf(before), *(left - right for left, right in slopes)]


def half_erf(t: Float[Array, "*p"]) -> Float[Array, "*p"]:
    r"""$\tfrac12\operatorname{erf}(t/\sqrt2)$, which Pallas does not lower for Triton, from `_erfc_polynomial`."""
    single = t.dtype == jnp.float32
    size = jnp.abs(t) * 0.5**0.5
    size = jnp.where(size > 6.0, 6.0, size)  # NaN stays NaN
    polynomial = horner(_erfc_polynomial(11 if single else 26), (2 - size) / (2 + size))
    half = 0.5 - 0.5 * jnp.exp(-size * size) * polynomial / (1 + 2 * size)
    return jnp.where(t < 0, -half, half)


@functools.cache
def _erfc_polynomial(degree: int) -> tuple[float, ...]:
    r"""$e^{a^2}\operatorname{erfc}(a)\,(1 + 2a)$ as a polynomial in $s = (2 - a)/(2 + a)$, highest power first.

    Fitted at Chebyshev's points; degree 11 is good to 3e-8 and degree 26 to 1e-15.
    """
    nodes = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    a = 2 * (1 - nodes) / (1 + nodes)
    series = np.polynomial.chebyshev.Chebyshev.fit(nodes, erfcx(a) * (1 + 2 * a), degree, domain=[-1, 1])
    return tuple(map(float, series.convert(kind=np.polynomial.Polynomial).coef[::-1]))
