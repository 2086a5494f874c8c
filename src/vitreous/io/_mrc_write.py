"""MRC files from arrays, whole or image by image."""

import bz2
import gzip
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike

from vitreous._core import InputError, atomic_path

from ._mrc_modes import MrcMode, as_stored
from ._mrc_new_header import HEADER_BYTES, OWN_LABEL, Number, Statistics, new_header


def write_mrc(
    path: str | Path,
    array: ArrayLike,
    *,
    pixel_size: Number,
    mode: MrcMode = MrcMode.FLOAT32,
    image_stack: bool = False,
    origin: tuple[Number, Number, Number] = (0.0, 0.0, 0.0),
    labels: Sequence[str] = (OWN_LABEL,),
    extended_header: bytes = b"",
    extended_type: str = "",
) -> None:
    """Write a volume, images or a transform as MRC2014; the file appears whole or not at all.

    A path that ends in `.gz` or `.bz2` is compressed.

    Arguments:
        path: The file to write, replaced if it exists.
        array: A volume (z, y, x), images (n, y, x) or one image (y, x); complex for a transform.
        pixel_size: Spacing in Å.
        mode: How values are stored. Modes of whole numbers round fractions to the nearest.
        image_stack: The sections are images (space group 0), not a volume (space group 1).
        origin: The position (x, y, z) of the first voxel in Å, for programs that overlay maps.
        labels: Lines of text for the header, at most ten of 80 ASCII characters.
        extended_header: Bytes to put between the header and the values, such as `MrcFile.extended_header` of the file
            from which these values come (in this machine's byte order, which the file will have).
        extended_type: What they are, in four letters, such as `FEI1`.

    Raises:
        InputError: A folder that cannot be written, a pixel size that is not positive, values that are not finite or
            beyond the range of the mode, complex values in a real mode, an array without two or three axes, or labels
            or an extended header that do not fit.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.zeros((4, 4, 4)), pixel_size=1.5)
        >>> path.stat().st_size
        1280
        >>> write_mrc(path, [[1, 2], [3, 200]], pixel_size=1.5, mode=MrcMode.INT8)
        Traceback (most recent call last):
        vitreous._core._errors.InputError: ...map.mrc: the value 200 is beyond the range -128 to 127 of MRC mode 0...
    """
    values = np.asarray(array)
    if values.ndim not in (2, 3) or values.size == 0:
        raise InputError(
            f"{path}: an MRC file holds a volume or images, not an array of shape {values.shape}.",
            hint="Give an array with axes (z, y, x) or (n, y, x).",
        )
    sections = values.reshape(-1, *values.shape[-2:])
    statistics = Statistics()
    for section in sections:
        statistics.add(as_stored(section, mode, path), path)
    header = new_header(
        sections.shape,
        pixel_size,
        mode=mode,
        is_images=image_stack or values.ndim == 2,
        statistics=statistics,
        path=path,
        origin=origin,
        labels=labels,
        extended_size=len(extended_header),
        extended_type=extended_type,
    )
    with atomic_path(path) as temporary, _output(temporary) as stream:
        stream.write(header)
        stream.write(extended_header)
        for section in sections:
            stream.write(as_stored(section, mode, path).tobytes())


@contextmanager
def _output(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, compressed where its name says so; equal content gives equal bytes."""
    with path.open("wb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as stream:
                yield stream  # type: ignore[misc]
        elif path.suffix.lower() == ".bz2":
            with bz2.BZ2File(raw, "wb") as stream:
                yield stream  # type: ignore[misc]
        else:
            yield raw


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
        mode: How values are stored, as for `write_mrc`.

    Raises:
        InputError: A folder that cannot be written, a name of a compressed file, or a file to continue that is absent,
            of another shape, pixel size or count, or shorter than `written` images.

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
        self,
        path: str | Path,
        *,
        image_shape: tuple[int, int],
        count: int,
        pixel_size: Number,
        written: int = 0,
        mode: MrcMode = MrcMode.FLOAT32,
    ):
        self.path = Path(path)
        self.image_shape = image_shape
        self.count = count
        self.pixel_size = float(pixel_size)
        self.mode = mode
        self.written = 0
        self._statistics = Statistics()
        if self.path.suffix.lower() in (".gz", ".bz2"):
            raise InputError(
                f"{path}: a stack is written image by image uncompressed.",
                hint="Name it .mrcs, or write it whole with write_mrc.",
            )
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
        batch = np.asarray(images)
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
            stored = as_stored(batch, self.mode, self.path)
            self._statistics.add(stored, self.path)
            self._stream.write(stored.data)
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
        return new_header(
            (self.count, *self.image_shape),
            self.pixel_size,
            mode=self.mode,
            is_images=True,
            statistics=self._statistics,
            path=self.path,
        )

    def _continue(self, header: bytes, written: int) -> None:
        shape_and_cell = slice(0, 64)
        if self._stream.read(HEADER_BYTES)[shape_and_cell] != header[shape_and_cell]:
            raise InputError(
                f"{self.path}: is not the unfinished stack of {self.count} images of {self.image_shape} at "
                f"{self.pixel_size} Å that was to be continued.",
                hint="Start anew.",
            )
        image_bytes = self.mode.dtype.itemsize * math.prod(self.image_shape)
        for number in range(written):
            content = self._stream.read(image_bytes)
            if len(content) < image_bytes:
                raise InputError(
                    f"{self.path}: holds {number} whole images, not the {written} that were to be continued.",
                    hint="Start anew.",
                )
            self._statistics.add(np.frombuffer(content, self.mode.dtype).reshape(self.image_shape), self.path)
        self._stream.seek(self._stream.tell())
        self._stream.truncate()
        self.written = written
