"""`vitreous stack select`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import SelectOptions, select_stack

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import (
    CopyImages,
    Output,
    Overwrite,
    Particles,
    PixelSize,
    Project,
    load_particles,
    show_reports,
    whole_numbers,
)

_HELP = argument_help(SelectOptions)


def select(
    particles: Particles,
    output: Output,
    selection: Annotated[Path | None, typer.Option(metavar="BACKUP_SELECTION.star", help=_HELP["selection"])] = None,
    classes: Annotated[str | None, typer.Option(metavar="NUMBERS", help=_HELP["classes"])] = None,
    rows: Annotated[Path | None, typer.Option(metavar="ROWS.txt", help=_HELP["rows"])] = None,
    exclude: Annotated[bool, typer.Option("--exclude", help=_HELP["exclude"])] = False,
    copy_images: CopyImages = False,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """The particles of chosen classes, or of a list of rows, or all others.

    Example:
    $ vitreous stack select run_it025_data.star -o good.star --selection backup_selection.star
    """
    numbers = None if classes is None else whole_numbers(classes, option="--classes", example="1,3")
    options = SelectOptions(selection=selection, classes=numbers, rows=rows, exclude=exclude)
    dataset = load_particles(particles, pixel_size, project)
    with console_progress() as progress:
        report = select_stack(dataset, output, options, copy_images=copy_images, overwrite=overwrite, progress=progress)
    show_reports(report)
