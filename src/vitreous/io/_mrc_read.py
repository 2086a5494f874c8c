"""Maps and image stacks from MRC files."""

import mmap
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int, Real

from vitreous._core import InputError

from ._images_source import check_finite, check_indices
from ._mrc_header import Layout, MrcFile, open_stream, read_header


def read_mrc(path: str | Path, *, allow_nan: bool = False) -> tuple[Float32[np.ndarray, "z y x"], MrcFile]:
    """All values of an MRC file as float32, and what its header says.

    Axes stored in another order (`mapc`, `mapr`, `maps`) are transposed to (z, y, x). A single image comes as one
    section, so the array always has three axes.

    Arguments:
        path: An `.mrc`, `.mrcs` or `.map` file, which may be compressed with gzip or bzip2.
        allow_nan: Accept values that are NaN or infinite.

    Returns:
        The array, (z, y, x) for a volume and (n, y, x) for images, and the description of the file.

    Raises:
        InputError: As `inspect_mrc`, or values that are not finite.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.arange(24).reshape(2, 3, 4), pixel_size=1.5)
        >>> array, description = read_mrc(path)
        >>> array.shape, float(array[1, 2, 3]), description.pixel_size
        ((2, 3, 4), 23.0, (1.5, 1.5, 1.5))
    """
    values, description = map_mrc(path)
    array = np.ascontiguousarray(values, dtype=np.float32)
    if not allow_nan:
        check_finite(array, description.path)
    return array, description


def map_mrc(path: str | Path) -> tuple[Real[np.ndarray, "z y x"], MrcFile]:
    """The values of an MRC file as a read-only array that is read from disk where it is touched.

    The array has the type of the file. A compressed file is read whole.

    Arguments:
        path: The file.

    Returns:
        The array with axes (z, y, x) or (n, y, x), and the description of the file.

    Raises:
        InputError: As `inspect_mrc`.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "stack.mrcs"
        >>> write_mrc(path, np.ones((5, 4, 4)), pixel_size=2.0, image_stack=True)
        >>> values, description = map_mrc(path)
        >>> values[3].shape, description.is_image_stack
        ((4, 4), True)
    """
    description, layout = read_header(Path(path))
    if layout.compressed:
        values = _decompressed(description.path, layout)
    else:
        values = np.memmap(description.path, layout.dtype, "r", layout.offset, layout.stored_shape)
    return values.transpose(layout.axes), description


def read_mrc_images(
    path: str | Path, indices: Sequence[int] | Int[np.ndarray, " n"] | None = None
) -> Float32[np.ndarray, "n y x"]:
    """Some images of a stack as float32, reading only those.

    Arguments:
        path: The stack.
        indices: Which images, counted from 0, in the order wanted; all where `None`.

    Returns:
        The images.

    Raises:
        InputError: As `inspect_mrc`, or a stack of volumes, or an index outside of the stack, or values that are not
            finite.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "stack.mrcs"
        >>> write_mrc(path, np.arange(3.0)[:, None, None] * np.ones((3, 2, 2)), pixel_size=1.0, image_stack=True)
        >>> read_mrc_images(path, [2, 0])[:, 0, 0].tolist()
        [2.0, 0.0]
    """
    values, description = map_mrc(path)
    if description.space_group > 400:
        raise InputError(
            f"{path}: is a stack of {description.volume_count} volumes (space group {description.space_group}), "
            "not of images.",
            hint="Name a stack of images (.mrcs).",
        )
    wanted = np.arange(len(values)) if indices is None else np.asarray(indices, None if len(indices) else np.int64)
    return take_images(values, wanted, description.path)


def take_images(
    stack: Real[np.ndarray, "m y x"], indices: Int[np.ndarray, " n"], path: str | Path
) -> Float32[np.ndarray, "n y x"]:
    """Images of a mapped stack as float32, read in file order.

    Arguments:
        stack: The stack, as `map_mrc` gives it.
        indices: Which images, counted from 0.
        path: The file, for error messages.

    Returns:
        The images, in the order of `indices`.

    Raises:
        InputError: An index outside of the stack, or values that are not finite.

    Examples:
        >>> take_images(np.arange(3.0)[:, None, None], np.array([2, 0]), "stack.mrcs").ravel().tolist()
        [2.0, 0.0]
    """
    check_indices(indices, len(stack), path)
    images = np.empty((len(indices), *stack.shape[1:]), np.float32)
    for place in np.argsort(indices, kind="stable"):
        images[place] = stack[indices[place]]
    _release(stack)
    check_finite(images, path, names=indices + 1)
    return images


def _release(stack: Real[np.ndarray, "m y x"]) -> None:
    """Give mapped pages back: the system still caches them, but they are not this process's memory any more."""
    mapping = getattr(stack, "_mmap", None)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapping.madvise(mmap.MADV_DONTNEED)


def _decompressed(path: Path, layout: Layout) -> Real[np.ndarray, "z y x"]:
    stream, _ = open_stream(path)
    count = int(np.prod(layout.stored_shape, dtype=np.int64))
    try:
        with stream:
            stream.seek(layout.offset)
            content = stream.read(count * layout.dtype.itemsize)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be decompressed ({error}).", hint="Download or copy it again.") from error
    if len(content) < count * layout.dtype.itemsize:
        raise InputError(
            f"{path}: is truncated: the header promises {count * layout.dtype.itemsize} bytes of values, "
            f"the file has {len(content)}.",
            hint="Download or copy it again.",
        )
    return np.frombuffer(content, layout.dtype).reshape(layout.stored_shape)
