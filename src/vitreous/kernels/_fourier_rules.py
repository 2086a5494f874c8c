r"""One closed family of operations between a Fourier grid and points: their derivatives and their batches.

Reading a spectrum at points and adding values into one are each other's transposes, and the derivative of either in
the points is the same operation with a differentiated window. So every derivative, forward or reverse and of any
order, is one of the two, and the reverse mode of a batch of slices adds into a single accumulator. The operands are
those of `_fourier_jax`.
"""

import jax.numpy as jnp
from jaxtyping import Array

from vitreous._core import Rules, array_type, define_primitive, is_undefined, is_zero

from ._backends import platform_forms
from ._fourier_jax import VALUE, Orders, gather_jax, insert_jax, spread_jax
from ._fourier_native import gather_native, insert_native, spread_native
from ._fourier_pallas import gather_pallas, insert_pallas, spread_pallas
from ._plane import Plane


def _raised(orders: Orders) -> Orders:
    """Each order once more differentiated along x, y and z."""
    steps = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    return tuple((x + i, y + j, z + k) for x, y, z in orders for i, j, k in steps)


def _displacements(where_dot: Array, plane: Plane | None, dtype: jnp.dtype) -> Array:
    """How the points move, `[M, 1, 3, …]` like the slopes of one order."""
    moved = jnp.moveaxis(where_dot, -1, 1) if plane is None else jnp.moveaxis(plane.positions(where_dot), 2, 1)
    return moved[:, None].astype(dtype)


def _gather_jvp(primals, tangents, *, orders, plane, **options):
    (grid, where), (grid_dot, where_dot) = primals, tangents
    options = {"plane": plane, **options}
    k = len(orders)
    if is_zero(where_dot):
        value, tangent = gather(grid, where, orders=orders, **options), 0.0
    else:
        # Each value stands before its own slopes, so that all four come of one pass over the window.
        both = gather(grid, where, orders=sum(((o, *_raised((o,))) for o in orders), ()), **options)
        both = both.reshape(both.shape[0], k, 4, *both.shape[2:])
        value, slopes = both[:, :, 0], both[:, :, 1:]
        tangent = jnp.sum(slopes * _displacements(where_dot, plane, slopes.dtype), axis=2)
    if not is_zero(grid_dot):
        tangent = tangent + gather(grid_dot, where, orders=orders, **options)
    return value, tangent


def _spread_jvp(primals, tangents, *, orders, plane, **options):
    (values, where), (values_dot, where_dot) = primals, tangents
    options = {"plane": plane, **options}
    total, tangent = spread(values, where, orders=orders, **options), 0.0
    if not is_zero(where_dot):
        tangent = _moved(values, where, where_dot, orders=orders, **options)
    if not is_zero(values_dot):
        tangent = tangent + spread(values_dot, where, orders=orders, **options)
    return total, tangent


def _moved(values, where, where_dot, *, orders, plane, **options):
    """How a filled grid changes as the points move."""
    slopes = values[:, :, None] * _displacements(where_dot, plane, values.dtype)
    slopes = slopes.reshape(slopes.shape[0], -1, *slopes.shape[3:])
    return spread(slopes, where, orders=_raised(orders), plane=plane, **options)


def _gather_transpose(cotangent, grid, where, **options):
    if is_zero(cotangent):
        return None, None
    shape = grid.aval.shape if is_undefined(grid) else grid.shape
    return spread(cotangent, where, shape=shape[1:], **options), None


def _spread_transpose(cotangent, values, where, *, shape, **options):
    if is_zero(cotangent):
        return None, None
    return gather(cotangent, where, **options), None


def _batch_gather(operands, axes, *, plane, **options):
    """Batched points of one grid are a longer list of points; batched grids are more maps."""
    (grid, where), (grid_axis, where_axis) = operands, axes
    if grid_axis is None:
        where = jnp.moveaxis(where, where_axis, 1)
        m, b, p, *_ = where.shape
        values = gather(grid, where.reshape(m, b * p, *where.shape[3:]), plane=plane, **options)
        return values.reshape(*values.shape[:2], b, p, *values.shape[3:]), 2
    (grid, where), size = _together(operands, axes)
    return _apart(gather(grid, where, plane=plane, **options), size), 0


def _batch_spread(operands, axes, **options):
    (values, where), size = _together(operands, axes)
    return _apart(spread(values, where, **options), size), 0


def _together(operands, axes):
    """The operands with the batch among the maps, repeated where one has none, and the size of the batch."""
    size = next(x.shape[axis] for x, axis in zip(operands, axes, strict=True) if axis is not None)

    def merged(operand: Array, axis: int | None) -> Array:
        repeated = jnp.broadcast_to(operand, (size, *operand.shape)) if axis is None else jnp.moveaxis(operand, axis, 0)
        return repeated.reshape(-1, *repeated.shape[2:])

    return [merged(x, axis) for x, axis in zip(operands, axes, strict=True)], size


def _apart(result: Array, size: int) -> Array:
    return result.reshape(size, -1, *result.shape[1:])


def _gather_abstract(grid, where, *, orders, plane, **_):
    places = where.shape[1:-1] if plane is None else (where.shape[1], *plane.spectrum_shape)
    return array_type((grid.shape[0], len(orders), *places), grid.dtype)


def _spread_abstract(values, where, *, shape, **_):
    return array_type((values.shape[0], *shape), values.dtype)


gather = define_primitive(
    "fourier_gather",
    Rules(
        gather_jax,
        _gather_abstract,
        _gather_jvp,
        _gather_transpose,
        _batch_gather,
        platforms=platform_forms(gather_jax, native=gather_native, pallas=gather_pallas),
    ),
)
spread = define_primitive(
    "fourier_spread",
    Rules(
        spread_jax,
        _spread_abstract,
        _spread_jvp,
        _spread_transpose,
        _batch_spread,
        platforms=platform_forms(spread_jax, native=spread_native, pallas=spread_pallas),
    ),
)


def _add_slices(grid: Array, added: Array, matrices: Array, **options) -> Array:
    """Grids `[M, …]` with the copies of the values `[M, B, y, xh]` added."""
    return grid + spread(_copied(added, matrices), matrices, orders=VALUE, shape=grid.shape[1:], **options)


def _copied(values: Array, matrices: Array) -> Array:
    """Values `[M, B, y, xh]` for every copy, as those of one order `[M, 1, copies · B, y, xh]`."""
    return jnp.tile(values, (1, matrices.shape[1] // max(values.shape[1], 1), 1, 1))[:, None]


def _insert_jvp(primals, tangents, **options):
    *grids, values, amounts, matrices = primals
    *grid_dots, values_dot, amounts_dot, matrices_dot = tangents

    def change(grid: Array, added: Array, grid_dot, added_dot) -> Array:
        total = (jnp.zeros_like(grid) if is_zero(grid_dot) else grid_dot)[None]
        if not is_zero(added_dot):
            total = _add_slices(total, added_dot[None], matrices[None], **options)
        if not is_zero(matrices_dot):
            where, moved = matrices[None], matrices_dot[None]
            copied = _copied(added[None], where)
            total = total + _moved(copied, where, moved, orders=VALUE, shape=grid.shape, **options)
        return total[0]

    changes = map(change, grids, (values, amounts), grid_dots, (values_dot, amounts_dot))
    return insert(*primals, **options), list(changes)


def _insert_transpose(cotangents, *operands, **options):
    *grids, values, amounts, matrices = operands

    def read(cotangent, added) -> Array | None:
        if is_zero(cotangent) or not is_undefined(added):
            return None
        slices = gather(cotangent[None], matrices[None], orders=VALUE, **options)[0, 0]
        return slices.reshape(-1, *added.aval.shape).sum(0)

    passed = [c if is_undefined(grid) and not is_zero(c) else None for c, grid in zip(cotangents, grids, strict=True)]
    return *passed, *map(read, cotangents, (values, amounts)), None


def _batch_insert(operands, axes, **options):
    """Batched grids are filled anew and added, since there is no one grid to update in place."""
    (numerator, weight, values, amounts, matrices), _ = _together([x[None] for x in operands], _shifted(axes))
    pairs = ((numerator, values), (weight, amounts))
    return [_add_slices(grid, added, matrices, **options) for grid, added in pairs], [0, 0]


def _shifted(axes):
    return [None if axis is None else axis + 1 for axis in axes]


def _insert_abstract(numerator, weight, *_, **__):
    return [array_type(grid.shape, grid.dtype) for grid in (numerator, weight)]


insert = define_primitive(
    "fourier_insert",
    Rules(
        insert_jax,
        _insert_abstract,
        _insert_jvp,
        _insert_transpose,
        _batch_insert,
        platforms=platform_forms(insert_jax, native=insert_native, pallas=insert_pallas),
        several=True,
    ),
)
