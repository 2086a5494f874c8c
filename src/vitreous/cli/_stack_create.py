"""`vitreous stack create`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import create_stack

from ._progress import console_progress
from ._stack_options import Output, Overwrite, PixelSize, Project, load_particles, show_reports


def create(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGES…", help="Files of images: MRC, TIFF, HDF5 or EMAN2.")],
    output: Output,
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="A list of particles, the first row of which belongs to the first image."),
    ] = None,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """A stack of particles, and its list, from images of any files, one after the other.

    Example:
    $ vitreous stack create picked_*.mrc -o particles.star --pixel-size 1.35
    """
    listed = None if metadata is None else load_particles(metadata, pixel_size, project)
    with console_progress() as progress:
        report = create_stack(
            images, output, metadata=listed, pixel_size=pixel_size, overwrite=overwrite, progress=progress
        )
    show_reports(report)
