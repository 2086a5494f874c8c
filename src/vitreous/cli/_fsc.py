"""`vitreous fsc`."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from vitreous.grids import FourierCorrelation
from vitreous.reconstruct import compare_maps, describe_resolution

_THRESHOLDS = (0.5, 0.143)


def fsc(
    a: Annotated[Path, typer.Argument(metavar="A.mrc", help="A map.")],
    b: Annotated[Path, typer.Argument(metavar="B.mrc", help="Another, of the same shape and voxel size.")],
    mask: Annotated[Path | None, typer.Option(help="A map of the same shape that multiplies both.")] = None,
    apix: Annotated[float | None, typer.Option(help="Voxel size in Å, in place of what the headers say.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How alike two maps are: their Fourier shell correlation, and where it first crosses 0.5 and 0.143.

    Crossings are interpolated; the zero shell is left out.

    Example:
    $ vitreous fsc half1.mrc half2.mrc --mask mask.mrc
    """
    curve = compare_maps(a, b, mask=mask, voxel_size=apix)
    shells = _shells(curve)
    if as_json:
        crossings = {f"resolution_{threshold}_a": curve.resolution(threshold) for threshold in _THRESHOLDS}
        columns = dict(zip(("shell", "resolution_a", "fsc"), zip(*shells, strict=True), strict=True))
        print(json.dumps(crossings | columns, allow_nan=False))
        return
    print(f"{a} and {b}, {'no mask' if mask is None else f'masked by {mask}'}")
    for threshold in _THRESHOLDS:
        print(f"FSC {threshold}: {describe_resolution(curve, threshold)}")
    print("\nshell  resolution (Å)     FSC")
    for shell, resolution, correlation in shells:
        print(f"{shell:5d}  {resolution:14.3f}  {correlation:6.3f}")


def _shells(curve: FourierCorrelation) -> list[tuple[int, float, float]]:
    """Index, resolution in Å and correlation of every shell but the zero one."""
    columns = (np.asarray(column)[1:] for column in (curve.shell, curve.resolution_a, curve.correlation))
    # Seven digits are what single precision holds.
    return [(int(shell), float(f"{a:.7g}"), float(f"{c:.7g}")) for shell, a, c in zip(*columns, strict=True)]
