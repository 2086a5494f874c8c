"""`vitreous stack normalise`."""

from typing import Annotated

import typer

from vitreous.stacks import NormaliseOptions, normalise_stack

from ._help import argument_help
from ._progress import console_progress
from ._stack_options import Output, Overwrite, Particles, PixelSize, Project, load_particles, show_reports

_HELP = argument_help(NormaliseOptions)
_DEFAULT = NormaliseOptions()


def normalise(
    particles: Particles,
    output: Output,
    radius: Annotated[float | None, typer.Option(help=_HELP["radius"])] = _DEFAULT.radius,
    ramp: Annotated[bool, typer.Option("--ramp/--no-ramp", help=_HELP["ramp"])] = _DEFAULT.ramp,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Images whose background, outside of a circle, has mean 0 and standard deviation 1, as RELION wants them.

    Example:
    $ vitreous stack normalise particles.star -o normalised.star --radius 90
    """
    dataset = load_particles(particles, pixel_size, project)
    options = NormaliseOptions(radius=radius, ramp=ramp)
    with console_progress() as progress:
        report = normalise_stack(dataset, output, options, overwrite=overwrite, progress=progress)
    show_reports(report)
