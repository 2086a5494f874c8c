"""The elements and their names."""

from collections.abc import Sequence

import gemmi
import numpy as np
from jaxtyping import Array, Int

from vitreous._core import InputError, is_concrete

AtomicNumbers = Int[Array | np.ndarray, " n"] | Sequence[int]
"""The elements of n atoms."""


def element_symbol(z: int) -> str:
    """The symbol of the element with atomic number `z`.

    Arguments:
        z: Atomic number, from 1 (H) to 118 (Og).

    Raises:
        InputError: No element has this number.

    Examples:
        >>> element_symbol(26)
        'Fe'
    """
    if not 1 <= z <= 118:
        raise InputError(f"z={z} is no element's atomic number.", hint="Use a number from 1 (H) to 118 (Og).")
    return gemmi.Element(int(z)).name


def atomic_number(symbol: str) -> int:
    """The atomic number of the element with this symbol; deuterium is hydrogen.

    Arguments:
        symbol: One or two letters in any case, as in the PDB: `"C"`, `"Fe"`, `"FE"`, `"D"`.

    Raises:
        InputError: No element has this symbol (nor has `X`, the unknown atom of structure files).

    Examples:
        >>> atomic_number("Fe"), atomic_number("D")
        (26, 1)
    """
    z = gemmi.Element(symbol.strip()).atomic_number
    if z == 0:
        raise InputError(
            f"{symbol!r} is no element's symbol.", hint='Use a symbol of the periodic table, such as "C" or "Fe".'
        )
    return z


def known_numbers(atomic_numbers: AtomicNumbers) -> Int[np.ndarray, " n"]:
    """Atomic numbers as a numpy array, refused where JAX traces them."""
    if not is_concrete(atomic_numbers):
        raise InputError(
            "The atomic numbers are traced by JAX, so they cannot be looked up and checked.",
            hint="Look up what depends on them outside jit, and pass it in.",
        )
    return np.asarray(atomic_numbers, dtype=int)
