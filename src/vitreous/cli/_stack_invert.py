"""`vitreous stack invert`."""

from vitreous.stacks import invert_stack

from ._progress import console_progress
from ._stack_options import Output, Overwrite, Particles, PixelSize, Project, load_particles, show_reports


def invert(
    particles: Particles,
    output: Output,
    pixel_size: PixelSize = None,
    project: Project = None,
    overwrite: Overwrite = False,
) -> None:
    """Images of the opposite sign: protein that was dark is bright, or the other way.

    Example:
    $ vitreous stack invert particles.star -o inverted.star
    """
    dataset = load_particles(particles, pixel_size, project)
    with console_progress() as progress:
        report = invert_stack(dataset, output, overwrite=overwrite, progress=progress)
    show_reports(report)
