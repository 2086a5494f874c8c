"""`vitreous stack crop`."""

from typing import Annotated

import typer

from vitreous.stacks import crop_stack

from ._progress import console_progress
from ._stack_options import Output, Overwrite, Particles, PixelSize, Project, load_particles, one_or_two, show_reports


def crop(
    particles: Particles,
    output: Output,
    box: Annotated[
        str, typer.Option(metavar="N[,M]", help="Side of the new images in pixels, or their rows and columns.")
    ],
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """The central part of each image; poses and origins stay right.

    Example:
    $ vitreous stack crop particles.star -o cropped.star --box 128
    """
    dataset = load_particles(particles, pixel_size, project)
    side = one_or_two(box, option="--box")
    with console_progress() as progress:
        report = crop_stack(dataset, output, side, overwrite=overwrite, progress=progress)
    show_reports(report)
