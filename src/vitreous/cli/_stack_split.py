"""`vitreous stack split`."""

from typing import Annotated

import typer

from vitreous.datasets import GroupBy
from vitreous.stacks import SplitOptions, split_stack

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import CopyImages, Output, Overwrite, Particles, PixelSize, Project, load_particles, show_reports

_HELP = argument_help(SplitOptions)
_DEFAULT = SplitOptions(parts=2)


def split(
    particles: Particles,
    output: Output,
    parts: Annotated[int | None, typer.Option(help=_HELP["parts"])] = None,
    by: Annotated[GroupBy | None, typer.Option(help=_HELP["by"])] = None,
    shuffle: Annotated[bool, typer.Option("--shuffle", help=_HELP["shuffle"])] = _DEFAULT.shuffle,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULT.seed,
    copy_images: CopyImages = False,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """One list of particles as several, named after the output: out_part1.star, out_class2.star, …

    Example:
    $ vitreous stack split particles.star -o groups.star --by optics-group
    """
    options = SplitOptions(parts=parts, by=by, shuffle=shuffle, seed=seed)
    dataset = load_particles(particles, pixel_size, project)
    with console_progress() as progress:
        reports = split_stack(dataset, output, options, copy_images=copy_images, overwrite=overwrite, progress=progress)
    show_reports(*reports)
