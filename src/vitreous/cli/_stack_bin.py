"""`vitreous stack bin`."""

from typing import Annotated

import typer

from vitreous.stacks import BinOptions, bin_stack

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import Output, Overwrite, Particles, PixelSize, Project, load_particles, show_reports

_HELP = argument_help(BinOptions, pixel_size="--to-pixel-size")


def bin_(
    particles: Particles,
    output: Output,
    factor: Annotated[float | None, typer.Option(help=_HELP["factor"])] = None,
    to_pixel_size: Annotated[float | None, typer.Option(help=_HELP["pixel_size"])] = None,
    box: Annotated[int | None, typer.Option(help=_HELP["box"])] = None,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Fewer and larger pixels, by Fourier cropping; the list gets the new pixel size and image size.

    Example:
    $ vitreous stack bin particles.star -o binned.star --factor 2
    """
    options = BinOptions(factor=factor, pixel_size=to_pixel_size, box=box)
    dataset = load_particles(particles, pixel_size, project)
    with console_progress() as progress:
        report = bin_stack(dataset, output, options, overwrite=overwrite, progress=progress)
    show_reports(report)
