"""The pages of a TIFF file, checked against the size of the file before any is decoded."""

import logging
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError

from ._damage import reading

EER_COMPRESSIONS = (65000, 65001, 65002)
# How much larger than its code an image can be: LZW codes of 12 bits stand for at most 3838 bytes; deflate, 258 bytes
# in 2 bits; PackBits, 128 bytes in 2; Zstandard, blocks of 128 kB in 4 bytes. Others do not come near a thousand.
_EXPANSION = {1: 1, 5: 2560, 8: 1032, 32946: 1032, 32773: 64, 50000: 32768}
_EXPANSION_OF_OTHERS = 1024
# A microscope's pixel is no larger; 72 dots per inch, which programs write when they do not know, is 3.5 million Å.
_PIXEL_AT_MOST = 1e5
_ANGSTROM_IN = {"nm": 10.0, "angstrom": 1.0, "å": 1.0, "a": 1.0, "micron": 1e4, "um": 1e4, "µm": 1e4, "pm": 0.01}

# tifffile logs what is wrong with a file, which our error says too, and without a handler that goes to stderr.
_SILENT = logging.NullHandler()


def tiff_file(path: Path) -> Any:
    """An open `tifffile.TiffFile`, which the caller closes."""
    import tifffile

    logging.getLogger("tifffile").addHandler(_SILENT)
    with reading(path, "a TIFF file"):
        file = tifffile.TiffFile(path)
        try:
            _ = file.pages.first
        except IndexError as error:
            file.close()
            raise InputError(
                f"{path}: is truncated: its first page is not in the file.", hint="Copy or write it again."
            ) from error
        return file


def check_pages(file: Any, path: Path) -> tuple[int, int, int]:
    """The number of pages and their common shape, (n, y, x).

    Raises:
        InputError: A page cannot be read as an image of one value per pixel, or is not all in the file.
    """
    first, size = file.pages.first, path.stat().st_size
    if first.compression in EER_COMPRESSIONS:
        raise InputError(f"{path}: is a movie of electron events (EER).", hint="Open it with vitreous.io.open_eer.")
    for number, page in enumerate(pages_of(file, path), 1):
        _check_page(page, f"{path}: its page {number}", size)
        if page.shape != first.shape or page.dtype != first.dtype:
            raise InputError(
                f"{path}: its page {number} is {_times(page.shape)} of {page.dtype}, and the first "
                f"{_times(first.shape)} of {first.dtype}.",
                hint="Save the images without previews or other sizes.",
            )
    check_last_page(file, path)
    count = len(file.pages)
    promised = int((file.imagej_metadata or {}).get("images", count)) if file.is_imagej else count
    if promised > count:
        raise InputError(
            f"{path}: ImageJ says it holds {promised} images, and it has pages for {count}: ImageJ leaves the others "
            "without a header where a file exceeds 4 GB.",
            hint="Save it from ImageJ as BigTIFF (Bio-Formats), or as MRC.",
        )
    return (count, *first.shape)


def pages_of(file: Any, path: Path) -> Iterator[Any]:
    """The pages, one by one.

    Raises:
        InputError: A page is followed by one that was there before, so that they never end.
    """
    seen = set()
    for page in file.pages:
        if page.offset in seen:
            raise InputError(
                f"{path}: its page {len(seen)} is followed by an earlier one, so they never end.",
                hint="It is damaged: copy or write it again.",
            )
        seen.add(page.offset)
        yield page


def read_page(page: Any) -> Shaped[np.ndarray, "y x"]:
    """The values of a checked page."""
    return page.asarray(maxworkers=1)


def pixel_size(file: Any) -> float | None:
    """Å along x: from the resolution tags, or ImageJ's unit; `None` where they are those of a print."""
    tags = file.pages.first.tags
    resolution = tags.valueof("XResolution")
    if not (isinstance(resolution, tuple) and len(resolution) == 2 and all(resolution)):
        return None
    pixels_per_unit = resolution[0] / resolution[1]
    unit = {2: 2.54e8, 3: 1e8}.get(int(tags.valueof("ResolutionUnit", 1) or 1))
    found = re.search(r"^unit=(\S+)$", str(tags.valueof("ImageDescription", "")), re.MULTILINE)
    if found:
        unit = _ANGSTROM_IN.get(found[1].lower().replace("\\u00b5", "µ").replace("\\u00c5", "å"), unit)
    if unit is None or not 0 < unit / pixels_per_unit <= _PIXEL_AT_MOST:
        return None
    return unit / pixels_per_unit


def check_last_page(file: Any, path: Path) -> None:
    """Raise where another page should follow the last that tifffile found: it leaves out those beyond the end."""
    file.filehandle.seek(file.pages.next_page_offset)
    pointer = file.filehandle.read(file.tiff.offsetsize)
    if len(pointer) < file.tiff.offsetsize or any(pointer):
        raise InputError(
            f"{path}: is truncated: after its page {len(file.pages)} follow others that are not in the file.",
            hint="Copy or write it again.",
        )


def _check_page(page: Any, where: str, size: int) -> None:
    if not all(isinstance(side, int) for side in page.shape):  # a damaged tag may be of another type
        raise InputError(f"{where} is of shape {_times(page.shape)}.", hint="It is damaged: copy or write it again.")
    bits, dtype = page.bitspersample, np.dtype(np.void) if page.dtype is None else page.dtype
    if len(page.shape) != 2 or 0 in page.shape or page.samplesperpixel != 1 or page.photometric not in (0, 1):
        raise InputError(
            f"{where} is of shape {_times(page.shape)} with {page.samplesperpixel} values per pixel: no image in grey.",
            hint="Save it in grey values (8, 16 or 32 bits).",
        )
    if dtype.kind not in "uif" or bits not in (8, 16, 32, 64):
        raise InputError(
            f"{where} holds {dtype} values of {bits} bits, and 8, 16, 32 or 64 bits are read.",
            hint="Convert it, for example with IMOD's `newstack -mode 1`.",
        )
    declared, coded = math.prod(page.shape) * dtype.itemsize, sum(page.databytecounts)
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if (
        len(page.dataoffsets) != len(page.databytecounts)
        or len(ends) != math.prod(page.chunked)
        or min(page.databytecounts) <= 0
        or max(ends) > size
        or declared > coded * _EXPANSION.get(int(page.compression), _EXPANSION_OF_OTHERS)
    ):
        raise InputError(
            f"{where} is not all there: {_times(page.shape)} values promised, {coded} bytes of code up to byte "
            f"{max(ends, default=0)} of a file of {size}.",
            hint="It is truncated or damaged: copy or write it again.",
        )


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
