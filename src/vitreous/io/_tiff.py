"""TIFF images and movies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int, Shaped

from vitreous._core import InputError, atomic_path

from ._damage import reading
from ._images_source import AbstractImageSource, check_finite, check_indices
from ._tiff_pages import check_pages, pixel_size, read_page, tiff_file

_WRITABLE = ("u1", "i1", "u2", "i2", "u4", "i4", "f4")


@dataclass(frozen=True, kw_only=True)
class TiffFile:
    """What a TIFF file holds, from the headers of its pages.

    Arguments:
        path: The file.
        shape: Pages, rows and columns, (n, y, x).
        dtype: The type in which a value is stored.
        compression: The name of the compression, such as `LZW` or `NONE`.
        pixel_size: Å along x, from the resolution tags or ImageJ's unit; `None` where they tell of a print.
        description: The text that the first page carries.
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype
    compression: str
    pixel_size: float | None
    description: str


def inspect_tiff(path: str | Path) -> TiffFile:
    """What a TIFF file holds, without decoding its values.

    Arguments:
        path: The file, TIFF 6.0 or BigTIFF.

    Returns:
        The description of the file.

    Raises:
        InputError: The file is absent, no TIFF file, truncated, an EER movie, or holds colours or pages that differ.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "movie.tif"
        >>> write_tiff(path, np.zeros((3, 4, 5), np.uint8), pixel_size=1.5)
        >>> inspect_tiff(path).shape, round(inspect_tiff(path).pixel_size, 6)
        ((3, 4, 5), 1.5)
    """
    path = Path(path)
    with tiff_file(path) as file, reading(path, "a TIFF file"):
        first = file.pages.first
        return TiffFile(
            path=path,
            shape=check_pages(file, path),
            dtype=first.dtype,
            compression=getattr(first.compression, "name", str(first.compression)),
            pixel_size=pixel_size(file),
            description=str(first.tags.valueof("ImageDescription", "")),
        )


def read_tiff(
    path: str | Path, indices: Sequence[int] | Int[np.ndarray, " m"] | None = None
) -> tuple[Float32[np.ndarray, "m y x"], TiffFile]:
    """Pages of a TIFF file as float32, and what the file says of them.

    Rows come in the order of the file, of which the first is the top of the picture. In an MRC file the first row is
    the bottom of the picture: IMOD, MotionCor2 and RELION turn TIFF images upside down when they read them. Where such
    a program has made a gain reference or coordinates for a TIFF movie, turn the frames likewise: `frames[:, ::-1]`.

    `open_images` reads frames of a long movie one at a time.

    Arguments:
        path: The file, of 8, 16, 32 or 64 bits, uncompressed or of any compression that the package tifffile decodes.
        indices: Which pages, counted from 0, in the order wanted; all where `None`.

    Returns:
        The pages, and the description of the file.

    Raises:
        InputError: As `inspect_tiff`, or a page that is not in the file, cannot be decoded, or has values that are not
            finite.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "movie.tif"
        >>> write_tiff(path, np.arange(12, dtype=np.uint8).reshape(3, 2, 2))
        >>> read_tiff(path, [2])[0].tolist()
        [[[8.0, 9.0], [10.0, 11.0]]]
    """
    path = Path(path)
    description = inspect_tiff(path)
    wanted = np.arange(description.shape[0]) if indices is None else np.asarray(indices, np.int64)
    check_indices(wanted, description.shape[0], path)
    images = np.empty((len(wanted), *description.shape[1:]), np.float32)
    with tiff_file(path) as file, reading(path, "a TIFF file"):
        for image, index in zip(images, wanted, strict=True):
            image[...] = read_page(file.pages[int(index)])
    check_finite(images, path, names=wanted + 1)
    return images, description


def write_tiff(path: str | Path, images: Shaped[np.ndarray, "*n y x"], *, pixel_size: float | None = None) -> None:
    """Write an image or a movie as TIFF with deflate compression, one page each; the file appears whole or not at all.

    Whole numbers of 8 to 32 bits and 32-bit floats keep their type; 64-bit floats become 32-bit ones. Files above 4 GB
    are BigTIFF. Rows are written in the order of the array: see `read_tiff`.

    Arguments:
        path: The file to write, replaced if it exists.
        images: Images (n, y, x) or one image (y, x).
        pixel_size: Å, stored as pixels per centimetre.

    Raises:
        InputError: A folder that cannot be written, no pixels, values that are not finite or of another type, or a
            pixel size that is not positive.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "image.tif"
        >>> write_tiff(path, np.eye(4, dtype=np.int16), pixel_size=2.0)
        >>> inspect_tiff(path).dtype
        dtype('int16')
    """
    import tifffile

    values = np.asarray(images)
    values = values.astype(np.float32) if values.dtype == np.float64 else values
    if values.ndim not in (2, 3) or values.size == 0:
        raise InputError(
            f"{path}: a TIFF file holds images, not an array of shape {values.shape}.",
            hint="Give an array with axes (n, y, x) or (y, x).",
        )
    if values.dtype.newbyteorder("=") not in map(np.dtype, _WRITABLE):
        raise InputError(
            f"{path}: {values.dtype} values are not written to TIFF.", hint="Give 8-, 16- or 32-bit numbers."
        )
    if pixel_size is not None and not 0 < pixel_size < np.inf:
        raise InputError(f"{path}: pixel_size={pixel_size} Å must be positive.", hint="Give the pixel size in Å.")
    pages = values.reshape(-1, *values.shape[-2:])
    if values.dtype.kind == "f":
        check_finite(pages.astype(np.float32), path)
    resolution = {} if pixel_size is None else {"resolution": (1e8 / pixel_size,) * 2, "resolutionunit": "CENTIMETER"}
    with (
        atomic_path(path) as temporary,
        tifffile.TiffWriter(temporary, bigtiff=values.nbytes > 2**32 - 2**25) as writer,
    ):
        for page in pages:
            writer.write(
                page,
                photometric="minisblack",
                compression="zlib",
                contiguous=False,
                metadata=None,
                software="vitreous",
                **resolution,
            )


class TiffSource(AbstractImageSource):
    """Decodes pages one by one."""

    def __init__(self, path: Path):
        self.path = path
        self._file = tiff_file(path)
        try:
            with reading(path, "a TIFF file"):
                self.shape = check_pages(self._file, path)
                self.pixel_size = pixel_size(self._file)
        except BaseException:
            self._file.close()
            raise

    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        with reading(self.path, "a TIFF file"):
            for index, image in zip(indices, images, strict=True):
                image[...] = read_page(self._file.pages[int(index)])

    def reopened(self) -> "TiffSource":
        return TiffSource(self.path)

    def close(self) -> None:
        self._file.close()
