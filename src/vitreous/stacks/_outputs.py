"""What a job on a stack writes: particles with their images, or a list of particles alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous._core import NO_PROGRESS, InputError, Progress, atomic_path, check_outputs, map_ahead
from vitreous.datasets import AbstractParticleTable, ParticleDataset, in_format_of, write_hdf5_particles
from vitreous.io import MrcStackWriter

Images = Float32[np.ndarray, "_ _ _"]

_LISTS = (".star", ".cs")
_HDF5 = (".h5", ".hdf5")
_BATCH_BYTES = 2**25


@dataclass(frozen=True)
class StackReport:
    """What a job on a stack made.

    Arguments:
        files: What was written.
        particles: How many particles it holds.
        notes: What else is worth knowing, a line each.
    """

    files: tuple[Path, ...]
    particles: int
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines for a person to read."""
        plural = "" if self.particles == 1 else "s"
        return (f"{', '.join(map(str, self.files))}: {self.particles} particle{plural}", *self.notes)


def stack_beside(output: Path) -> Path | None:
    """The image stack that goes with a list of particles; `None` for an HDF5 file, which holds its images."""
    return None if output.suffix.lower() in _HDF5 else output.with_suffix(".mrcs")


def holds_images(output: Path) -> bool:
    """Whether a file of this name always takes in the images."""
    return stack_beside(output) is None


def check_output(output: Path, reading: Iterable[Path], *, pixels: bool, overwrite: bool) -> None:
    """Refuse to write where something is, where nothing can be, or over what is being read.

    Arguments:
        output: The file to write.
        reading: The files that it is made of.
        pixels: Whether images are written too.
        overwrite: Whether existing files may be replaced.

    Raises:
        InputError: The ending says no format, a file exists and may not be replaced, or it is one of those that are
            read, or its folder cannot be written.
    """
    if output.suffix.lower() not in (*_LISTS, *_HDF5):
        raise InputError(
            f"{output}: its ending is of no format of particles.",
            hint="Use .star (RELION) with a stack beside it, .cs (cryoSPARC) likewise, or .h5 for all in one.",
        )
    stack = stack_beside(output) if pixels else None
    check_outputs([output] if stack is None else [output, stack], overwrite=overwrite, reading=reading)


def files_of(particles: ParticleDataset, *, pixels: bool) -> tuple[Path, ...]:
    """The list of particles and, where they are read, its image files."""
    return (particles.source, *(particles.image_files if pixels else ()))


def write_list(
    particles: ParticleDataset, output: Path, *, copy_images: bool, overwrite: bool, progress: Progress
) -> StackReport:
    """Write particles as they are: their list alone, or with copies of their images in one new stack.

    Arguments:
        particles: What to write.
        output: `.star` or `.cs`, or `.h5`, which always holds the images.
        copy_images: Whether to write the images too, else they stay where they are.
        overwrite: Whether existing files may be replaced.
        progress: Follows the images.
    """
    pixels = copy_images or holds_images(output)
    check_output(output, files_of(particles, pixels=pixels), pixels=pixels, overwrite=overwrite)
    if pixels:
        images = images_of(particles, progress)
        return write_stack(particles.table, images, output, shape=particles.shape, pixel_size=particles.pixel_size)
    particles.write(output)
    return StackReport((output,), len(particles))


def images_of(particles: ParticleDataset, progress: Progress = NO_PROGRESS) -> Iterator[Images]:
    """The images in batches of bounded memory, read while the batch before is worked on.

    Raises:
        InputError: A stack is missing, truncated, of another shape, or too short, or pixels are not finite.
    """
    particles.check_images()
    size = batch_size(particles.shape)
    parts = [slice(first, first + size) for first in range(0, len(particles), size)]
    batches = map_ahead(particles.images, parts, ahead=1)
    return progress.track(batches, description="Images", total=len(parts))


def batch_size(shape: tuple[int, int]) -> int:
    """How many images of a shape are worked on at a time."""
    return max(1, _BATCH_BYTES // (4 * shape[0] * shape[1]))


def write_stack(
    table: AbstractParticleTable,
    images: Iterable[Images],
    output: Path,
    *,
    shape: tuple[int, int],
    pixel_size: float,
    notes: Sequence[str] = (),
) -> StackReport:
    """Write a table and its images; both appear whole, or neither.

    Arguments:
        table: The particles; their images are named anew.
        images: In the order of the table.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5`.
        shape: Rows and columns of an image.
        pixel_size: Å.
        notes: For the report.
    """
    stack = stack_beside(output)
    named = table.with_images([(stack or output).name] * len(table), np.arange(len(table)))
    if stack is None:
        write_hdf5_particles(output, named, images, pixel_size=pixel_size)
        return StackReport((output,), len(table), tuple(notes))
    written = in_format_of(output, named, named.metadata(pixel_size))
    # The list is renamed last, because it names the images.
    with atomic_path(output) as listed, atomic_path(stack) as pixels:
        with MrcStackWriter(pixels, image_shape=shape, count=len(table), pixel_size=pixel_size) as writer:
            for batch in images:
                writer.append(batch)
        written.write(listed)
    return StackReport((output, stack), len(table), tuple(notes))
