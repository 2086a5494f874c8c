"""Columns of a cryoSPARC table, checked where they are taken."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int, Shaped

from vitreous._core import InputError


class CryosparcColumns:
    """The columns of a table by name, `None` for one that is not there.

    Arguments:
        rows: The table.
        source: Its file, for errors.
    """

    def __init__(self, rows: Shaped[np.ndarray, " n"], source: Path):
        self.rows = rows
        self.source = source

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in (self.rows.dtype.names or ())

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""
        return self.rows.dtype.names or ()

    def numbers(self, name: str, shape: tuple[int, ...] = ()) -> Float64[np.ndarray, "n ..."] | None:
        """Numbers, or arrays of them of that shape, as they are in the file.

        Raises:
            InputError: The column holds something else.
        """
        values = self._of_kind(name, "fiu")
        if values is not None and values.shape[1:] != shape:
            raise self._wrong(name, "one number" if shape == () else f"{' × '.join(map(str, shape))} numbers")
        return None if values is None else values.astype(np.float64)

    def demanded(self, name: str, shape: tuple[int, ...] = ()) -> Float64[np.ndarray, "n ..."]:
        """As `numbers`, of a column that must be there.

        Raises:
            InputError: It is not, or it holds something else.
        """
        values = self.numbers(name, shape)
        if values is None:
            raise InputError(
                f"{self.source}: has no column {name}, without which its other columns mean nothing.",
                hint="Copy the file from the job's folder again.",
            )
        return values

    def shape(self, name: str) -> tuple[int, ...]:
        """How many numbers a column has for each particle, along which axes."""
        return self.rows.dtype[name].shape

    def decimals(self, name: str) -> Float64[np.ndarray, " n"] | None:
        """Numbers as the shortest decimals that single precision keeps apart: 2.7, not 2.7000000477.

        For columns with few different values, such as those of the microscope.
        """
        values = self._of_kind(name, "fiu")
        if values is None or values.dtype != np.float32 or values.ndim != 1:
            return self.numbers(name)
        distinct, place = np.unique(values, return_inverse=True)
        return np.array([float(str(value)) for value in distinct])[place.reshape(-1)]

    def integers(self, name: str) -> Int[np.ndarray, " n"] | None:
        """Whole numbers.

        Raises:
            InputError: The column holds something else, or numbers beyond 63 bits.
        """
        values = self._of_kind(name, "iu")
        if values is None:
            return None
        if values.ndim != 1 or (len(values) and int(values.max()) > np.iinfo(np.int64).max):
            raise self._wrong(name, "one whole number")
        return values.astype(np.int64)

    def paths(self, name: str) -> tuple[tuple[str, ...], Int[np.ndarray, " n"] | None]:
        """Distinct paths, and for each particle which of them is its own.

        cryoSPARC puts a `>` before paths that are relative to the project, which goes.
        """
        values = self._of_kind(name, "SU")
        if values is None:
            return (), None
        if values.ndim != 1:
            raise self._wrong(name, "one path")
        distinct, place = np.unique(values, return_inverse=True)
        return tuple(as_text(value).removeprefix(">") for value in distinct.tolist()), place.reshape(-1)

    def _of_kind(self, name: str, kinds: str) -> np.ndarray | None:
        if name not in self:
            return None
        values = self.rows[name]
        if values.dtype.kind not in kinds:
            raise self._wrong(name, "text" if kinds == "SU" else "numbers")
        return values

    def _wrong(self, name: str, wanted: str) -> InputError:
        dtype = self.rows.dtype[name]
        return InputError(
            f"{self.source}: column {name} is of type {dtype.base} and shape {dtype.shape}, where each particle needs "
            f"{wanted}.",
            hint="Copy the file from the job's folder again.",
        )


def as_text(value: bytes | str) -> str:
    """Text of a `.cs` file, which is UTF-8 in bytes; what is not stays visible as a replacement."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
