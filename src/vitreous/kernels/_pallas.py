"""What the Pallas kernels share.

Triton knows no complex numbers, and arrays of 2^n elements only: a program works on a block of so many points, of
which it leaves out those that do not exist.
"""

from collections.abc import Iterable

import jax.numpy as jnp
from jax.experimental.pallas import triton as plgpu
from jaxtyping import Array, Bool, Float

BLOCK = 128  # points of a program, one for each of its threads
_WARP = 32


def launch(grid: tuple[int, ...], *, block: int, interpret: bool) -> dict:
    """Options of `pallas_call` for that many programs; `interpret` runs them without a graphics processor."""
    params = plgpu.CompilerParams(num_warps=max(1, block // _WARP), num_stages=1)
    return {"grid": grid, "interpret": interpret, "compiler_params": params}


def atomic_add(ref, place: tuple, value: Float[Array, " p"], used: Bool[Array, " p"], *, interpret: bool) -> None:
    """Add values where they are used, several at one place too."""
    if interpret:  # where Pallas knows neither masks nor two additions at one place
        ref[...] = ref[...].at[place].add(jnp.where(used, value, 0.0))
    else:
        plgpu.atomic_add(ref, place, value, mask=used)


def horner(coefficients: Iterable, argument: Float[Array, "*p"]) -> Float[Array, "*p"]:
    """A polynomial, highest power first."""
    first, *others = coefficients
    total = jnp.full_like(argument, first)
    for coefficient in others:
        total = total * argument + coefficient
    return total
