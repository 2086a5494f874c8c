"""Reading and filling half spectra in C++ (`vitreous_native`): the operands of `_fourier_jax`, the same results."""

import functools

import jax
import numpy as np
from jaxtyping import Array

from vitreous._core import InputError

from ._fourier_jax import VALUE, Orders
from ._interpolant import Interpolant
from ._plane import Plane

MOST_DERIVATIVES = 5  # tables for orders 0 to 4


def gather_native(grid: Array, where: Array, *, interpolant: Interpolant, orders: Orders, plane: Plane | None) -> Array:
    """`gather_jax`."""
    places = where.shape[1:-1] if plane is None else (where.shape[1], *plane.spectrum_shape)
    result = jax.ShapeDtypeStruct((len(grid), len(orders), *places), grid.dtype)
    call = jax.ffi.ffi_call("vitreous_fourier_gather", result)
    return call(grid, where, **_window(interpolant, orders), **_orders(orders), **_plane(plane))


def spread_native(
    values: Array,
    where: Array,
    *,
    interpolant: Interpolant,
    orders: Orders,
    plane: Plane | None,
    shape: tuple[int, int, int],
) -> Array:
    """`spread_jax`."""
    call = jax.ffi.ffi_call("vitreous_fourier_spread", jax.ShapeDtypeStruct((len(values), *shape), values.dtype))
    return call(values, where, **_window(interpolant, orders), **_orders(orders), **_plane(plane))


def insert_native(
    numerator: Array,
    weight: Array,
    values: Array,
    amounts: Array,
    matrices: Array,
    *,
    interpolant: Interpolant,
    plane: Plane,
) -> tuple[Array, Array]:
    """`insert_jax`, in the memory of the grids where XLA may reuse it; a reshaped grid it would copy."""
    results = [jax.ShapeDtypeStruct(grid.shape, grid.dtype) for grid in (numerator, weight)]
    call = jax.ffi.ffi_call("vitreous_fourier_insert", results, input_output_aliases={0: 0, 1: 1})
    window = _window(interpolant, VALUE)
    del window["derivatives"]
    added, counted = call(numerator, weight, values, amounts, matrices, **window, **_plane(plane))
    return added, counted


def _window(interpolant: Interpolant, orders: Orders) -> dict:
    derivatives = 1 + max((n for order in orders for n in order), default=0)
    if derivatives > MOST_DERIVATIVES:
        raise InputError(
            f"the native kernels differentiate an interpolation {MOST_DERIVATIVES - 1} times at most.",
            hint="Use VITREOUS_KERNELS=jax for higher derivatives.",
        )
    table = _table(interpolant, derivatives)
    return {"table": table, "width": np.int64(interpolant.width), "derivatives": np.int64(derivatives)}


@functools.cache
def _table(interpolant: Interpolant, derivatives: int) -> np.ndarray:
    """Polynomials of the window and its derivatives, `[derivatives, width, degree + 1]`, flattened."""
    length = interpolant.coefficients.shape[1]
    tables = (interpolant.derivative(order) for order in range(derivatives))
    return np.concatenate([np.pad(t, ((0, 0), (length - t.shape[1], 0))).ravel() for t in tables])


def _orders(orders: Orders) -> dict:
    return {"orders": np.asarray(orders, np.int64).ravel()}


def _plane(plane: Plane | None) -> dict:
    columns = () if plane is None else plane.columns
    row_length = 0 if plane is None else plane.spectrum_shape[1]
    return {"columns": np.asarray(columns, np.int64), "row_length": np.int64(row_length)}
