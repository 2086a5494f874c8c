"""Windows of Gaussians in C++ (`vitreous_native`): the operands of `_gaussian_jax`, the same results."""

import jax
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError

from ._gaussian_jax import Lattice, Orders, terms_of

MOST_DERIVATIVES = 8  # along an axis


def spread_native(
    positions: Float[Array, "m n d"],
    amplitudes: Float[Array, "m k n g"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
) -> Float[Array, "m ..."]:
    """`spread_jax`."""
    result = jax.ShapeDtypeStruct((len(positions), *lattice.shape), positions.dtype)
    call = jax.ffi.ffi_call("vitreous_gaussian_spread", result)
    return call(positions, amplitudes, variances, half_widths, **_attributes(orders, lattice))


def gather_native(
    grid: Float[Array, "m ..."],
    positions: Float[Array, "m n d"],
    variances: Float[Array, "m n g"],
    half_widths: Float[Array, "m n"],
    *,
    orders: Orders,
    lattice: Lattice,
) -> Float[Array, "m k n g"]:
    """`gather_jax`."""
    result = jax.ShapeDtypeStruct((len(positions), len(orders), *variances.shape[1:]), grid.dtype)
    call = jax.ffi.ffi_call("vitreous_gaussian_gather", result)
    return call(grid, positions, variances, half_widths, **_attributes(orders, lattice))


def _attributes(orders: Orders, lattice: Lattice) -> dict:
    terms = terms_of(orders)
    most = max(m for term in terms for m in term.derivatives)
    if most > MOST_DERIVATIVES:
        raise InputError(
            f"the native kernels differentiate Gaussians {MOST_DERIVATIVES} times at most along an axis, not {most}.",
            hint="Use VITREOUS_KERNELS=jax for higher derivatives.",
        )
    triples = [(*term.derivatives, 0)[:3] for term in terms]
    return {
        "orders": np.asarray(triples, np.int64).ravel(),
        "of": np.asarray([term.of for term in terms], np.int64),
        "coefficients": np.asarray([term.coefficient for term in terms], np.float64),
        "periodic": np.int64(lattice.periodic),
    }
