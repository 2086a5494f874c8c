"""A stack of particles from images of any file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset, ParticleMetadata, relion_table
from vitreous.io import ImageFile, open_images

from ._outputs import Images, StackReport, batch_size, check_output, write_stack

_SAME = 1e-4  # relative: headers hold pixel sizes in single precision, and the cell they are computed from is rounded


def create_stack(
    images: Sequence[str | Path],
    output: str | Path,
    *,
    metadata: ParticleDataset | None = None,
    pixel_size: float | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Particles from images of existing files (MRC, TIFF, HDF5, EMAN2), one after the other, as a stack and its list.

    Arguments:
        images: The files, of images of one shape.
        output: `.star` with a `.mrcs` beside it, or `.h5` for all in one.
        metadata: Particles that have no images yet, or others: the first row belongs to the first image, and all their
            columns are kept. Without them the list has the images and their pixel size alone.
        pixel_size: Å; that of `metadata` or of the files' headers unless given.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: No files, images of several shapes or pixel sizes, no pixel size at all, as many rows as there are
            not images, an output that exists, or a file that cannot be read.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_mrc(folder / "a.mrcs", np.ones((3, 8, 8)), pixel_size=1.5, image_stack=True)
        >>> report = create_stack([folder / "a.mrcs", folder / "a.mrcs"], folder / "all.star")
        >>> report.particles, ParticleDataset.load(folder / "all.star").images([5]).shape
        (6, (1, 8, 8))
    """
    output = Path(output)
    files = [open_images(path) for path in images]
    if not files:
        raise InputError(f"{output}: there are no images to write.", hint="Name at least one file of images.")
    shape = _shape(files)
    count = sum(len(file) for file in files)
    if pixel_size is None:
        pixel_size = _pixel_size(files) if metadata is None else metadata.pixel_size
    check_output(output, [file.path for file in files], pixels=True, overwrite=overwrite)
    if metadata is None:
        table = relion_table(ParticleMetadata.of_images(count, shape=shape, pixel_size=pixel_size), source=output)
    else:
        _check_rows(metadata, count, shape)
        table = metadata.table.with_sampling(shape, old=metadata.pixel_size, new=pixel_size)
    report = write_stack(table, _read(files, shape, progress), output, shape=shape, pixel_size=pixel_size)
    for file in files:
        file.close()
    return report


def _shape(files: Sequence[ImageFile]) -> tuple[int, int]:
    shapes = {file.shape[1:]: file.path for file in files}
    if len(shapes) > 1:
        listed = ", ".join(f"{path} of {rows} × {columns}" for (rows, columns), path in shapes.items())
        raise InputError(
            f"The images of one stack have one size, but there are {listed} pixels.",
            hint="Bring them to one first: vitreous stack bin, crop or pad.",
        )
    return next(iter(shapes))


def _pixel_size(files: Sequence[ImageFile]) -> float:
    sizes = {file.path: file.pixel_size for file in files}
    unknown = [path for path, size in sizes.items() if size is None]
    known = [size for size in sizes.values() if size is not None]
    if unknown or max(known) > min(known) * (1 + _SAME):
        problem = f"{unknown[0]} has no pixel size" if unknown else f"the pixel sizes are {sorted(set(known))} Å"
        raise InputError(
            f"The images of one stack have one pixel size, but {problem}.",
            hint="Give it in Å, if it is the same for all: --pixel-size 1.2.",
        )
    return known[0]


def _check_rows(metadata: ParticleDataset, count: int, shape: tuple[int, int]) -> None:
    if len(metadata) != count:
        raise InputError(
            f"{metadata.source}: lists {len(metadata)} particles, but there are {count} images.",
            hint="Give as many images as particles, in the order of the list.",
        )
    boxes = set(metadata.metadata.box_sizes.tolist()) - {0}
    if boxes - {*shape}:
        raise InputError(
            f"{metadata.source}: says that images have {sorted(boxes)} pixels a side, but these have {shape[0]} × "
            f"{shape[1]}.",
            hint="They do not belong together, or the image size in the list is wrong.",
        )


def _read(files: Sequence[ImageFile], shape: tuple[int, int], progress: Progress) -> Iterator[Images]:
    size = batch_size(shape)
    parts = [(file, first) for file in files for first in range(0, len(file), size)]
    for file, first in progress.track(parts, description="Images", total=len(parts)):
        yield file.read(np.arange(first, min(first + size, len(file))))
