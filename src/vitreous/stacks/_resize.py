"""Smaller and larger boxes of the same pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset
from vitreous.grids import crop, pad

from ._change import change_images
from ._outputs import Images, StackReport


def crop_stack(
    particles: ParticleDataset,
    output: str | Path,
    box: int | tuple[int, int],
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """The central part of each image: the origin pixel ⌊n/2⌋ stays the origin, so poses stay right.

    Arguments:
        particles: With their images.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5` for all in one.
        box: Side of the new images in pixels, or their rows and columns; nowhere larger than the old ones.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: The box is larger than an image, the output exists, or an image cannot be read.
    """
    old, shape = particles.shape, _shape(box)
    if any(new > n for new, n in zip(shape, old, strict=True)):
        raise InputError(
            f"{particles.source}: images of {old[0]} × {old[1]} pixels cannot be cropped to {shape[0]} × {shape[1]}.",
            hint="Choose a smaller box, or enlarge them: vitreous stack pad.",
        )

    def cropped(images: Images, _: int) -> Images:
        return np.asarray(crop(images, (len(images), *shape)))

    return _resized(particles, output, shape, cropped, overwrite=overwrite, progress=progress)


def pad_stack(
    particles: ParticleDataset,
    output: str | Path,
    box: int | tuple[int, int],
    *,
    value: float | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Images in a larger box: the origin pixel ⌊n/2⌋ stays the origin, so poses stay right.

    Arguments:
        particles: With their images.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5` for all in one.
        box: Side of the new images in pixels, or their rows and columns; nowhere smaller than the old ones.
        value: What fills the new pixels: the mean of each image's outermost pixels unless given.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: The box is smaller than an image, the output exists, or an image cannot be read.
    """
    old, shape = particles.shape, _shape(box)
    if any(new < n for new, n in zip(shape, old, strict=True)):
        raise InputError(
            f"{particles.source}: images of {old[0]} × {old[1]} pixels cannot be padded to {shape[0]} × {shape[1]}.",
            hint="Choose a larger box, or cut them: vitreous stack crop.",
        )

    inside = np.asarray(pad(np.ones(old, bool), shape, value=False))

    def padded(images: Images, _: int) -> Images:
        fill = _edge_mean(images) if value is None else np.full(len(images), value, np.float32)
        return np.where(inside, np.asarray(pad(images, (len(images), *shape))), fill[:, None, None])

    return _resized(particles, output, shape, padded, overwrite=overwrite, progress=progress)


def _resized(
    particles: ParticleDataset,
    output: str | Path,
    shape: tuple[int, int],
    change: Callable[[Images, int], Images],
    *,
    overwrite: bool,
    progress: Progress,
) -> StackReport:
    old = particles.shape
    return change_images(
        particles,
        output,
        change,
        table=particles.table.with_sampling(shape, old=particles.pixel_size, new=particles.pixel_size),
        shape=shape,
        notes=[f"{shape[0]} × {shape[1]} pixels, of {old[0]} × {old[1]}"],
        overwrite=overwrite,
        progress=progress,
    )


def _shape(box: int | tuple[int, int]) -> tuple[int, int]:
    shape = (box, box) if isinstance(box, int) else box
    if min(shape) < 1:
        raise InputError(f"box={box} holds no pixels.", hint="Use a positive number of pixels, such as 128.")
    return shape


def _edge_mean(images: Images) -> np.ndarray:
    edge = np.ones(images.shape[1:], bool)
    edge[1:-1, 1:-1] = False
    return images[:, edge].mean(axis=1, dtype=np.float64).astype(np.float32)
