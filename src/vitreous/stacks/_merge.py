"""Several lists of particles as one."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset
from vitreous.io import open_images

from ._outputs import StackReport, check_output, files_of, holds_images, images_of, stack_beside, write_stack

_SAME = 1e-4  # relative, of pixel sizes that were rounded differently


def merge_stacks(
    parts: Sequence[ParticleDataset],
    output: str | Path,
    *,
    copy_images: bool = False,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """The particles of several lists, one after the other, as one.

    Optics groups that agree in all that is said of them become one, and the others stay apart; where one has to change
    its number or name, a `UserWarning` says what became what. Columns that not all lists have are left out, and named
    too.
    Images stay where they are and are named from the new list, unless they are copied into one stack.

    Arguments:
        parts: Two or more, of one format, pixel size and image size.
        output: `.star` or `.cs`, or `.h5`, which always holds the images.
        copy_images: Write the images of all of them to one new stack beside the list.
        overwrite: Whether existing files may be replaced.
        progress: Follows the images.

    Raises:
        InputError: Fewer than two, different formats, pixel sizes, image sizes or contrasts, an output that exists, or
            images that no name in it could lead to.
    """
    output = Path(output)
    _check_alike(parts, output)
    pixels = copy_images or holds_images(output)
    reading = [path for part in parts for path in files_of(part, pixels=pixels)]
    check_output(output, reading, pixels=pixels, overwrite=overwrite)
    first, *others = parts
    notes = [f"{len(part)} of {part.source}" for part in parts]
    if not pixels:
        joined = first.join(*others)
        joined.write(output)
        return StackReport((output,), len(joined), tuple(notes))
    for part in parts:  # before the first image is copied
        part.check_images()
    table = first.table.join([other.table for other in others])
    images = chain.from_iterable(images_of(part, progress) for part in parts)
    return write_stack(table, images, output, shape=first.shape, pixel_size=first.pixel_size, notes=notes)


def append_stack(
    stack: ParticleDataset, more: Sequence[ParticleDataset], *, progress: Progress = NO_PROGRESS
) -> StackReport:
    """Particles added, with their images, at the end of a stack, in place.

    The list and its stack are written anew, beside the old ones, and take their names when they are whole.

    Arguments:
        stack: All particles of its file, with all the images of the stack of the same name, in their order.
        more: What to add; as in `merge_stacks`.
        progress: Follows the images.

    Raises:
        InputError: The images of `stack` are elsewhere, or its list names not all of them in their order (other lists
            may name the rest), or as `merge_stacks`.
    """
    output = stack.source
    beside = stack_beside(output) or output
    elsewhere = [path for path in stack.image_files if path.resolve() != beside.resolve()]
    if elsewhere:
        raise InputError(
            f"{output}: its images are in {elsewhere[0]}, not in {beside}, so nothing can be appended to them.",
            hint=f"Make a new stack: vitreous stack merge {output} … --copy-images -o all.star",
        )
    count = len(open_images(beside))
    listed = stack.metadata.index_in_stack
    if listed is None or not np.array_equal(np.maximum(listed, 0), np.arange(count)):
        raise InputError(
            f"{output}: does not list all {count} images of {beside} in their order; other lists may name the rest.",
            hint=f"Make a new stack: vitreous stack merge {output} … --copy-images -o all.star",
        )
    parts = [stack, *more]
    _check_alike(parts, output)
    for part in more:
        if {output.resolve(), beside.resolve()} & {path.resolve() for path in files_of(part, pixels=True)}:
            raise InputError(f"{part.source}: is appended to itself.", hint="Name other particles to append.")
    for part in parts:
        part.check_images()
    table = stack.table.join([part.table for part in more])
    images = chain.from_iterable(images_of(part, progress) for part in parts)
    notes = [f"{len(part)} of {part.source}" for part in parts]
    return write_stack(table, images, output, shape=stack.shape, pixel_size=stack.pixel_size, notes=notes)


def _check_alike(parts: Sequence[ParticleDataset], output: Path) -> None:
    if len(parts) < 2:
        raise InputError(f"{output}: {len(parts)} lists of particles are not merged.", hint="Name two or more.")
    first, *others = parts
    for other in others:
        for what, unit, values, found in (
            ("pixels of", "Å", first.metadata.pixel_sizes, other.metadata.pixel_sizes),
            ("images of", "pixels a side", first.metadata.box_sizes, other.metadata.box_sizes),
        ):
            both = [np.unique(sizes[np.isfinite(sizes) & (sizes > 0)]) for sizes in (values, found)]
            sizes = np.concatenate(both)
            if len(sizes) and sizes.max() > sizes.min() * (1 + _SAME):
                raise InputError(
                    f"{other.source}: has {what} {_listed(both[1])} {unit}, and {first.source} {_listed(both[0])}.",
                    hint="Bring them to one size first: vitreous stack bin, crop or pad.",
                )
        if type(other.table) is not type(first.table):
            raise InputError(
                f"{other.source}: is of another format than {first.source}, with which it is to be merged.",
                hint="Bring them to one format first: vitreous convert IN OUT.",
            )
        if other.contrast is not first.contrast:
            raise InputError(
                f"{other.source}: protein is {other.contrast.value}, and {first.contrast.value} in {first.source}.",
                hint="Invert one of them first: vitreous stack invert.",
            )


def _listed(sizes: np.ndarray) -> str:
    return ", ".join(f"{size:g}" for size in sizes)
