"""`vitreous fetch`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.archives import FetchOptions, StructureFormat, fetch_files, list_files

from ._help import argument_help
from ._progress import console_progress

_HELP = argument_help(FetchOptions)
_DEFAULT = FetchOptions()


def fetch(
    entry: Annotated[
        str,
        typer.Argument(
            metavar="ENTRY", help="pdb:6z6u, emdb:1832, empiar:10028 or osf:PROJECT; the last two with /PATH too."
        ),
    ],
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH…", help="Of EMPIAR and OSF: files, folders or patterns ('data/*.mrcs', quoted)."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to put them in.")] = Path("."),
    only_list: Annotated[bool, typer.Option("--list", help="Print what would be fetched, and fetch nothing.")] = False,
    structure_format: Annotated[
        StructureFormat, typer.Option("--format", help=_HELP["structure_format"])
    ] = _DEFAULT.structure_format,
    half_maps: Annotated[bool, typer.Option("--half-maps", help=_HELP["half_maps"])] = _DEFAULT.half_maps,
    masks: Annotated[bool, typer.Option("--masks", help=_HELP["masks"])] = _DEFAULT.masks,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=_HELP["overwrite"])] = _DEFAULT.overwrite,
) -> None:
    """Files from the PDB, EMDB, EMPIAR and OSF, whole and checked.

    What was interrupted goes on with the same command. Files that are there already are checked, not fetched again.

    Example:
    $ vitreous fetch emdb:1832 -o maps
    """
    options = FetchOptions(structure_format=structure_format, half_maps=half_maps, masks=masks, overwrite=overwrite)
    if only_list:
        print("\n".join(list_files(entry, paths or (), options=options).summary))
        return
    with console_progress() as progress:
        report = fetch_files(entry, paths or (), output=output, options=options, progress=progress)
    print("\n".join(report.summary))
