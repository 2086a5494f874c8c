r"""Interpolation from a Fourier grid and its adjoint: one closed family of two operations.

`fourier_gather` reads a spectrum at points, `fourier_spread` adds values into one. Each is the transpose of the
other, and the derivative of either in the points is the same operation with a differentiated window. So every
derivative, forward or reverse and of any order, is one of the two, and the reverse mode of a batch of slices adds
into a single accumulator.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from vitreous._core import Rules, array_type, define_primitive, is_undefined, is_zero

from ._half_grid import apron_width
from ._interpolant import Interpolant

CHUNK = 4096  # points in flight: 125 taps of 8 bytes each stay within the cache

Orders = tuple[tuple[int, int, int], ...]
VALUE: Orders = ((0, 0, 0),)


def fourier_gather(
    grid: Inexact[Array, "za ya xa"], points: Float[Array, "p 3"], interpolant: Interpolant
) -> Inexact[Array, " p"]:
    r"""Interpolate a half spectrum at points: $f(u) = \sum_j F_j\,\varphi(u - j)$ over the window's points.

    Points with $u_x < 0$ are read at $-u$ and conjugated. Along z and y the spectrum is periodic. Differentiable in
    grid and points, forward and reverse; batched points are read in one pass without copying the grid.

    Arguments:
        grid: Half spectrum with its apron (`add_apron`), divided on its other side by the window's transform.
        points: Positions (x, y, z) in grid steps; $|u_x|$ at most half the size along x.
        interpolant: The window.

    Returns:
        The values, of the grid's dtype.

    Examples:
        >>> from vitreous.kernels import add_apron, linear_interpolant
        >>> grid = add_apron(jnp.ones((8, 8, 5), complex), x_size=8, apron=2)
        >>> value = fourier_gather(grid, jnp.array([[-1.5, 0.25, 2.0]]), linear_interpolant())
        >>> round(abs(complex(value[0])), 6)
        1.0
    """
    return _gather(grid, points, interpolant=interpolant, orders=VALUE)[0]


def fourier_spread(
    values: Inexact[Array, " p"],
    points: Float[Array, "p 3"],
    interpolant: Interpolant,
    *,
    shape: tuple[int, int, int],
) -> Inexact[Array, "za ya xa"]:
    r"""Add values into a half spectrum: $F_j = \sum_p v_p\,\varphi(u_p - j)$, the adjoint of `fourier_gather`.

    $\mathrm{Re}\langle\text{gather}(F, u), v\rangle = \mathrm{Re}\langle F, \text{spread}(v, u)\rangle$. Values of
    points with $u_x < 0$ are conjugated and added at $-u$.

    Arguments:
        values: What to add, real or complex.
        points: Positions (x, y, z) in grid steps.
        interpolant: The window.
        shape: Shape of the grid with its apron.

    Examples:
        >>> from vitreous.kernels import linear_interpolant
        >>> grid = fourier_spread(jnp.ones(1), jnp.array([[1.0, 0.5, 0.0]]), linear_interpolant(), shape=(12, 12, 9))
        >>> round(float(grid.sum()), 6)
        1.0
    """
    return _spread(values[None], points, interpolant=interpolant, orders=VALUE, shape=tuple(shape))


def _locate(points: Array, shape: tuple[int, ...], interpolant: Interpolant) -> tuple[Array, Array, Array]:
    """Which points are flipped, `p`, their fractions, `3 p`, and the corners (z, y, x) of their windows, `p 3`."""
    width, apron = interpolant.width, apron_width(interpolant.width)
    flip = points[:, 0] < 0
    x, y, z = jnp.where(flip, -points.T, points.T)
    start = jnp.stack([x, y, z]) - width / 2
    corner = jnp.ceil(start)
    first = corner.astype(jnp.int32) + apron
    # Points beyond the grid (and NaN) read its last columns: never out of bounds.
    column = jnp.clip(first[0], 0, shape[2] - width)
    row, layer = first[1] % (shape[1] - 2 * apron), first[2] % (shape[0] - 2 * apron)
    return flip, corner - start, jnp.stack([layer, row, column], axis=-1)


def _weights(fraction: Array, interpolant: Interpolant, orders: Orders) -> list[tuple[Array, Array, Array]]:
    """For each order the weights along x, y and z, each `w p`."""
    cache: dict[tuple[int, int], Array] = {}

    def axis(i: int, order: int) -> Array:
        if (i, order) not in cache:
            cache[i, order] = interpolant.weights(fraction[i], order=order)
        return cache[i, order]

    return [(axis(0, x), axis(1, y), axis(2, z)) for x, y, z in orders]


def _flip_signs(flip: Array, orders: Orders, dtype: jnp.dtype) -> Array:
    odd = jnp.asarray([sum(order) % 2 for order in orders])
    return jnp.where(flip[None] & (odd[:, None] == 1), -1, 1).astype(dtype)


def _conjugate_where(flip: Array, values: Array) -> Array:
    return jnp.where(flip, jax.lax.conj(values), values) if jnp.iscomplexobj(values) else values


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


def _gather_jax(grid: Array, points: Array, *, interpolant: Interpolant, orders: Orders) -> Array:
    window = (interpolant.width,) * 3
    numbers = jax.lax.GatherDimensionNumbers((0, 1, 2), collapsed_slice_dims=(), start_index_map=(0, 1, 2))
    real = jnp.finfo(grid.dtype).dtype

    def read(chunk: Array) -> Array:
        flip, fraction, corner = _locate(chunk, grid.shape, interpolant)
        mode = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS
        block = jax.lax.gather(grid, corner, numbers, window, mode=mode)
        # The points run along the last axis, so that every sum over taps is one of vectors.
        values = jnp.stack(
            [
                (x * (y[:, None] * (z[:, None, None] * block).sum(0)).sum(0)).sum(0)
                for x, y, z in _weights(fraction.astype(real), interpolant, orders)
            ]
        )
        return _conjugate_where(flip, values) * _flip_signs(flip, orders, real)

    result = jax.lax.map(read, _chunks(points))
    return jnp.moveaxis(result, 1, 0).reshape(len(orders), -1)[:, : points.shape[0]]


def _spread_jax(
    values: Array, points: Array, *, interpolant: Interpolant, orders: Orders, shape: tuple[int, int, int]
) -> Array:
    numbers = jax.lax.ScatterDimensionNumbers(
        (0, 1, 2), inserted_window_dims=(), scatter_dims_to_operand_dims=(0, 1, 2)
    )
    real = jnp.finfo(values.dtype).dtype

    def add(total: Array, chunk: tuple[Array, Array]) -> tuple[Array, None]:
        amounts, where = chunk
        flip, fraction, corner = _locate(where, shape, interpolant)
        amounts = _conjugate_where(flip, amounts) * _flip_signs(flip, orders, real)
        weights = _weights(fraction.astype(real), interpolant, orders)
        updates = sum(
            z[:, None, None] * (y[:, None] * (x * amount)) for amount, (x, y, z) in zip(amounts, weights, strict=True)
        )
        mode = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS
        return jax.lax.scatter_add(total, corner, updates, numbers, mode=mode), None

    start = jnp.zeros(shape, values.dtype)
    return jax.lax.scan(add, start, (_chunks(values, 1), _chunks(points)))[0]


def _raised(orders: Orders) -> Orders:
    """Each order once more differentiated along x, y and z."""
    steps = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    return tuple((x + i, y + j, z + k) for x, y, z in orders for i, j, k in steps)


def _gather_jvp(primals, tangents, *, interpolant, orders):
    (grid, points), (grid_dot, points_dot) = primals, tangents
    k = len(orders)
    if is_zero(points_dot):
        value, tangent = _gather(grid, points, interpolant=interpolant, orders=orders), 0.0
    else:
        both = _gather(grid, points, interpolant=interpolant, orders=orders + _raised(orders))
        value, slope = both[:k], both[k:].reshape(k, 3, -1)
        tangent = jnp.sum(slope * points_dot.T.astype(slope.dtype), axis=1)
    if not is_zero(grid_dot):
        tangent = tangent + _gather(grid_dot, points, interpolant=interpolant, orders=orders)
    return value, tangent


def _spread_jvp(primals, tangents, *, interpolant, orders, shape):
    (values, points), (values_dot, points_dot) = primals, tangents
    options = {"interpolant": interpolant, "shape": shape}
    total, tangent = _spread(values, points, orders=orders, **options), 0.0
    if not is_zero(points_dot):
        slopes = (values[:, None, :] * points_dot.T[None]).reshape(-1, points.shape[0])
        tangent = _spread(slopes, points, orders=_raised(orders), **options)
    if not is_zero(values_dot):
        tangent = tangent + _spread(values_dot, points, orders=orders, **options)
    return total, tangent


def _gather_transpose(cotangent, grid, points, *, interpolant, orders):
    if is_zero(cotangent):
        return None, None
    shape = grid.aval.shape if is_undefined(grid) else grid.shape
    return _spread(cotangent, points, interpolant=interpolant, orders=orders, shape=shape), None


def _spread_transpose(cotangent, values, points, *, interpolant, orders, shape):
    if is_zero(cotangent):
        return None, None
    return _gather(cotangent, points, interpolant=interpolant, orders=orders), None


def _batch_gather(operands, axes, *, interpolant, orders):
    """Batched points of one grid are one longer list of points; batched grids are read one by one."""
    (grid, points), (grid_axis, points_axis) = operands, axes
    options = {"interpolant": interpolant, "orders": orders}
    if grid_axis is None:
        points = jnp.moveaxis(points, points_axis, 0)
        b, p, _ = points.shape
        return _gather(grid, points.reshape(b * p, 3), **options).reshape(-1, b, p), 1
    return _one_by_one(lambda g, u: _gather(g, u, **options), (grid, points), (grid_axis, points_axis)), 0


def _batch_spread(operands, axes, *, interpolant, orders, shape):
    options = {"interpolant": interpolant, "orders": orders, "shape": shape}
    return _one_by_one(lambda v, u: _spread(v, u, **options), operands, axes), 0


def _one_by_one(function, operands, axes):
    batched = [jnp.moveaxis(x, axis, 0) for x, axis in zip(operands, axes, strict=True) if axis is not None]

    def step(slices):
        rest = iter(slices)
        return function(*[x if axis is None else next(rest) for x, axis in zip(operands, axes, strict=True)])

    return jax.lax.map(step, batched)


def _gather_abstract(grid, points, *, interpolant, orders):
    return array_type((len(orders), points.shape[0]), grid.dtype)


def _spread_abstract(values, points, *, interpolant, orders, shape):
    return array_type(shape, values.dtype)


_gather = define_primitive(
    "fourier_gather", Rules(_gather_jax, _gather_abstract, _gather_jvp, _gather_transpose, _batch_gather)
)
_spread = define_primitive(
    "fourier_spread", Rules(_spread_jax, _spread_abstract, _spread_jvp, _spread_transpose, _batch_spread)
)
