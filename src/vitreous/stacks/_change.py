"""Making every image of a stack anew."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vitreous._core import NO_PROGRESS, Progress
from vitreous.datasets import AbstractParticleTable, ParticleDataset

from ._outputs import Images, StackReport, check_output, files_of, images_of, write_stack


def change_images(
    particles: ParticleDataset,
    output: str | Path,
    change: Callable[[Images, int], Images],
    *,
    table: AbstractParticleTable | None = None,
    shape: tuple[int, int] | None = None,
    pixel_size: float | None = None,
    notes: Sequence[str] = (),
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Write particles with images made of theirs, a batch at a time.

    Arguments:
        particles: With their images.
        output: The file to write.
        change: New images of a batch of old ones, and of the number of the first, counted from 0.
        table: The new rows, the old ones unless given.
        shape: Rows and columns of the new images, those of the old ones unless given.
        pixel_size: Å of the new images, that of the old ones unless given.
        notes: For the report.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.
    """
    output = Path(output)
    check_output(output, files_of(particles, pixels=True), pixels=True, overwrite=overwrite)

    def changed() -> Iterator[Images]:
        done = 0
        for batch in images_of(particles, progress):
            yield change(batch, done)
            done += len(batch)

    rows = particles.table if table is None else table
    shape, pixel_size = shape or particles.shape, pixel_size or particles.pixel_size
    return write_stack(rows, changed(), output, shape=shape, pixel_size=pixel_size, notes=notes)
