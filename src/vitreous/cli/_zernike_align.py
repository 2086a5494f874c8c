"""`vitreous zernike align`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import AlignedFiles, AlignOptions, RotationWords, align_files, rotation_words

from ._help import argument_help

_HELP = argument_help(AlignOptions)
_DEFAULT = AlignOptions()


def align(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="The map (MRC) that stays, or its moments.")],
    moving: Annotated[Path, typer.Argument(metavar="MOVING", help="The map that moves, or its moments.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write it as it lies on the reference.")
    ] = None,
    order: Annotated[int | None, typer.Option(help=_HELP["order"])] = _DEFAULT.order,
    radius: Annotated[float | None, typer.Option(help=_HELP["radius"])] = _DEFAULT.radius,
    mirror: Annotated[bool, typer.Option("--mirror/--no-mirror", help=_HELP["mirror"])] = _DEFAULT.mirror,
    mask: Annotated[Path | None, typer.Option(metavar="MASK.mrc", help=_HELP["mask"])] = _DEFAULT.mask,
    auto_mask: Annotated[bool, typer.Option("--auto-mask/--no-auto-mask", help=_HELP["auto_mask"])] = (
        _DEFAULT.auto_mask
    ),
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Lay a map on another: the rotation, shift and hand, found from their moments over all rotations at once.

    Boxes and voxel sizes of maps may differ. Of two files of moments the rotation and the hand are found.

    Example:
    $ vitreous zernike align reference.mrc moving.mrc -o aligned.mrc
    """
    options = AlignOptions(order=order, radius=radius, mirror=mirror, mask=mask, auto_mask=auto_mask, apix=apix)
    found = align_files(reference, moving, output, options=options, overwrite=overwrite)
    words = rotation_words(found.alignment.rotation)
    if as_json:
        print(json.dumps(_record(found, words), allow_nan=False))
        return
    print("\n".join([f"{moving} laid on {reference}", *_lines(found, words)]))


def _lines(found: AlignedFiles, words: RotationWords) -> list[str]:
    alignment = found.alignment
    axis, relion = (", ".join(f"{x:.3f}" for x in numbers) for numbers in (words.axis, words.relion))
    hand = "mirrored" if alignment.mirrored else "as it is"
    other = "" if alignment.other_hand is None else f" (the other hand reaches {alignment.other_hand:.4f})"
    rows = ["  ".join(f"{value:9.6f}" for value in row) for row in alignment.rotation.tolist()]
    shift = ", ".join(f"{x:.3f}" for x in alignment.shift.tolist())
    change = f"{found.before:.4f} before, {found.after:.4f} after"
    reached = f"{alignment.correlation:.4f}" if found.of_maps else change
    return [
        *([f"correlation of voxels: {change}"] if found.of_maps else []),
        f"correlation of moments to order {found.order}: {reached}{other}",
        f"hand: {hand}",
        f"rotation: {words.angle_deg:.3f}° about ({axis}); RELION rot, tilt, psi: {relion}",
        *(f"  {row}" for row in rows),
        *([f"shift: {shift} Å, after the rotation about the middle of the box"] if found.of_maps else []),
        *([] if found.output is None else [f"written: {found.output}"]),
    ]


def _record(found: AlignedFiles, words: RotationWords) -> dict[str, object]:
    alignment = found.alignment
    return {
        "rotation": alignment.rotation.tolist(),
        "angle_deg": words.angle_deg,
        "axis": words.axis,
        "relion": dict(zip(("rot", "tilt", "psi"), words.relion, strict=True)),
        "shift_a": alignment.shift.tolist() if found.of_maps else None,
        "mirrored": alignment.mirrored,
        "order": found.order,
        "correlation_moments": alignment.correlation,
        "correlation_other_hand": alignment.other_hand,
        "correlation_before": found.before,
        "correlation_after": found.after,
        "output": None if found.output is None else str(found.output),
    }
