"""A folder of maps and structures, made an index in a file."""

from pathlib import Path

from vitreous._core import NO_PROGRESS, Progress, check_outputs

from ._build_index import build_index
from ._descriptor import DescriptorOptions
from ._index_file import write_index
from ._search import ShapeIndex


def index_folder(
    folder: str | Path,
    output: str | Path,
    options: DescriptorOptions | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> ShapeIndex:
    """Write an index of the shapes of all maps and structures in a folder.

    Arguments:
        folder: What to search, with all folders in it.
        output: The file to write, such as `shapes.index`.
        options: Order, radius and normalisation.
        overwrite: Replace an existing file.
        progress: Told of every file.

    Returns:
        The index.

    Raises:
        InputError: There is no file that can be described, or the output exists or cannot be written.

    Warns:
        UserWarning: A file cannot be described, and is left out.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8), axis=0) / 16).astype(np.float32)
        >>> write_mrc(folder / "blob.mrc", blob, pixel_size=3.0)
        >>> index_folder(folder, folder / "shapes.index", DescriptorOptions(order=6)).names
        ('blob.mrc',)
    """
    check_outputs([output], overwrite=overwrite, what="index")
    index = build_index(folder, options, progress=progress)
    write_index(output, index)
    return index
