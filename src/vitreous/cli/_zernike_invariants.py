"""`vitreous zernike invariants`."""

import json
from enum import StrEnum
from typing import Annotated

import numpy as np
import typer

from vitreous.harmonics import invariant_labels
from vitreous.shape import Moments, invariants, normalised_invariants

from ._zernike_options import MomentFile


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def invariants_table(
    path: MomentFile,
    normalised: Annotated[
        bool, typer.Option("--normalised", help="Divide by their norm, so that the scale of the density drops out.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
) -> None:
    """The norms of moments that no rotation changes, of every volume of a file.

    Example:
    $ vitreous zernike invariants moments.npz --normalised --format csv
    """
    table = Moments()
    table.load(path, quiet=True)
    found = np.asarray((normalised_invariants if normalised else invariants)(table.array))
    n, l = invariant_labels(table.order).tolist()
    # Seven digits are what single precision holds.
    columns = [[float(f"{value:.7g}") for value in row] for row in found.tolist()]
    if form is Format.JSON:
        print(json.dumps({"normalised": normalised, "n": n, "l": l, "invariants": columns}, allow_nan=False))
        return
    names = ["invariant"] if len(columns) == 1 else [f"volume_{k}" for k in range(len(columns))]
    if form is Format.CSV:
        print(",".join(["n", "l", *names]))
        print("\n".join(",".join(map(str, row)) for row in zip(n, l, *columns, strict=True)))
        return
    print("  n    l" + "".join(f"  {name:>13}" for name in names))
    for a, b, *values in zip(n, l, *columns, strict=True):
        print(f"{a:3d}  {b:3d}" + "".join(f"  {value:13.7g}" for value in values))
