"""The elements and their names."""

import gemmi

from vitreous._core import InputError


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
