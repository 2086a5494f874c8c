"""Reading and filling half spectra in Pallas, for graphics processors: the operands of `_fourier_jax`, its results.

A program reads or adds a block of points, each in a thread of its own. Additions are atomic and in no order, so that
sums differ from run to run by rounding.
"""

import functools
import operator

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton as plgpu
from jaxtyping import Array

from ._fourier_jax import VALUE, Orders
from ._fourier_pallas_window import lanes_and_points, locate, mirrored, over_rows, table_of
from ._interpolant import Interpolant
from ._pallas import BLOCK, atomic_add, launch
from ._plane import Plane


def gather_pallas(
    grid: Array,
    where: Array,
    *,
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    block: int = BLOCK,
    interpret: bool = False,
) -> Array:
    """`gather_jax`; `interpret` runs it without a graphics processor, for tests."""
    images, points = _extent(where, plane)
    parts = _parts(grid)
    shape = (len(grid), len(orders), *_axes(where, plane))
    if not where.size:  # a launch needs a program
        return jnp.zeros(shape, grid.dtype)
    result = jax.ShapeDtypeStruct((len(grid), len(orders), images, points), parts[0].dtype)
    values = pl.pallas_call(
        functools.partial(_gather_kernel, interpolant=interpolant, orders=orders, plane=plane, block=block),
        [result] * len(parts),
        **launch((pl.cdiv(points, block), images, len(grid)), block=block, interpret=interpret),
    )(*_places(where, plane), table_of(interpolant, orders, parts[0].dtype), *parts)
    return _joined(values).reshape(shape)


def spread_pallas(
    values: Array,
    where: Array,
    *,
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    shape: tuple[int, int, int],
    block: int = BLOCK,
    interpret: bool = False,
) -> Array:
    """`spread_jax`."""
    images, points = _extent(where, plane)
    amounts = [part.reshape(len(values), len(orders), images, points) for part in _parts(values)]
    totals = [jnp.zeros((len(values), *shape), part.dtype) for part in amounts]
    options = {"interpolant": interpolant, "orders": orders, "plane": plane, "block": block, "interpret": interpret}
    return _joined(_add(totals, amounts, where, imaginary=_imaginary(values), **options))


def insert_pallas(
    numerator: Array,
    weight: Array,
    values: Array,
    amounts: Array,
    matrices: Array,
    *,
    interpolant: Interpolant,
    plane: Plane,
    block: int = BLOCK,
    interpret: bool = False,
) -> tuple[Array, Array]:
    """`insert_jax`; the grids' real and imaginary parts are filled in place."""
    totals = [*_parts(numerator[None]), weight[None]]
    added = [part.reshape(1, 1, len(values), -1) for part in (*_parts(values), amounts)]
    imaginary = (*_imaginary(values), False)
    options = {"interpolant": interpolant, "orders": VALUE, "plane": plane, "block": block, "interpret": interpret}
    *parts, filled = _add(totals, added, matrices[None], imaginary=imaginary, **options)
    return _joined(parts)[0], filled[0]


def _add(
    totals: list[Array],
    amounts: list[Array],
    where: Array,
    *,
    imaginary: tuple[bool, ...],
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    block: int,
    interpret: bool,
) -> list[Array]:
    """Totals `[M, z, y, x]` with amounts `[M, k, B, P]` of as many parts added; copies repeat the images."""
    if not where.size:
        return totals
    images, points = _extent(where, plane)
    places = _places(where, plane)
    options = {"interpolant": interpolant, "orders": orders, "plane": plane, "block": block}
    sums = pl.pallas_call(
        functools.partial(_add_kernel, imaginary=imaginary, interpret=interpret, **options),
        [jax.ShapeDtypeStruct(total.shape, total.dtype) for total in totals],
        input_output_aliases={len(places) + 1 + len(amounts) + i: i for i in range(len(totals))},
        **launch((pl.cdiv(points, block), images, len(where)), block=block, interpret=interpret),
    )(*places, table_of(interpolant, orders, totals[0].dtype), *amounts, *totals)
    return list(sums)


def _gather_kernel(*refs, interpolant: Interpolant, orders: Orders, plane: Plane | None, block: int):
    (where, columns, table), refs = _split_places(refs, plane)
    grids, results = refs[: len(refs) // 2], refs[len(refs) // 2 :]
    lanes, points = lanes_and_points(where, columns, plane=plane, block=block)
    window = locate(points, grids[0].shape[1:], interpolant, orders)

    def read(layer, row, weights, carry):
        terms = []
        for grid in grids:
            sums = dict.fromkeys(window.along_x, 0.0)
            for x in range(interpolant.width):
                place = grid.at[lanes.map, layer, row, window.corner[2] + x]
                value = plgpu.load(place, mask=lanes.used, other=0.0)
                sums = {order: sums[order] + window.along_x[order][x] * value for order in sums}
            terms += [weights[order] * sums[order[0]] for order in orders]
        return tuple(old + new for old, new in zip(carry, terms, strict=True))

    start = (jnp.zeros(block, grids[0].dtype),) * (len(grids) * len(orders))
    values = iter(over_rows(window, table, orders, read, start))
    for imaginary, result in enumerate(results):
        for k, order in enumerate(orders):
            value = mirrored(next(values), window, order, imaginary=bool(imaginary))
            place = result.at[lanes.map, k, lanes.image, lanes.place]
            plgpu.store(place, jnp.where(lanes.used, value, 0.0), mask=lanes.exists)


def _add_kernel(
    *refs,
    imaginary: tuple[bool, ...],
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    block: int,
    interpret: bool,
):
    (where, columns, table), refs = _split_places(refs, plane)
    amounts, totals = refs[: len(imaginary)], refs[2 * len(imaginary) :]
    lanes, points = lanes_and_points(where, columns, plane=plane, block=block)
    window = locate(points, totals[0].shape[1:], interpolant, orders)

    def amount(ref, k: int, is_imaginary: bool) -> Array:
        place = ref.at[lanes.map, k, lanes.image % ref.shape[2], lanes.place]
        return mirrored(plgpu.load(place, mask=lanes.used, other=0.0), window, orders[k], imaginary=is_imaginary)

    sources = [[amount(ref, k, part) for k in range(len(orders))] for ref, part in zip(amounts, imaginary, strict=True)]

    def add(layer, row, weights, carry):
        for source, total in zip(sources, totals, strict=True):
            sums = dict.fromkeys(window.along_x, 0.0)
            for value, order in zip(source, orders, strict=True):
                sums[order[0]] += weights[order] * value
            for x in range(interpolant.width):
                place = lanes.map, layer, row, window.corner[2] + x
                value = functools.reduce(operator.add, (window.along_x[order][x] * sums[order] for order in sums))
                atomic_add(total, place, value, lanes.used, interpret=interpret)
        return carry

    over_rows(window, table, orders, add, ())


def _split_places(refs, plane: Plane | None):
    """Matrices, their columns and the table, or points, none and the table; and what is left."""
    if plane is None:
        where, table, *others = refs
        return (where, None, table), others
    return refs[:3], refs[3:]


def _places(where: Array, plane: Plane | None) -> list[Array | np.ndarray]:
    return [where] if plane is None else [where, np.asarray(plane.columns, np.int32)]


def _extent(where: Array, plane: Plane | None) -> tuple[int, int]:
    """How many images, and points of each."""
    return (1, where.shape[1]) if plane is None else (where.shape[1], int(np.prod(plane.spectrum_shape)))


def _axes(where: Array, plane: Plane | None) -> tuple[int, ...]:
    return where.shape[1:-1] if plane is None else (where.shape[1], *plane.spectrum_shape)


def _parts(array: Array) -> tuple[Array, ...]:
    return (array.real, array.imag) if jnp.iscomplexobj(array) else (array,)


def _imaginary(array: Array) -> tuple[bool, ...]:
    return (False, True) if jnp.iscomplexobj(array) else (False,)


def _joined(parts) -> Array:
    return jax.lax.complex(*parts) if len(parts) == 2 else parts[0]
