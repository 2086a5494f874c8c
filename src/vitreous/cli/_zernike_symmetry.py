"""`vitreous zernike symmetry`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import FileSymmetry, SymmetryAxis, rotation_words, symmetry_of_file

_CANDIDATES = 5


def symmetry(
    path: Annotated[Path, typer.Argument(metavar="MAP|MOMENTS", help="A map (MRC) or a file of moments.")],
    order: Annotated[
        int | None, typer.Option(help="The largest n: 20 for a map unless given, and what a file of moments has.")
    ] = None,
    radius: Annotated[
        float | None, typer.Option(help="Radius of the ball in Å, for a map; a little more than its density's if not.")
    ] = None,
    max_fold: Annotated[int, typer.Option(help="The most folds of an axis, 2 to 30.")] = 12,
    threshold: Annotated[float, typer.Option(help="The least correlation of a symmetry.")] = 0.8,
    auto_mask: Annotated[
        bool, typer.Option("--auto-mask/--no-auto-mask", help="Mask a map softly about its density.")
    ] = True,
    apix: Annotated[float | None, typer.Option(help="Voxel size of a map in Å, in place of its header's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The point group of a density, its axes, and how well the density agrees with itself about them.

    Low orders and soft maps look more symmetric than they are: try a higher order.

    Example:
    $ vitreous zernike symmetry map.mrc --order 30
    """
    found = symmetry_of_file(
        path, order=order, radius=radius, max_fold=max_fold, threshold=threshold, mask=auto_mask, apix=apix
    )
    print(json.dumps(_record(found), allow_nan=False) if as_json else "\n".join(_lines(path, found)))


def _record(found: FileSymmetry) -> dict[str, object]:
    def axes(of: Sequence[SymmetryAxis]) -> list[dict[str, object]]:
        return [{"fold": a.fold, "direction": a.direction.tolist(), "correlation": a.correlation} for a in of]

    return {
        "group": found.symmetry.name,
        "correlation": found.symmetry.correlation,
        "order": found.order,
        "center_a": found.center,
        "radius_a": found.radius,
        "rotation": found.symmetry.rotation.tolist(),
        "axes": axes(found.symmetry.axes),
        "candidates": axes(found.symmetry.candidates),
    }


def _lines(path: Path, found: FileSymmetry) -> list[str]:
    group = found.symmetry
    agrees = f"correlation {group.correlation:.4f}" if group.axes else "no symmetry found"
    center = ", ".join(f"{x:.2f}" for x in found.center)
    ball = "" if found.radius is None else f", ball of {found.radius:.4g} Å"
    lines = [
        f"{path}: {group.name}, {agrees} to order {found.order}",
        f"about ({center}) Å from the middle of the box{ball}",
    ]
    if group.axes:
        relion = ", ".join(f"{x:.2f}" for x in rotation_words(group.rotation.T).relion)
        lines.append(f"into RELION's setting of {group.name} it is turned by rot, tilt, psi {relion}")
        lines += _table("axes", group.axes)
    if not group.axes and group.candidates:
        lines += _table("not taken for symmetric, best axes", group.candidates[:_CANDIDATES])
    return lines


def _table(title: str, axes: Sequence[SymmetryAxis]) -> list[str]:
    rows = (
        f"{axis.fold:4d}  {'  '.join(f'{x:7.4f}' for x in axis.direction.round(4) + 0.0)}  {axis.correlation:11.4f}"
        for axis in axes
    )
    return ["", f"{title}:", f"fold  {'x':>7}  {'y':>7}  {'z':>7}  correlation", *rows]
