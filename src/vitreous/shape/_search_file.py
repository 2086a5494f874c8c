"""What in an index has the shape of a map or structure in a file."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vitreous._core import NO_PROGRESS, Progress

from ._align import Alignment, align_moments
from ._descriptor import MapShape, shape_of_file
from ._index_file import read_index
from ._search import ShapeIndex, ShapeMatch, search_index


@dataclass(frozen=True, eq=False)
class FoundShape:
    """An entry of an index that has been found, and how it lies.

    Attributes:
        match: The entry.
        alignment: By which the entry is laid on what was searched for, about the middles of both boxes (of a structure,
            the mean of its atoms); `None` where that was not asked for. Where the index lets sizes drop out, the shift
            is that of the entry scaled to the other's size.
    """

    match: ShapeMatch
    alignment: Alignment | None = None


def search_file(
    source: str | Path,
    index: str | Path | ShapeIndex,
    *,
    k: int = 10,
    align: bool = False,
    mirror: bool = True,
    apix: float | None = None,
    progress: Progress = NO_PROGRESS,
) -> tuple[FoundShape, ...]:
    """The entries of an index whose shapes are most like a map or structure, the best first.

    Descriptors are compared first, which takes no time. Those of mirror images are the same, and so may be those of
    others. With `align` the best are read again, and their moments aligned over all rotations; then the order is that
    of the correlation after alignment.

    Arguments:
        source: A map (MRC) or a structure.
        index: The file of an index, or an index.
        k: How many entries to find, at most.
        align: Align the entries found.
        mirror: Try the other hand too.
        apix: Voxel size of the map in Å, in place of its header's.
        progress: Told of every entry that is aligned.

    Returns:
        The entries; all where there are fewer than k.

    Raises:
        InputError: The source cannot be read, is neither map nor structure, or is empty; the index is none; k is not
            positive; or the file of an entry cannot be read any more.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> from vitreous.shape import DescriptorOptions, build_index
        >>> folder = Path(tempfile.mkdtemp())
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8), axis=0) / 16).astype(np.float32)
        >>> write_mrc(folder / "blob.mrc", blob, pixel_size=3.0)
        >>> index = build_index(folder, DescriptorOptions(order=6))
        >>> [found.match.name for found in search_file(folder / "blob.mrc", index)]
        ['blob.mrc']
    """
    index = index if isinstance(index, ShapeIndex) else read_index(index)
    wanted = shape_of_file(source, index.options, voxel_size=apix)
    found = tuple(FoundShape(match) for match in search_index(index, wanted.descriptor, k))
    if not align:
        return found
    steps = progress.track(found, description="Aligning", total=len(found))
    laid = [replace(one, alignment=_laid_on(wanted, one.match, index, mirror=mirror)) for one in steps]
    return tuple(sorted(laid, key=lambda one: -one.alignment.correlation if one.alignment is not None else 0.0))


def _laid_on(wanted: MapShape, match: ShapeMatch, index: ShapeIndex, *, mirror: bool) -> Alignment:
    entry = shape_of_file(match.path, index.options)
    found = align_moments(wanted.moments, entry.moments, mirror=mirror)
    return replace(found, shift=_shift(found, wanted.center, entry.center * (wanted.radius / entry.radius)))


def _shift(alignment: Alignment, still: Float[np.ndarray, "3"], moving: Float[np.ndarray, "3"]) -> np.ndarray:
    """What lays the centre of one ball on that of the other, after the rotation and the mirror."""
    turned = np.dot(alignment.rotation, moving)
    return still + turned if alignment.mirrored else still - turned
