"""The modes of MRC: how a value is stored."""

from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped
from numpy.typing import ArrayLike

from vitreous._core import InputError


class MrcMode(IntEnum):
    """How a value is stored in an MRC file (MRC2014, Cheng et al. 2015; mode 101 is IMOD's).

    Modes 3 and 4 hold transforms. Mode 3 and mode 101 are read and not written.
    """

    INT8 = 0
    INT16 = 1
    FLOAT32 = 2
    COMPLEX_INT16 = 3
    COMPLEX64 = 4
    UINT16 = 6
    FLOAT16 = 12
    UINT4 = 101

    @property
    def title(self) -> str:
        """The mode in words."""
        return _TITLES[self]

    @property
    def dtype(self) -> np.dtype:
        """The type of a stored value; of a byte, which holds two, for mode 101."""
        return np.dtype(_DTYPES[self])

    @property
    def is_complex(self) -> bool:
        """Whether a value is a complex number."""
        return self in (MrcMode.COMPLEX_INT16, MrcMode.COMPLEX64)


_TITLES = {
    MrcMode.INT8: "8-bit integers",
    MrcMode.INT16: "16-bit integers",
    MrcMode.FLOAT32: "32-bit floats",
    MrcMode.COMPLEX_INT16: "complex 16-bit integers",
    MrcMode.COMPLEX64: "complex 32-bit floats",
    MrcMode.UINT16: "unsigned 16-bit integers",
    MrcMode.FLOAT16: "16-bit floats",
    MrcMode.UINT4: "4-bit integers",
}
_DTYPES: dict[MrcMode, Any] = {
    MrcMode.INT8: "i1",
    MrcMode.INT16: "i2",
    MrcMode.FLOAT32: "f4",
    MrcMode.COMPLEX_INT16: [("real", "i2"), ("imag", "i2")],
    MrcMode.COMPLEX64: "c8",
    MrcMode.UINT16: "u2",
    MrcMode.FLOAT16: "f2",
    MrcMode.UINT4: "u1",
}
_WRITABLE = (MrcMode.INT8, MrcMode.INT16, MrcMode.FLOAT32, MrcMode.COMPLEX64, MrcMode.UINT16, MrcMode.FLOAT16)


def as_stored(values: ArrayLike, mode: MrcMode, path: str | Path) -> Shaped[np.ndarray, "*axes"]:
    """Values in the type of a mode; fractions are rounded to whole numbers where the mode holds those.

    Raises:
        InputError: A mode that is not written, complex values in a real mode, or values that are not finite or beyond
            the range of the mode.
    """
    array = np.asarray(values)
    if mode not in _WRITABLE:
        raise InputError(
            f"{path}: MRC mode {mode.value} ({mode.title}) is not written.",
            hint=f"Choose one of {', '.join(f'MrcMode.{known.name}' for known in _WRITABLE)}.",
        )
    if array.dtype.kind == "c" and not mode.is_complex:
        raise InputError(
            f"{path}: complex values do not fit in MRC mode {mode.value} ({mode.title}).",
            hint="Write them with mode=MrcMode.COMPLEX64.",
        )
    if mode.dtype.kind in "iu":
        array = array if array.dtype.kind in "iub" else np.rint(array)
        low, high = float(np.iinfo(mode.dtype).min), float(np.iinfo(mode.dtype).max)
    else:
        limit = float(np.finfo(mode.dtype).max)
        low, high = -limit, limit
    parts = (np.real(array), np.imag(array)) if array.dtype.kind == "c" else (array,)
    for part in parts:
        smallest, largest = part.min(initial=0), part.max(initial=0)  # NaN where there is one
        if not (np.isfinite(smallest) and np.isfinite(largest)):
            raise InputError(
                f"{path}: an array with NaN or infinite values is not written.",
                hint="Find where they arise: jax.config.update('jax_debug_nans', True).",
            )
        if smallest < low or largest > high:
            wrong = smallest if smallest < low else largest
            raise InputError(
                f"{path}: the value {wrong:g} is beyond the range {low:g} to {high:g} of MRC mode {mode.value} "
                f"({mode.title}).",
                hint="Scale the values, or write 32-bit floats with mode=MrcMode.FLOAT32.",
            )
    return np.ascontiguousarray(array, mode.dtype)
