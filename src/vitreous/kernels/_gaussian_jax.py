r"""Windows of Gaussians added to a grid and read from one, in pure JAX: what the native forms must reproduce.

All lengths are in steps of the grid. Along an axis a Gaussian at u of variance s is, at the points j of the grid,

- band-limited: $g(j - u)$ with the normal density $g$; the grid is periodic and j = 0 is the origin;
- averaged: $\int_{j-1/2}^{j+1/2} g(x - u)\,dx$; what falls off the grid is lost, and j = size // 2 is the origin;

within the window $|j - \mathrm{round}(u)| \le h$. A derivative in u of order m replaces g by
$\sigma^{-m}\,\mathrm{He}_m((x-u)/\sigma)\,g(x-u)$, with Hermite's polynomials. An order (i, j, l) or (i, j, k, l) is
that of $\partial_x^i\partial_y^j(\partial_z^k)\nabla^{2l}$.
"""

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vitreous.grids import Sampling

Orders = tuple[tuple[int, ...], ...]  # of derivatives along x, y[, z] and Laplacians; results or amplitudes for each

_IN_FLIGHT = 2**18  # grid points in the windows that are evaluated together
_UNKNOWN_BLOCK = 8
_FARTHEST_STEPS = 2**30
_EXACT = jax.lax.Precision.HIGHEST


@dataclass(frozen=True)
class Term:
    """A product of derivatives along the axes, one of those that make up an order.

    Arguments:
        of: Index of the order.
        coefficient: How often it occurs.
        derivatives: Along (x, y[, z]).
    """

    of: int
    coefficient: int
    derivatives: tuple[int, ...]


def terms_of(orders: Orders) -> tuple[Term, ...]:
    """Orders without Laplacians.

    Examples:
        >>> [term.derivatives for term in terms_of(((1, 0, 0), (0, 0, 1)))]
        [(1, 0), (2, 0), (0, 2)]
    """
    terms = []
    for of, order in enumerate(orders):
        found = {order[:-1]: 1}
        for _ in range(order[-1]):
            raised = Counter()
            for derivatives, times in found.items():
                for axis in range(len(derivatives)):
                    raised[tuple(m + 2 * (i == axis) for i, m in enumerate(derivatives))] += times
            found = raised
        terms += [Term(of, times, derivatives) for derivatives, times in found.items()]
    return tuple(terms)


@dataclass(frozen=True)
class Lattice:
    """The grid, and how to work through it, which does not change the result.

    Arguments:
        shape: Number of points (y, x) or (z, y, x).
        sampling: What a point means, and with that what happens at the borders.
        block: Points along an axis that are evaluated together; best the width of most windows. None if unknown.
        batch_size: Number of positions in flight at a time, or None.
    """

    shape: tuple[int, ...]
    sampling: Sampling
    block: int | None = None
    batch_size: int | None = None

    @property
    def periodic(self) -> bool:
        """Whether windows that leave the grid come back on its other side."""
        return self.sampling is Sampling.BANDLIMITED

    @property
    def width(self) -> int:
        """Points along an axis that are evaluated together."""
        return self.block or _UNKNOWN_BLOCK

    @property
    def margins(self) -> tuple[int, int]:
        """Points before and behind the grid that a block may reach."""
        return (0, self.width) if self.periodic else (self.width, self.width)


def spread_jax(
    positions: Float[Array, "m n d"],
    amplitudes: Float[Array, "m k n g"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
) -> Float[Array, "m ..."]:
    """Sum of derivatives of Gaussians, `amplitudes[:, i]` times those of `orders[i]`: (m, *shape)."""
    maps = len(positions)
    chunks = _chunks(positions, amplitudes, variances, half_widths, lattice=lattice)
    lengths = [size + sum(lattice.margins) for size in lattice.shape]
    start = jnp.zeros((maps, *lengths), positions.dtype)

    def add_chunk(total: Array, chunk: tuple[Array, ...]) -> tuple[Array, None]:
        u, a, s, h = chunk

        def add_block(first: Array, total: Array) -> Array:
            add = partial(_add_block, terms=terms_of(orders), lattice=lattice)
            return jax.vmap(add, in_axes=(0, None, 0, 0, 0, 0))(total, first, u, a, s, h)

        return _over_blocks(h, lattice, add_block, total), None

    total = jax.lax.scan(add_chunk, start, chunks)[0]
    for axis, size in enumerate(lattice.shape, start=1):
        total = _fold(total, size, axis, lattice)
    return total


def gather_jax(
    grid: Float[Array, "m ..."],
    positions: Float[Array, "m n d"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
) -> Float[Array, "m k n g"]:
    """Sums over the grid of its values times derivatives of Gaussians: the transpose of `spread_jax`."""
    n = positions.shape[1]
    margins = [(0, 0), *[lattice.margins for _ in lattice.shape]]
    padded = jnp.pad(grid, margins, mode="wrap" if lattice.periodic else "constant")
    nothing = jnp.zeros((len(positions), 0, n, variances.shape[-1]), grid.dtype)
    chunks = _chunks(positions, nothing, variances, half_widths, lattice=lattice)

    def read_chunk(chunk: tuple[Array, ...]) -> Array:
        u, a, s, h = chunk

        def add_block(first: Array, total: Array) -> Array:
            read = partial(_read_block, orders=len(orders), terms=terms_of(orders), lattice=lattice)
            return total + jax.vmap(read, in_axes=(0, None, 0, 0, 0))(padded, first, u, s, h)

        start = jnp.zeros((a.shape[0], len(orders), *a.shape[2:]), grid.dtype)
        return _over_blocks(h, lattice, add_block, start)

    values = jnp.moveaxis(jax.lax.map(read_chunk, chunks), 0, 2)
    return values.reshape(*values.shape[:2], -1, values.shape[-1])[:, :, :n]


def _chunks(
    positions: Array, amplitudes: Array, variances: Array, half_widths: Array, *, lattice: Lattice
) -> tuple[Array, ...]:
    """The atoms in chunks of equal size, which come first; those that fill up the last one have no amplitude."""
    maps, n, d = positions.shape
    size = lattice.batch_size or _IN_FLIGHT // (max(maps, 1) * lattice.width**d)
    size = max(1, min(size, n))
    count = -(-n // size)

    def split(array: Array, axis: int, fill: int) -> Array:
        padding = [(0, 0)] * array.ndim
        padding[axis] = (0, count * size - n)
        padded = jnp.pad(array, padding, constant_values=fill)
        parts = padded.reshape(*array.shape[:axis], count, size, *array.shape[axis + 1 :])
        return jnp.moveaxis(parts, axis, 0)

    return split(positions, 1, 0), split(amplitudes, 2, 0), split(variances, 1, 1), split(half_widths, 1, 0)


def _over_blocks(half_widths: Array, lattice: Lattice, step, start: Array) -> Array:
    """Do `step(first, value)` for all blocks of the widest window; `first` is their corner from its middle."""
    d, widest = len(lattice.shape), jnp.max(half_widths, initial=0).astype(jnp.int32)
    count = (2 * widest + lattice.width) // lattice.width

    def body(i: Array, value: Array) -> Array:
        blocks = jnp.stack([i // count**axis % count for axis in range(d)])
        return step(blocks * lattice.width - widest, value)

    return jax.lax.fori_loop(0, count**d, body, start)


def _add_block(total, first, positions, amplitudes, variances, half_widths, *, terms, lattice):
    """One block of every window of a map, added to it."""
    d = len(lattice.shape)
    corners, factors = _locate(first, positions, variances, half_widths, terms, lattice)
    weights = jnp.concatenate([term.coefficient * amplitudes[term.of] for term in terms], axis=1)[..., None]
    axes = "zyx"[-d:]
    terms = ",".join(f"bg{axis}" for axis in axes)
    values = jnp.einsum(f"{terms}->b{axes}", *factors[:0:-1], factors[0] * weights, precision=_EXACT)
    places = jax.lax.ScatterDimensionNumbers(
        tuple(range(1, d + 1)), inserted_window_dims=(), scatter_dims_to_operand_dims=tuple(range(d))
    )
    return jax.lax.scatter_add(total, corners, values, places, mode=jax.lax.GatherScatterMode.FILL_OR_DROP)


def _read_block(padded, first, positions, variances, half_widths, *, orders, terms, lattice):
    """Sums over one block of every window of a map."""
    d = len(lattice.shape)
    corners, factors = _locate(first, positions, variances, half_widths, terms, lattice)
    numbers = jax.lax.GatherDimensionNumbers(
        tuple(range(1, d + 1)), collapsed_slice_dims=(), start_index_map=tuple(range(d))
    )
    mode = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS
    values = jax.lax.gather(padded, corners, numbers, (lattice.width,) * d, mode=mode)
    axes = "zyx"[-d:]
    values = jnp.einsum(f"b{axes},bgx->bg{axes[:-1]}", values, factors[0], precision=_EXACT)
    for factor in factors[1:]:
        axes = axes[:-1]
        values = jnp.einsum(f"bg{axes},bg{axes[-1]}->bg{axes[:-1]}", values, factor, precision=_EXACT)
    parts = jnp.moveaxis(values.reshape(len(positions), len(terms), -1), 1, 0)
    pairs = list(zip(terms, parts, strict=True))
    return jnp.stack([sum(term.coefficient * part for term, part in pairs if term.of == i) for i in range(orders)])


def nearest_points(positions: Float[Array, "*n d"]) -> tuple[Int[Array, "*n d"], Float[Array, "*n d"]]:
    """The grid points next to positions, and how far those are from them; NaN for what is no number."""
    whole = jnp.round(positions)
    # A position that is no number keeps a window, whose values are none either.
    return jnp.clip(jnp.nan_to_num(whole), -_FARTHEST_STEPS, _FARTHEST_STEPS).astype(jnp.int32), positions - whole


def _locate(first, positions, variances, half_widths, terms, lattice):
    """Corners (…, y, x) of a block of every window in the grid with its margins, and the factors of each axis.

    Factors of x, y[, z] are `b (t g) w`: for every term all Gaussians of an atom.
    """
    nearest, offsets = nearest_points(positions)
    sizes = jnp.asarray(lattice.shape[::-1])
    if lattice.periodic:
        corner = jnp.mod(nearest + first, sizes)
    else:
        corner = jnp.clip(nearest + first + sizes // 2, -lattice.width, sizes) + lattice.width
    factors = []
    for axis in range(len(lattice.shape)):
        needed = [term.derivatives[axis] for term in terms]
        index = first[axis] + jnp.arange(lattice.width)
        parts = _factors(index, offsets[:, axis], variances, max(needed), lattice.sampling)
        inside = (jnp.abs(index) <= half_widths[:, None])[:, None]
        factors.append(jnp.concatenate([jnp.where(inside, parts[m], 0) for m in needed], axis=1))
    return corner[:, ::-1], factors


def _factors(index: Array, offset: Array, variances: Array, order: int, sampling: Sampling) -> list[Array]:
    """Along one axis, every Gaussian and its derivatives up to an order, each `b g w`."""
    scale = jax.lax.rsqrt(variances)[..., None]
    if sampling is Sampling.BANDLIMITED:
        return derivatives((index - offset[:, None])[:, None] * scale, scale, order)
    edges = jnp.append(index, index[-1] + 1) - 0.5
    where = (edges - offset[:, None])[:, None] * scale
    # The derivative of an average in u is minus the difference of g at the edges.
    slopes = [-values for values in derivatives(where, scale, order - 1)] if order else []
    return [jnp.diff(values, axis=-1) for values in (jax.lax.erf(where * math.sqrt(0.5)) / 2, *slopes)]


def derivatives(where: Array, scale: Array, order: int) -> list[Array]:
    """Normal density at x = `where` σ and its derivatives in its centre, with scale = 1 / σ."""
    # Beyond, the density is less than the smallest number, and stays so times Hermite's polynomials.
    most = 13.0 if where.dtype == jnp.float32 else 37.0
    # Not by maxima, which drop NaN where Triton computes them.
    t = jnp.where(where > most, most, jnp.where(where < -most, -most, where))
    density = jnp.exp(-(t**2) / 2) * scale / math.sqrt(2 * math.pi)
    hermite = [jnp.ones_like(t), t]
    for m in range(1, order):
        hermite.append(t * hermite[m] - m * hermite[m - 1])
    return [density * hermite[m] * scale**m for m in range(order + 1)]


def _fold(grid: Array, size: int, axis: int, lattice: Lattice) -> Array:
    """The grid without the margins of an axis, of which a periodic one adds what they hold."""
    before, _ = lattice.margins
    total = jax.lax.slice_in_dim(grid, before, before + size, axis=axis)
    if not lattice.periodic:
        return total
    for start in range(size, grid.shape[axis], size):
        part = jax.lax.slice_in_dim(grid, start, min(start + size, grid.shape[axis]), axis=axis)
        place = [slice(None)] * axis + [slice(0, part.shape[axis])]
        total = total.at[tuple(place)].add(part)
    return total
