"""MRC files from arrays, whole or image by image."""

import math
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import mrcfile.constants
import mrcfile.dtypes
import mrcfile.utils
import numpy as np
from numpy.typing import ArrayLike

from vitreous._core import InputError, atomic_path

_HEADER_BYTES = 1024
Number = float | int | np.floating | np.integer


def write_mrc(
    path: str | Path,
    array: ArrayLike,
    *,
    pixel_size: Number,
    image_stack: bool = False,
    origin: tuple[Number, Number, Number] = (0.0, 0.0, 0.0),
) -> None:
    """Write a volume or images as 32-bit floats (mode 2); the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        array: A volume (z, y, x), images (n, y, x) or one image (y, x).
        pixel_size: Spacing in Å.
        image_stack: The sections are images (space group 0), not a volume (space group 1).
        origin: The position (x, y, z) of the first voxel in Å, for programs that overlay maps.

    Raises:
        InputError: A folder that cannot be written, a pixel size that is not positive, values that are not finite, or
            an array without two or three axes.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.zeros((4, 4, 4)), pixel_size=1.5)
        >>> path.stat().st_size
        1280
    """
    values = np.asarray(array)
    if values.ndim not in (2, 3) or values.size == 0:
        raise InputError(
            f"{path}: an MRC file holds a volume or images, not an array of shape {values.shape}.",
            hint="Give an array with axes (z, y, x) or (n, y, x).",
        )
    sections = values.reshape(-1, *values.shape[-2:])
    statistics = _Statistics()
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(bytes(_HEADER_BYTES))
        for section in sections:
            plane = np.ascontiguousarray(section, np.float32)
            statistics.add(plane, path)
            stream.write(plane.tobytes())
        stream.seek(0)
        is_images = image_stack or values.ndim == 2
        stream.write(_header(sections.shape, pixel_size, is_images, statistics, origin=origin, path=path))


class MrcStackWriter:
    """Writes a stack of images of which only a batch is in memory at a time.

    The header goes first and promises all the images, so a file that is not finished is one that every reader refuses
    as truncated. The statistics of the header are filled in when the last image has been written. Use it as a context
    manager.

    Arguments:
        path: The stack to write.
        image_shape: Rows and columns of an image.
        count: How many images the finished stack holds.
        pixel_size: Å.
        written: Continue a file that holds this many good images; whatever follows them is dropped.

    Raises:
        InputError: A folder that cannot be written, or a file to continue that is absent, of another shape, pixel size
            or count, or shorter than `written` images.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import inspect_mrc
        >>> path = Path(tempfile.mkdtemp()) / "stack.mrcs"
        >>> with MrcStackWriter(path, image_shape=(4, 4), count=3, pixel_size=2.0) as writer:
        ...     writer.append(np.ones((2, 4, 4)))
        ...     writer.append(np.zeros((4, 4)))
        >>> inspect_mrc(path).shape
        (3, 4, 4)
    """

    def __init__(
        self, path: str | Path, *, image_shape: tuple[int, int], count: int, pixel_size: Number, written: int = 0
    ):
        self.path = Path(path)
        self.image_shape = image_shape
        self.count = count
        self.pixel_size = float(pixel_size)
        self.written = 0
        self._statistics = _Statistics()
        header = self._header()
        if not 0 <= written <= count:
            raise InputError(f"{path}: cannot continue after {written} of {count} images.", hint="Start anew.")
        try:
            self._stream = self.path.open("r+b" if written else "wb")
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror}).", hint="Choose another output, or start anew."
            ) from error
        try:
            if written:
                self._continue(header, written)
            else:
                self._stream.write(header)
        except BaseException:
            self._stream.close()
            raise

    def append(self, images: Any) -> None:
        """Add an image (y, x) or a batch (n, y, x); it has left the program's buffers when this returns."""
        batch = np.asarray(images, np.float32)
        if batch.shape[-2:] != self.image_shape or batch.ndim not in (2, 3):
            raise InputError(
                f"{self.path}: holds images of {self.image_shape}, not of shape {batch.shape}.",
                hint="Give images of the shape the stack was opened with.",
            )
        batch = batch.reshape(-1, *self.image_shape)
        if self.written + len(batch) > self.count:
            raise InputError(
                f"{self.path}: {self.written + len(batch)} images do not fit into a stack of {self.count}.",
                hint="Open the stack with the number of images it will hold.",
            )
        if len(batch):
            self._statistics.add(batch, self.path)
            self._stream.write(np.ascontiguousarray(batch).data)
        self._stream.flush()
        self.written += len(batch)

    def close(self) -> None:
        """Finish the header where all images were written, else leave the file as one to be continued."""
        if self._stream.closed:
            return
        with self._stream:
            if self.written == self.count:
                self._stream.seek(0)
                self._stream.write(self._header())

    def __enter__(self) -> "MrcStackWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self.written < self.count:
            raise InputError(
                f"{self.path}: only {self.written} of {self.count} images were written.",
                hint="Append the rest, or open the stack with the right count.",
            )

    def _header(self) -> bytes:
        shape = (self.count, *self.image_shape)
        return _header(shape, self.pixel_size, True, self._statistics, origin=(0.0, 0.0, 0.0), path=self.path)

    def _continue(self, header: bytes, written: int) -> None:
        shape_and_cell = slice(0, 64)
        if self._stream.read(_HEADER_BYTES)[shape_and_cell] != header[shape_and_cell]:
            raise InputError(
                f"{self.path}: is not the unfinished stack of {self.count} images of {self.image_shape} at "
                f"{self.pixel_size} Å that was to be continued.",
                hint="Start anew.",
            )
        for number in range(written):
            content = self._stream.read(4 * math.prod(self.image_shape))
            if len(content) < 4 * math.prod(self.image_shape):
                raise InputError(
                    f"{self.path}: holds {number} whole images, not the {written} that were to be continued.",
                    hint="Start anew.",
                )
            self._statistics.add(np.frombuffer(content, np.float32).reshape(self.image_shape), self.path)
        self._stream.seek(self._stream.tell())
        self._stream.truncate()
        self.written = written


@dataclass
class _Statistics:
    """Minimum, maximum, mean and sum of squared deviations, updated by Chan's pairwise formula."""

    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0

    def add(self, block: np.ndarray, path: str | Path) -> None:
        mean = float(block.mean(dtype=np.float64))
        if not math.isfinite(mean):
            raise InputError(
                f"{path}: an array with NaN or infinite values is not written.",
                hint="Find where they arise: jax.config.update('jax_debug_nans', True).",
            )
        # Single precision within a block, whose mean is taken out first: six digits of the header's rms.
        centred = (block - np.float32(mean)).ravel()
        total = self.count + block.size
        self.squares += float(np.dot(centred, centred)) + (mean - self.mean) ** 2 * self.count * block.size / total
        self.mean += (mean - self.mean) * block.size / total
        self.count = total
        self.minimum = min(self.minimum, float(block.min()))
        self.maximum = max(self.maximum, float(block.max()))


def _header(
    shape: tuple[int, ...],
    pixel_size: Number,
    is_images: bool,
    statistics: _Statistics,
    *,
    origin: tuple[Number, Number, Number],
    path: str | Path,
) -> bytes:
    """An MRC2014 header; statistics that are not known yet are marked as the standard asks."""
    spacing = float(pixel_size)
    if not (math.isfinite(spacing) and spacing > 0):
        raise InputError(f"{path}: pixel_size={spacing} Å must be positive.", hint="Give the pixel size in Å.")
    header = np.zeros((), mrcfile.dtypes.HEADER_DTYPE).view(np.recarray)
    header.nz, header.ny, header.nx = shape
    header.mode = 2
    header.mx, header.my, header.mz = shape[2], shape[1], 1 if is_images else shape[0]
    header.cella = (spacing * header.mx, spacing * header.my, spacing * header.mz)
    header.cellb = (90.0, 90.0, 90.0)
    header.mapc, header.mapr, header.maps = 1, 2, 3
    header.ispg = 0 if is_images else 1
    header.nversion = 20141
    header.origin = tuple(map(float, origin))
    header.map = mrcfile.constants.MAP_ID
    header.machst = mrcfile.utils.machine_stamp_from_byte_order()
    header.dmin, header.dmax, header.dmean, header.rms = 0.0, -1.0, -2.0, -1.0
    if statistics.count == math.prod(shape):
        header.dmin, header.dmax, header.dmean = statistics.minimum, statistics.maximum, statistics.mean
        header.rms = math.sqrt(statistics.squares / statistics.count)
    header.nlabl = 1
    header.label[0] = b"Written by vitreous"
    return header.tobytes()
