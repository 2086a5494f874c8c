"""A table of named columns, as STAR blocks hold them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Shaped

from vitreous._core import InputError

from ._expression import evaluate_expression
from ._parse_numbers import NotANumber, parse_array, parse_words
from ._tokens import Tokens

Rows = Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice | Sequence[int]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, in order; never changed in place.

    A table read from a file holds text; `column` gives it as numbers. The arrays are read-only, because text assigned
    into a NumPy array of shorter text would be cut silently: use `with_columns`. A long table keeps the bytes of its
    file, and makes an array of text of a column when it is first asked for.

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
    _kept: "dict[str, Tokens | Shaped[np.ndarray, ' n']]" = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self):
        self._kept.update({name: _held(values) for name, values in self.columns.items()})
        shapes = {name: values.shape for name, values in self._kept.items()}
        if any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) > 1:
            raise InputError(
                f"{self.source}: the columns of a table have one length, not {shapes}.",
                hint="Give one value per row in each column.",
            )
        if not self.is_loop and len(self) != 1 and shapes:
            raise InputError(
                f"{self.source}: name-value pairs are one row, not {len(self)}.", hint="Write it with is_loop=True."
            )
        object.__setattr__(self, "columns", _Arrays(self._kept))

    def __len__(self) -> int:
        return next((len(values) for values in self._kept.values()), 0)

    def __contains__(self, name: object) -> bool:
        return name in self._kept

    def __getitem__(self, name: str) -> Shaped[np.ndarray, " n"]:
        """The column as it is: text where it was read from a file.

        Raises:
            InputError: There is no such column.
        """
        self._stored(name)
        return self.columns[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self._kept)

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
        if dtype is str:
            return self[name].astype(str)
        try:
            numbers = _numbers(self._stored(name))
        except NotANumber as error:
            raise self._non_numeric(name, error.row, "number") from None
        if dtype is float:
            return numbers.copy()  # what a table holds is never changed
        whole = np.isfinite(numbers) & (numbers == np.round(numbers)) & (np.abs(numbers) < 2**53)
        if not whole.all():
            raise self._non_numeric(name, int(np.argmin(whole)), "whole number")
        return numbers.astype(np.int64)

    def values(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column as float64 numbers if every value is one, else as text; read-only.

        Raises:
            InputError: There is no such column.

        Examples:
            >>> table = Table({"rlnVoltage": ["300.0"], "rlnOpticsGroupName": ["krios"]})
            >>> table.values("rlnVoltage"), table.values("rlnOpticsGroupName")
            (array([300.]), array(['krios'], dtype='<U5'))
        """
        try:
            return _read_only(_numbers(self._stored(name)))
        except NotANumber:
            text = self[name]
            return text if text.dtype.kind == "U" else _read_only(text.astype(str))

    def where(self, expression: str) -> Bool[np.ndarray, " n"]:
        """Which rows an expression of columns holds for; `vitreous.io.evaluate_expression` describes the language.

        Raises:
            InputError: The expression cannot be read, or names a column that there is not.

        Examples:
            >>> table = Table({"rlnDefocusU": ["9000", "21000"], "rlnMicrographName": ["a/1.mrc", "b/1.mrc"]})
            >>> table.where("rlnDefocusU < 15000 and startswith(rlnMicrographName, 'a/')").tolist()
            [True, False]
        """
        return evaluate_expression(expression, self.names, self.values)

    def select(self, rows: Rows) -> "Table":
        """The table of some rows: indices, a mask or a slice."""
        picked = rows if isinstance(rows, slice) else np.asarray(rows, dtype=None if len(rows) else np.int64)
        chosen = {name: values[picked] for name, values in self._kept.items()}
        for name, values in chosen.items():
            if isinstance(values, Tokens) and 2 * len(values) < len(self):
                chosen[name] = values.compact()  # a few rows do not keep the whole file in memory
        return Table(chosen, self.source, self.is_loop)

    def with_columns(self, columns: Mapping[str, Any]) -> "Table":
        """The table with columns replaced where they exist and added at the end where not."""
        return Table({**self._kept, **columns}, self.source, self.is_loop)

    def without(self, names: Iterable[str]) -> "Table":
        """The table without some columns; names that it does not have are ignored."""
        dropped = set(names)
        kept = {name: values for name, values in self._kept.items() if name not in dropped}
        return Table(kept, self.source, self.is_loop)

    def _stored(self, name: str) -> "Tokens | Shaped[np.ndarray, ' n']":
        if name not in self._kept:
            raise InputError(
                f"{self.source}: has no column {name}. Its columns are: {', '.join(self._kept) or 'none'}.",
                hint="Check the name, or use a file that has it.",
            )
        return self._kept[name]

    def _non_numeric(self, name: str, row: int, wanted: str) -> InputError:
        (value,) = _array(self._kept[name][row : row + 1])
        return InputError(
            f"{self.source}: column {name} is not numeric: row {row + 1} (counted from 1) holds "
            f"{str(value)!r}, which is no {wanted}.",
            hint="Correct the value in the file, or leave the row out.",
        )


def kept_columns(table: Table) -> "Mapping[str, Tokens | Shaped[np.ndarray, ' n']]":
    """Name to column in the form in which the table holds it."""
    return table._kept


class _Arrays(Mapping[str, Shaped[np.ndarray, " n"]]):
    """Name to read-only array; text is cut from a file's bytes when it is first asked for."""

    def __init__(self, kept: "Mapping[str, Tokens | Shaped[np.ndarray, ' n']]"):
        self._kept = kept
        self._text: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> Shaped[np.ndarray, " n"]:
        values = self._kept[name]
        if not isinstance(values, Tokens):
            return values
        if name not in self._text:
            self._text[name] = _read_only(values.text())
        return self._text[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _held(values: Any) -> "Tokens | Shaped[np.ndarray, ' ...']":
    return values if isinstance(values, Tokens) else _read_only(np.asarray(values))


def _read_only(values: np.ndarray) -> np.ndarray:
    array = values.view()
    array.flags.writeable = False
    return array


def _array(values: Tokens | np.ndarray) -> np.ndarray:
    return values.text() if isinstance(values, Tokens) else values


def _numbers(values: Tokens | np.ndarray) -> np.ndarray:
    if not isinstance(values, Tokens):
        return parse_array(values)
    if values.numbers is None:
        values.numbers = parse_words(values)
    return values.numbers
