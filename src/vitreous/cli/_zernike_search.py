"""`vitreous zernike search`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import FoundShape, rotation_words, search_file

from ._progress import console_progress


def search(
    source: Annotated[Path, typer.Argument(metavar="MAP", help="A map (MRC) or a structure.")],
    index: Annotated[Path, typer.Option("--index", help="What `vitreous zernike index` wrote.")],
    k: Annotated[int, typer.Option("--k", "-k", help="How many entries to find, at most.")] = 10,
    align: Annotated[bool, typer.Option("--align", help="Align the entries found, and order them by that.")] = False,
    mirror: Annotated[bool, typer.Option("--mirror/--no-mirror", help="Try the other hand too.")] = True,
    apix: Annotated[float | None, typer.Option(help="Voxel size of the map in Å, in place of its header's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Which entries of an index have the shape of a map or structure, whatever its orientation and scale.

    Mirror images have one descriptor; with --align they are told apart. To lay an entry on the map at full resolution
    use `vitreous zernike align`.

    Example:
    $ vitreous zernike search map.mrc --index shapes.index -k 10 --align
    """
    with console_progress() as progress:
        found = search_file(source, index, k=k, align=align, mirror=mirror, apix=apix, progress=progress)
    if as_json:
        print(json.dumps([_record(one) for one in found], allow_nan=False))
        return
    width = max(len(one.match.name) for one in found)
    head = "  correlation  hand      RELION rot, tilt, psi" if align else ""
    print(f"{'entry':{width}}  similarity  radius (Å){head}")
    for one in found:
        print(f"{one.match.name:{width}}  {one.match.similarity:10.4f}  {one.match.radius:10.1f}{_laid(one)}")


def _laid(one: FoundShape) -> str:
    if one.alignment is None:
        return ""
    angles = ", ".join(f"{x:.1f}" for x in rotation_words(one.alignment.rotation).relion)
    return f"  {one.alignment.correlation:11.4f}  {'mirrored' if one.alignment.mirrored else 'same    '}  {angles}"


def _record(one: FoundShape) -> dict[str, object]:
    match, alignment = one.match, one.alignment
    record: dict[str, object] = {"name": match.name, "path": str(match.path)}
    record["similarity"], record["radius_a"] = match.similarity, match.radius
    if alignment is not None:
        record["correlation"], record["mirrored"] = alignment.correlation, alignment.mirrored
        record["rotation"], record["shift_a"] = alignment.rotation.tolist(), alignment.shift.tolist()
        record["relion"] = rotation_words(alignment.rotation).relion
    return record
