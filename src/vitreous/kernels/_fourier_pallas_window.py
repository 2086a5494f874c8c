"""What one program of a Pallas kernel for Fourier grids does: its block of points, their windows and weights.

Triton knows no complex numbers, so that kernels see the real and the imaginary part as arrays of their own. What the
functions here compute is that of `_fourier_jax`, in the same order; a program handles a block of points as vectors.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton as plgpu
from jaxtyping import Array, Bool, Float, Int, Num

from ._fourier_jax import FARTHEST, TIE, Orders
from ._half_grid import apron_width
from ._interpolant import Interpolant
from ._pallas import horner
from ._plane import Plane


class Lanes(NamedTuple):
    """The points of a program: which map and image they belong to, where in it, and which of them take part."""

    map: Int[Array, ""]
    image: Int[Array, ""]
    place: Int[Array, " p"]
    exists: Bool[Array, " p"]
    used: Bool[Array, " p"]


class Window(NamedTuple):
    """Where the windows of points begin (z, y, x), their weights along x, `[order of differentiation][tap] p`, and the
    arguments of the polynomials that give those along y and z.
    """

    lost: Bool[Array, " p"]
    flip: Bool[Array, " p"]
    corner: tuple[Int[Array, " p"], Int[Array, " p"], Int[Array, " p"]]
    along_x: dict[int, list[Float[Array, " p"]]]
    argument_y: Float[Array, " p"]
    argument_z: Float[Array, " p"]


def lanes_and_points(
    where_ref, columns_ref, *, plane: Plane | None, block: int
) -> tuple[Lanes, tuple[Float[Array, " p"], ...]]:
    """The lanes of this program and their positions (x, y, z); the launch grid is (blocks of points, images, maps)."""
    one_map, image = pl.program_id(2), pl.program_id(1)
    place = pl.program_id(0) * block + jax.lax.iota(jnp.int32, block)
    if plane is None:
        exists = place < where_ref.shape[1]
        points = [plgpu.load(where_ref.at[one_map, place, axis], mask=exists, other=0.0) for axis in range(3)]
        return Lanes(one_map, image, place, exists, exists), tuple(points)
    y, xh = plane.spectrum_shape
    exists = place < y * xh
    row, column = place // xh, place % xh
    used = column < plgpu.load(columns_ref.at[row], mask=exists, other=0)
    real = where_ref.dtype
    kx, ky = column.astype(real), jnp.where(row < (y + 1) // 2, row, row - y).astype(real)
    matrix = [[where_ref[one_map, image, axis, k] for k in range(2)] for axis in range(3)]
    return Lanes(one_map, image, place, exists, used), tuple(a * kx + b * ky for a, b in matrix)


def locate(
    points: tuple[Float[Array, " p"], ...], shape: tuple[int, ...], interpolant: Interpolant, orders: Orders
) -> Window:
    """The windows of points in grids of that shape."""
    width, apron = interpolant.width, apron_width(interpolant.width)
    x, y, z = points
    lost = ~((jnp.abs(x) < FARTHEST) & (jnp.abs(y) < FARTHEST) & (jnp.abs(z) < FARTHEST))
    flip = ~lost & (x < 0)
    starts = [jnp.where(lost, 0, jnp.where(flip, -u, u)) - width / 2 for u in points]
    corners = [jnp.ceil(start - TIE) for start in starts]
    layer, row, first = (corner.astype(jnp.int32) + apron for corner in reversed(corners))
    # Points beyond the grid meet its last columns: never out of bounds.
    column = jnp.clip(first, 0, shape[2] - width)
    arguments = [2 * (corner - start) - 1 for corner, start in zip(corners, starts, strict=True)]
    along_x = {
        order: [horner(map(float, polynomial), arguments[0]) for polynomial in interpolant.derivative(order)]
        for order in sorted({x for x, _, _ in orders})
    }
    corner = layer % (shape[0] - 2 * apron), row % (shape[1] - 2 * apron), column
    return Window(lost, flip, corner, along_x, arguments[1], arguments[2])


def table_of(interpolant: Interpolant, orders: Orders, dtype: jnp.dtype) -> Float[np.ndarray, "derivatives w c"]:
    """Polynomials of the window and its derivatives, highest power first, zeros before the shorter ones."""
    length = interpolant.coefficients.shape[1]
    tables = (interpolant.derivative(order) for order in range(1 + max(max(y, z) for _, y, z in orders)))
    return np.stack([np.pad(table, ((0, 0), (length - table.shape[1], 0))) for table in tables]).astype(dtype)


def over_rows(window: Window, table_ref, orders: Orders, body: Callable, carry: tuple[Array, ...]) -> tuple[Array, ...]:
    """Run `body(layer, row, weights, carry)` for every tap along z and y, with the product of their weights by order.

    These taps are loops of the program and only those along x its instructions: all written out, it would take
    seconds to compile.
    """
    _, width, length = table_ref.shape

    def weights(tap, argument: Float[Array, " p"], which: set[int]) -> dict[int, Array]:
        return {order: horner([table_ref[order, tap, i] for i in range(length)], argument) for order in sorted(which)}

    def over_layer(tap_z, carry):
        along_z = weights(tap_z, window.argument_z, {z for _, _, z in orders})

        def on_row(tap_y, carry):
            along_y = weights(tap_y, window.argument_y, {y for _, y, _ in orders})
            products = {order: along_z[order[2]] * along_y[order[1]] for order in orders}
            return body(window.corner[0] + tap_z, window.corner[1] + tap_y, products, carry)

        return jax.lax.fori_loop(np.int32(0), np.int32(width), on_row, carry)

    return jax.lax.fori_loop(np.int32(0), np.int32(width), over_layer, carry)


def mirrored(
    value: Num[Array, " p"], window: Window, order: tuple[int, int, int], *, imaginary: bool
) -> Num[Array, " p"]:
    """Values of flipped points conjugated, odd derivatives negated, and lost ones NaN."""
    if (sum(order) % 2 == 1) != imaginary:
        value = jnp.where(window.flip, -value, value)
    return jnp.where(window.lost, jnp.nan, value)
