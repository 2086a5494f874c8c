"""`vitreous zernike compare`."""

import json
import math
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from vitreous.shape import MomentCorrelation, compare_files

_THRESHOLDS = (0.5, 0.143)


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A map (MRC) or a file of moments.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another; a map beside moments is decomposed in their ball.")],
    order: Annotated[
        int | None, typer.Option(help="The largest n: unless given what both files have, and 20 for two maps.")
    ] = None,
    radius: Annotated[
        float | None, typer.Option(help="Radius of the ball for two maps in Å; the largest in both unless given.")
    ] = None,
    apix: Annotated[float | None, typer.Option(help="Voxel size of maps in Å, in place of their headers'.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How alike two maps are: the correlation of their moments order by order, and where it falls.

    The maps must stand alike. The resolution of an order is that to which the moments up to it hold a map.

    Example:
    $ vitreous zernike compare half1.mrc half2.mrc --order 40
    """
    found = compare_files(a, b, order=order, radius=radius, apix=apix)
    rows = _rows(found)
    falls = {f"resolution_{threshold}_a": found.resolution(threshold) for threshold in _THRESHOLDS}
    if as_json:
        names = ("order", "resolution_a", "correlation", "cumulative")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        print(json.dumps(falls | columns, allow_nan=False))
        return
    print(f"{a} and {b}, correlation {rows[-1][3]:.6f} in the ball")
    for threshold, resolution in zip(_THRESHOLDS, falls.values(), strict=True):
        known = "never below" if resolution is None else f"{resolution:.2f} Å" if math.isfinite(resolution) else "none"
        print(f"correlation {threshold}: {known}")
    print("\norder  resolution (Å)  correlation  cumulative")
    for n, resolution, correlation, cumulative in rows:
        shown = "–" if resolution is None else f"{resolution:.3f}"
        print(f"{n:5d}  {shown:>14}  {correlation:11.6f}  {cumulative:10.6f}")


def _rows(found: MomentCorrelation) -> list[tuple[int, float | None, float, float]]:
    """Order, resolution where there is one, correlation of the order and up to it."""
    # Seven digits are what single precision holds.
    columns = (np.asarray(found.order), found.resolution_a, np.asarray(found.correlation), np.asarray(found.cumulative))
    return [
        (int(n), float(f"{a:.7g}") if math.isfinite(a) else None, float(f"{c:.7g}"), float(f"{total:.7g}"))
        for n, a, c, total in zip(*columns, strict=True)
    ]
