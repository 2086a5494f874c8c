"""`vitreous stack subset`."""

from typing import Annotated

import typer

from vitreous.stacks import SubsetOptions, subset_stack

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

_HELP = argument_help(SubsetOptions)


def subset(
    particles: Particles,
    output: Output,
    where: Annotated[str | None, typer.Option(metavar="EXPRESSION", help=_HELP["where"])] = None,
    indices: Annotated[str | None, typer.Option(metavar="ROWS", help=_HELP["indices"] + " 0,5:8 is 0,5,6,7.")] = None,
    random: Annotated[int | None, typer.Option(metavar="N", help=_HELP["random"])] = None,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = 0,
    copy_images: CopyImages = False,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Some of the particles: where a condition on columns holds, some rows, some at random, or all three in this order.

    Example:
    $ vitreous stack subset particles.star -o near.star --where "rlnDefocusU < 15000"
    """
    rows = None if indices is None else whole_numbers(indices, option="--indices", example="0,5:8")
    options = SubsetOptions(where=where, indices=rows, random=random, seed=seed)
    dataset = load_particles(particles, pixel_size, project)
    with console_progress() as progress:
        report = subset_stack(dataset, output, options, copy_images=copy_images, overwrite=overwrite, progress=progress)
    show_reports(report)
