"""A table of named columns, as STAR blocks hold them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Shaped

from vitreous._core import InputError


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, in order; never changed in place.

    A table read from a file holds text; `column` gives it as numbers. The arrays are read-only, because text assigned
    into a NumPy array of shorter text would be cut silently: use `with_columns`.

    Arguments:
        columns: Name (without the underscore of STAR) to array "n".
        source: Where the table comes from, for error messages.
        is_loop: Written as a loop; if not, the one row is written as name-value pairs.

    Raises:
        InputError: Columns of different length or with more than one axis, or pairs with other than one row.

    Examples:
        >>> table = Table({"rlnAngleRot": ["10.0", "20.0"], "rlnClassNumber": ["1", "2"]})
        >>> len(table), "rlnAngleRot" in table, table.names
        (2, True, ('rlnAngleRot', 'rlnClassNumber'))
        >>> table.select([1]).column("rlnAngleRot").tolist()
        [20.0]
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    source: str = "table"
    is_loop: bool = True

    def __post_init__(self):
        arrays = {}
        for name, values in self.columns.items():
            array = np.asarray(values).view()
            array.flags.writeable = False
            arrays[name] = array
        object.__setattr__(self, "columns", arrays)
        shapes = {name: array.shape for name, array in arrays.items()}
        if any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) > 1:
            raise InputError(
                f"{self.source}: the columns of a table have one length, not {shapes}.",
                hint="Give one value per row in each column.",
            )
        if not self.is_loop and len(self) != 1 and arrays:
            raise InputError(
                f"{self.source}: name-value pairs are one row, not {len(self)}.", hint="Write it with is_loop=True."
            )

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Shaped[np.ndarray, " n"]:
        """The column as it is: text where it was read from a file.

        Raises:
            InputError: There is no such column.
        """
        if name not in self.columns:
            raise InputError(
                f"{self.source}: has no column {name}. Its columns are: {', '.join(self.columns) or 'none'}.",
                hint="Check the name, or use a file that has it.",
            )
        return self.columns[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.columns)

    def column(self, name: str, dtype: type[float] | type[int] | type[str] = float) -> Shaped[np.ndarray, " n"]:
        """A column as numbers or text.

        Arguments:
            name: The column, such as `rlnDefocusU`.
            dtype: `float`, `int` (accepts `2.000`) or `str`.

        Returns:
            A float64, int64 or text array.

        Raises:
            InputError: There is no such column, or a value cannot be read as a number; file, row and value are named.
        """
        values = self[name]
        if dtype is str:
            return values.astype(str)
        try:
            numbers = values.astype(np.float64)
        except (ValueError, TypeError):
            row = next(i for i, value in enumerate(values) if not _is_number(value))
            raise self._non_numeric(name, row, "number") from None
        if dtype is float:
            return numbers
        whole = np.isfinite(numbers) & (numbers == np.round(numbers)) & (np.abs(numbers) < 2**53)
        if not whole.all():
            raise self._non_numeric(name, int(np.argmin(whole)), "whole number")
        return numbers.astype(np.int64)

    def select(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice | Sequence[int]) -> "Table":
        """The table of some rows: indices, a mask or a slice."""
        picked = rows if isinstance(rows, slice) else np.asarray(rows, dtype=None if len(rows) else np.int64)
        return Table({name: array[picked] for name, array in self.columns.items()}, self.source, self.is_loop)

    def with_columns(self, columns: Mapping[str, Any]) -> "Table":
        """The table with columns replaced where they exist and added at the end where not."""
        return Table({**self.columns, **columns}, self.source, self.is_loop)

    def without(self, names: Iterable[str]) -> "Table":
        """The table without some columns; names that it does not have are ignored."""
        dropped = set(names)
        kept = {name: array for name, array in self.columns.items() if name not in dropped}
        return Table(kept, self.source, self.is_loop)

    def _non_numeric(self, name: str, row: int, wanted: str) -> InputError:
        return InputError(
            f"{self.source}: column {name} is not numeric: row {row + 1} (counted from 1) holds "
            f"{str(self.columns[name][row])!r}, which is no {wanted}.",
            hint="Correct the value in the file, or leave the row out.",
        )


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    return True
