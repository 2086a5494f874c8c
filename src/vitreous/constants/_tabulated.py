"""The check that all tables of elements share."""

import numpy as np
from jaxtyping import Int

from vitreous._core import InputError

from ._elements import AtomicNumbers, element_symbol, known_numbers


def tabulated_numbers(atomic_numbers: AtomicNumbers, *, heaviest: int) -> Int[np.ndarray, " n"]:
    """Atomic numbers that a table from hydrogen to `heaviest` holds; others are refused by name."""
    zs = known_numbers(atomic_numbers)
    unknown = np.unique(zs[(zs < 1) | (zs > heaviest)])
    if unknown.size:
        names = ", ".join(f"{_name(int(z))} ({np.count_nonzero(zs == z)} atoms)" for z in unknown)
        raise InputError(
            f"No tabulated scattering factor for the element {names}; the table holds H to {element_symbol(heaviest)}.",
            hint="Remove these atoms, or give them an element in the structure file.",
        )
    return zs


def _name(z: int) -> str:
    return f"{element_symbol(z)} (Z={z})" if 1 <= z <= 118 else f"X, unknown (Z={z})"
