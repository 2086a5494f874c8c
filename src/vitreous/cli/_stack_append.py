"""`vitreous stack append`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import append_stack

from ._progress import console_progress
from ._stack_options import PixelSize, Project, load_particles, show_reports


def append(
    stack: Annotated[
        Path, typer.Argument(metavar="STACK", help="The list to extend, with its images in the stack of its name.")
    ],
    more: Annotated[list[Path], typer.Argument(metavar="MORE…", help="Lists of particles to add.")],
    pixel_size: PixelSize = None,
    project: Project = None,
) -> None:
    """Particles added, with their images, at the end of a stack, in place.

    The stack and its list are written anew beside the old ones, and replace them when they are whole.

    Example:
    $ vitreous stack append all.star tuesday.star wednesday.star
    """
    first, *others = (load_particles(path, pixel_size, project) for path in (stack, *more))
    with console_progress() as progress:
        report = append_stack(first, others, progress=progress)
    show_reports(report)
