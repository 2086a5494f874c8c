"""Reading and filling half spectra in pure JAX: what the faster forms must reproduce.

Operands have axes of their own for maps (M) and images (B): grids `[M, z, y, x]`, points `[M, P, 3]` or matrices
`[M, B, 3, 2]` that turn the modes of a `Plane` into points; values follow their points, `[M, k, P]` or
`[M, k, B, y, xh]`, with k orders of differentiation of the window.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ._half_grid import apron_width
from ._interpolant import Interpolant
from ._plane import Plane

CHUNK = 4096  # points in flight: 125 taps of 8 bytes each stay within the cache
# A window begins at ⌈u − w/2 − TIE⌉: positions on the lattice, where two windows would do, then get the same one
# whatever their rounding.
TIE = 2.0**-14
FARTHEST = 2.0**22  # steps from which on a position has no fraction left in single precision

Orders = tuple[tuple[int, int, int], ...]
VALUE: Orders = ((0, 0, 0),)


def gather_jax(grid: Array, where: Array, *, interpolant: Interpolant, orders: Orders, plane: Plane | None) -> Array:
    """Values `[M, k, …]` at the points, zero at modes that take no part."""

    def one(pair: tuple[Array, Array]) -> Array:
        volume, operand = pair
        values = _gather(volume, point_list(operand, plane), interpolant, orders)
        if plane is None:
            return values
        y, xh = plane.spectrum_shape
        spectra = jnp.zeros((len(orders), len(operand), y * xh), values.dtype)
        spectra = spectra.at[..., plane.places].set(values.reshape(len(orders), len(operand), -1))
        return spectra.reshape(len(orders), len(operand), y, xh)

    return jax.lax.map(one, (grid, where))


def spread_jax(
    values: Array,
    where: Array,
    *,
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    shape: tuple[int, int, int],
) -> Array:
    """Grids `[M, z, y, x]` to which the values were added."""

    def one(pair: tuple[Array, Array]) -> Array:
        amounts, operand = pair
        if plane is not None:
            amounts = amounts.reshape(*amounts.shape[:2], -1)[..., plane.places].reshape(len(orders), -1)
        return _spread(amounts, point_list(operand, plane), interpolant, orders, shape)

    return jax.lax.map(one, (values, where))


def insert_jax(
    numerator: Array,
    weight: Array,
    values: Array,
    amounts: Array,
    matrices: Array,
    *,
    interpolant: Interpolant,
    plane: Plane,
) -> tuple[Array, Array]:
    """Both grids with the values and amounts of every copy added; without an axis of maps."""
    copies = matrices.reshape(-1, 1, len(values), 3, 2)
    z, y, x = numerator.shape
    options = {"interpolant": interpolant, "orders": VALUE, "plane": plane, "shape": (z, y, x)}

    def add(totals: tuple[Array, Array], copy: Array) -> tuple[tuple[Array, Array], None]:
        added = [spread_jax(spectra[None, None], copy, **options)[0] for spectra in (values, amounts)]
        return (totals[0] + added[0], totals[1] + added[1]), None

    return jax.lax.scan(add, (numerator, weight), copies)[0]


def point_list(operand: Array, plane: Plane | None) -> Array:
    """The points of one map, `[P, 3]`."""
    if plane is None:
        return operand
    positions = plane.positions(operand)
    return jnp.moveaxis(positions.reshape(len(operand), 3, -1)[..., plane.places], 1, -1).reshape(-1, 3)


def _locate(points: Array, shape: tuple[int, ...], interpolant: Interpolant) -> tuple[Array, Array, Array, Array]:
    """Which points are lost or flipped, `p`, their fractions, `3 p`, and the corners (z, y, x) of windows, `p 3`."""
    width, apron = interpolant.width, apron_width(interpolant.width)
    lost = ~jnp.all(jnp.abs(points) < FARTHEST, axis=1)
    flip = ~lost & (points[:, 0] < 0)
    x, y, z = jnp.where(lost, 0, jnp.where(flip, -points.T, points.T))
    start = jnp.stack([x, y, z]) - width / 2
    corner = jnp.ceil(start - TIE)
    first = corner.astype(jnp.int32) + apron
    # Points beyond the grid read its last columns: never out of bounds.
    column = jnp.clip(first[0], 0, shape[2] - width)
    row, layer = first[1] % (shape[1] - 2 * apron), first[2] % (shape[0] - 2 * apron)
    return lost, flip, corner - start, jnp.stack([layer, row, column], axis=-1)


def _weights(fraction: Array, interpolant: Interpolant, orders: Orders) -> list[tuple[Array, Array, Array]]:
    """For each order the weights along x, y and z, each `w p`."""
    cache: dict[tuple[int, int], Array] = {}

    def axis(i: int, order: int) -> Array:
        if (i, order) not in cache:
            cache[i, order] = interpolant.weights(fraction[i], order=order)
        return cache[i, order]

    return [(axis(0, x), axis(1, y), axis(2, z)) for x, y, z in orders]


def _mirrored(values: Array, lost: Array, flip: Array, orders: Orders) -> Array:
    """Values `k p` of flipped points conjugated, odd derivatives negated, and lost ones NaN."""
    odd = jnp.asarray([sum(order) % 2 for order in orders])
    turned = jax.lax.conj(values) if jnp.iscomplexobj(values) else values
    turned = jnp.where(odd[:, None] == 1, -turned, turned)
    return jnp.where(lost, jnp.nan, jnp.where(flip, turned, values))


def _chunks(array: Array, axis: int = 0) -> Array:
    """Split the points into chunks of equal size, zeros filling the last one; chunks come first."""
    n = array.shape[axis]
    size = min(CHUNK, max(n, 1))
    count = -(-n // size)
    padding = [(0, 0)] * array.ndim
    padding[axis] = (0, count * size - n)
    padded = jnp.pad(array, padding)
    split = padded.reshape(*array.shape[:axis], count, size, *array.shape[axis + 1 :])
    return jnp.moveaxis(split, axis, 0)


def _gather(grid: Array, points: Array, interpolant: Interpolant, orders: Orders) -> Array:
    window = (interpolant.width,) * 3
    numbers = jax.lax.GatherDimensionNumbers((0, 1, 2), collapsed_slice_dims=(), start_index_map=(0, 1, 2))
    real = jnp.finfo(grid.dtype).dtype

    def read(chunk: Array) -> Array:
        lost, flip, fraction, corner = _locate(chunk, grid.shape, interpolant)
        mode = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS
        block = jax.lax.gather(grid, corner, numbers, window, mode=mode)
        # The points run along the last axis, so that every sum over taps is one of vectors.
        values = jnp.stack(
            [
                (x * (y[:, None] * (z[:, None, None] * block).sum(0)).sum(0)).sum(0)
                for x, y, z in _weights(fraction.astype(real), interpolant, orders)
            ]
        )
        return _mirrored(values, lost, flip, orders)

    result = jax.lax.map(read, _chunks(points))
    return jnp.moveaxis(result, 1, 0).reshape(len(orders), -1)[:, : points.shape[0]]


def _spread(
    values: Array, points: Array, interpolant: Interpolant, orders: Orders, shape: tuple[int, int, int]
) -> Array:
    numbers = jax.lax.ScatterDimensionNumbers(
        (0, 1, 2), inserted_window_dims=(), scatter_dims_to_operand_dims=(0, 1, 2)
    )
    real = jnp.finfo(values.dtype).dtype

    def add(total: Array, chunk: tuple[Array, Array]) -> tuple[Array, None]:
        amounts, where = chunk
        lost, flip, fraction, corner = _locate(where, shape, interpolant)
        weights = _weights(fraction.astype(real), interpolant, orders)
        updates = sum(
            z[:, None, None] * (y[:, None] * (x * amount))
            for amount, (x, y, z) in zip(_mirrored(amounts, lost, flip, orders), weights, strict=True)
        )
        mode = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS
        return jax.lax.scatter_add(total, corner, updates, numbers, mode=mode), None

    start = jnp.zeros(shape, values.dtype)
    return jax.lax.scan(add, start, (_chunks(values, 1), _chunks(points)))[0]
