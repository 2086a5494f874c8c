"""Indices of the shapes in files."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress

from ._descriptor import MAPS, STRUCTURES, DescriptorOptions, shape_of_file
from ._search import ShapeIndex


def build_index(
    sources: str | Path | Iterable[str | Path],
    options: DescriptorOptions | None = None,
    *,
    progress: Progress = NO_PROGRESS,
) -> ShapeIndex:
    """Descriptors of the maps and structures in a folder, or of files.

    Arguments:
        sources: A folder, which is searched with all folders in it, or files.
        options: Order, radius and normalisation.
        progress: Told of every file.

    Returns:
        An index in the order of the paths.

    Raises:
        InputError: There is no file that can be described.

    Warns:
        UserWarning: A file of a folder cannot be described, and is left out; a file that was named raises.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8), axis=0) / 16).astype(np.float32)
        >>> write_mrc(folder / "blob.mrc", blob, pixel_size=3.0)
        >>> build_index(folder, DescriptorOptions(order=6)).names
        ('blob.mrc',)
    """
    options = options or DescriptorOptions()
    if isinstance(sources, str | Path):
        folder = Path(sources)
        paths = _files_in(folder)
    else:
        folder, paths = None, [Path(source) for source in sources]
    kept, shapes = [], []
    for path in progress.track(paths, description="Describing shapes", total=len(paths)):
        try:
            shapes.append(shape_of_file(path, options))
        except InputError as error:
            if folder is None:
                raise
            # Without the hint, which is about options for one file.
            warnings.warn(f"left out: {error.message}", UserWarning, stacklevel=2)
        else:
            kept.append(path)
    if not kept:
        raise InputError(
            f"{sources}: no map or structure was found that can be described.",
            hint=f"Files are known by their endings: {' '.join(MAPS + STRUCTURES)}.",
        )
    names = tuple(str(path.relative_to(folder)) if folder is not None else path.name for path in kept)
    descriptors = np.stack([shape.descriptor for shape in shapes])
    return ShapeIndex(names, tuple(kept), descriptors, np.array([shape.radius for shape in shapes]), options)


def _files_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder.", hint="Give a folder of maps, or a list of files.")
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.name.lower().removesuffix(".gz").endswith(MAPS + STRUCTURES))
