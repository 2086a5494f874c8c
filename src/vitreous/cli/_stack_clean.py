"""`vitreous stack clean`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import CleanOptions, clean_stack

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import CopyImages, Output, Overwrite, Particles, PixelSize, Project, load_particles, show_reports

_HELP = argument_help(CleanOptions)
_DEFAULT = CleanOptions()
_SHOWN = 20


def clean(
    particles: Particles,
    output: Output,
    deviations: Annotated[float, typer.Option(help=_HELP["deviations"])] = _DEFAULT.deviations,
    removed: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Where to list the rows left out, counted from 0, with the reasons."),
    ] = None,
    copy_images: CopyImages = False,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """The particles without the bad ones: missing, constant, NaN, or unlike all others; which and why is printed.

    Example:
    $ vitreous stack clean particles.star -o good.star --removed bad.csv
    """
    dataset = load_particles(particles, pixel_size, project)
    options = CleanOptions(deviations=deviations)
    with console_progress() as progress:
        report, bad = clean_stack(
            dataset,
            output,
            options,
            removed=removed,
            copy_images=copy_images,
            overwrite=overwrite,
            progress=progress,
        )
    show_reports(report)
    for particle in bad[:_SHOWN]:
        print(f"row {particle.row}: {particle.reason}")
    if len(bad) > _SHOWN:
        print(f"… and {len(bad) - _SHOWN} more: --removed FILE.csv lists all.")
