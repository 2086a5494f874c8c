"""`vitreous stack montage`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.stacks import MontageOptions, montage

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import Overwrite, Particles, PixelSize, Project, load_particles, show_reports

_HELP = argument_help(MontageOptions)
_DEFAULT = MontageOptions()


def montage_(
    particles: Particles,
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture to draw: .png, .svg or .pdf.")],
    count: Annotated[int, typer.Option(help=_HELP["count"])] = _DEFAULT.count,
    random: Annotated[bool, typer.Option("--random", help=_HELP["random"])] = _DEFAULT.random,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULT.seed,
    columns: Annotated[int | None, typer.Option(help=_HELP["columns"])] = _DEFAULT.columns,
    label: Annotated[bool, typer.Option("--label/--no-label", help=_HELP["label"])] = _DEFAULT.label,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Images of particles side by side in one picture.

    Example:
    $ vitreous stack montage particles.star -o particles.png --count 40 --random
    """
    dataset = load_particles(particles, pixel_size, project)
    options = MontageOptions(count=count, random=random, seed=seed, columns=columns, label=label)
    with console_progress() as progress:
        report = montage(dataset, output, options, overwrite=overwrite, progress=progress)
    show_reports(report)
