"""Images of any file, read when asked for."""

import atexit
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
from jaxtyping import Float32, Int

from vitreous._core import InputError

from ._eman_lst import LstSource
from ._hdf5_source import Hdf5Source
from ._images_source import AbstractImageSource, OpenFiles, check_finite, check_indices
from ._mrc_source import MrcSource
from ._tiff import TiffSource

_HDF5_MARK = b"\x89HDF\r\n\x1a\n"
_HDF5_SUFFIXES = (".h5", ".hdf5", ".hdf")
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TIFF_SUFFIXES = (".tif", ".tiff")
_LST_MARKS = (b"#LST", b"#LSX")

_OPEN = OpenFiles()
atexit.register(_OPEN.close_all)


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageFile:
    """Images of one file, none of which is in memory: make one with `open_images`.

    Thousands may be in use at a time, from several threads: the operating system's file is opened by the first `read`
    and stays open only while it is among the 64 used last.

    Arguments:
        path: The file.
        shape: How many images of how many rows and columns, (n, y, x).
        pixel_size: Å along x, `None` where the file does not tell.
        source: What reads the file.
    """

    path: Path
    shape: tuple[int, int, int]
    pixel_size: float | None
    source: AbstractImageSource = field(repr=False)

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, indices: Sequence[int] | Int[np.ndarray, " m"] | None = None) -> Float32[np.ndarray, "m y x"]:
        """Some images as float32; only these are read, in the order in which they lie in the file.

        Arguments:
            indices: Which images, counted from 0, in the order wanted; all where `None`.

        Returns:
            The images, a copy that is the caller's own.

        Raises:
            InputError: An index outside of the file, values that are not finite, or the file has changed or gone since
                it was opened.
        """
        wanted = np.arange(len(self)) if indices is None else np.asarray(indices)
        if wanted.size and wanted.dtype.kind not in "iu":
            raise InputError(
                f"{self.path}: images have whole numbers, counted from 0, not {wanted.ravel()[0]}.",
                hint="Give indices; np.flatnonzero(mask) makes them of a mask.",
            )
        images = np.empty((len(wanted), *self.shape[1:]), np.float32)
        self.read_into(wanted.astype(np.int64), list(images))
        return images

    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        """Read some images into arrays that are there, without a copy between.

        Arguments:
            indices: Which images, counted from 0.
            images: Where they go, as many contiguous arrays.

        Raises:
            InputError: As `read`.
        """
        check_indices(indices, len(self), self.path)
        order = np.argsort(indices, kind="stable")
        with _OPEN.borrow(self, self._reopen) as source:
            source.read_into(indices[order], [images[place] for place in order.tolist()])
        check_finite(images, self.path, names=indices + 1)

    def close(self) -> None:
        """Close the operating system's file now; a later `read` opens it again."""
        _OPEN.close(self)

    def __enter__(self) -> "ImageFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reopen(self) -> AbstractImageSource:
        source = self.source.reopened()
        if source.shape != self.shape:
            source.close()
            raise InputError(
                f"{self.path}: held {_times(self.shape)} values when it was opened, and now {_times(source.shape)}.",
                hint="Wait for the program that writes it, and open it again.",
            )
        return source


def open_images(path: str | Path) -> ImageFile:
    """The images of a file, to be read when asked for.

    The content tells the format, and where it does not, the ending: MRC and CCP4 files and stacks of all modes that
    hold real values, compressed or not; HDF5 stacks of `write_hdf5_stack`, or any with images (n, y, x) at `/images`;
    EMAN2's `.hdf` and `.lst`; TIFF of grey values. The sections of a volume are taken as images.

    Arguments:
        path: The file.

    Returns:
        The images; only the header has been read.

    Raises:
        InputError: The file is absent, empty, truncated or of no format that holds images.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "stack.mrcs"
        >>> write_mrc(path, np.arange(3.0)[:, None, None] * np.ones((3, 2, 2)), pixel_size=1.5, image_stack=True)
        >>> with open_images(path) as images:
        ...     images.shape, images.pixel_size, images.read([2, 0])[:, 0, 0].tolist()
        ((3, 2, 2), 1.5, [2.0, 0.0])
    """
    source = _open(Path(path))
    images = ImageFile(path=source.path, shape=source.shape, pixel_size=source.pixel_size, source=source)
    with _OPEN.borrow(images, lambda: source):
        return images


def _open(path: Path) -> AbstractImageSource:
    start = _start(path)
    suffix = path.suffix.lower()
    if start.startswith(_HDF5_MARK) or suffix in _HDF5_SUFFIXES:
        return Hdf5Source(path)
    if start[:4] in _TIFF_MARKS or suffix in _TIFF_SUFFIXES:
        return TiffSource(path)
    if start[:4] in _LST_MARKS or suffix == ".lst":
        return LstSource(path, open_images)
    return MrcSource(path)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(8)
    except (OSError, ValueError) as error:  # a path with a null byte is a ValueError
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path}: cannot be read ({reason}).", hint="Check the path.") from error


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
