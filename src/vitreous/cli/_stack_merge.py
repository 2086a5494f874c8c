"""`vitreous stack merge`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import merge_stacks

from ._progress import console_progress
from ._stack_options import CopyImages, Output, Overwrite, PixelSize, Project, load_particles, show_reports


def merge(
    lists: Annotated[list[Path], typer.Argument(metavar="PARTICLES…", help="Two or more lists, of one format.")],
    output: Output,
    copy_images: CopyImages = False,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Several lists of particles as one, with optics groups reconciled: what was renumbered is said.

    Example:
    $ vitreous stack merge monday.star tuesday.star -o all.star
    """
    parts = [load_particles(path, pixel_size, project) for path in lists]
    with console_progress() as progress:
        report = merge_stacks(parts, output, copy_images=copy_images, overwrite=overwrite, progress=progress)
    show_reports(report)
