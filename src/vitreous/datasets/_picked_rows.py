"""Which rows of a dataset are meant."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int, Shaped

from vitreous._core import InputError
from vitreous.io import evaluate_expression

Rows = int | np.integer | slice | Sequence[int] | Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | str
"""An index, a slice, indices, a mask, or an expression of columns such as `"rlnDefocusU < 15000"`."""


def picked_rows(
    rows: Rows,
    count: int,
    *,
    names: Sequence[str],
    column: Callable[[str], Shaped[np.ndarray, " n"]],
    source: Path,
    what: str = "rows",
) -> Int[np.ndarray, " m"]:
    """The numbers of the rows that are meant, at least one.

    Arguments:
        rows: What is meant.
        count: How many rows there are.
        names: The columns that an expression may name.
        column: Gives the values of one.
        source: Where the rows come from, for the error.
        what: What they are, for the error.

    Raises:
        InputError: Nothing is selected, or an expression that cannot be evaluated.
    """
    if isinstance(rows, str):
        rows = evaluate_expression(rows, names, column)
    picked = np.atleast_1d(np.arange(count)[rows])
    if len(picked) == 0:
        raise InputError(f"{source}: a selection of 0 of {count} {what}.", hint="Select at least one.")
    return picked
