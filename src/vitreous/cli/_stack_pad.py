"""`vitreous stack pad`."""

from typing import Annotated

import typer

from vitreous.stacks import pad_stack

from ._progress import console_progress
from ._stack_options import Output, Overwrite, Particles, PixelSize, Project, load_particles, one_or_two, show_reports


def pad(
    particles: Particles,
    output: Output,
    box: Annotated[
        str, typer.Option(metavar="N[,M]", help="Side of the new images in pixels, or their rows and columns.")
    ],
    value: Annotated[
        float | None,
        typer.Option(help="What fills the new pixels; the mean of each image's outermost pixels unless given."),
    ] = None,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Images in a larger box; poses and origins stay right.

    Example:
    $ vitreous stack pad particles.star -o padded.star --box 256
    """
    dataset = load_particles(particles, pixel_size, project)
    side = one_or_two(box, option="--box")
    with console_progress() as progress:
        report = pad_stack(dataset, output, side, value=value, overwrite=overwrite, progress=progress)
    show_reports(report)
