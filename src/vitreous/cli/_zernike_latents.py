"""`vitreous zernike latents`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import LatentsOptions, analyse_latents

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress
from ._zernike_options import numbers

_HELP = argument_help(LatentsOptions)
_DEFAULT = LatentsOptions()


def latents(
    source: Annotated[
        Path, typer.Argument(metavar="MOMENTS.npz", help="Moments of a bundle, with the latents of its particles.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run folder to make.")],
    components: Annotated[int, typer.Option(help=_HELP["components"])] = _DEFAULT.components,
    normalised: Annotated[bool, typer.Option("--normalised", help=_HELP["normalised"])] = _DEFAULT.normalised,
    maps: Annotated[int, typer.Option(help=_HELP["maps"])] = _DEFAULT.maps,
    steps: Annotated[int, typer.Option(help=_HELP["steps"])] = _DEFAULT.steps,
    dimensions: Annotated[int | None, typer.Option(help=_HELP["dimensions"])] = _DEFAULT.dimensions,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    path: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="START END",
            help="Maps on the shortest way from one state to another over particles between them. A state is a "
            "particle, counted from 0, or z1,z2,… (a single one with its point: 1.0), for the particle nearest to it.",
        ),
    ] = None,
    neighbours: Annotated[int, typer.Option(help=_HELP["neighbours"])] = _DEFAULT.neighbours,
    compare: Annotated[Path | None, typer.Option(metavar="MOMENTS.npz", help=_HELP["compare"])] = _DEFAULT.compare,
    nearest: Annotated[int, typer.Option(help=_HELP["nearest"])] = _DEFAULT.nearest,
    memory: Memory = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a complete run in the folder.")] = False,
) -> None:
    """How the shapes of a latent space's particles differ: principal components of their invariants, and maps.

    Writes scores.csv, components.npz, maps along the components, run.json and report.html; with --path also path.csv
    and its maps, with --compare also neighbours.csv.

    Example:
    $ vitreous zernike latents job-moments.npz -o shapes --path 0 250
    """
    states = None if path is None else (_state(path[0]), _state(path[1]))
    options = LatentsOptions(
        components=components,
        normalised=normalised,
        maps=maps,
        steps=steps,
        dimensions=dimensions,
        apix=apix,
        path=states,
        neighbours=neighbours,
        compare=compare,
        nearest=nearest,
    )
    allowed = in_bytes(memory)
    with console_progress() as progress:
        found = analyse_latents(source, output, options, memory=allowed, overwrite=overwrite, progress=progress)
    print("\n".join(found.summary))


def _state(text: str) -> int | tuple[float, ...]:
    if text.strip().isdecimal():
        return int(text)
    return numbers(text, option="--path", example="0 250, or --path 1.5,-0.3 -1.5,0.2") or ()
