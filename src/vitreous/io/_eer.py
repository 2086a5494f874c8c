"""Movies of electron events (EER)."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, UInt16

from vitreous._core import InputError

from ._damage import reading
from ._eer_decode import EerCode
from ._tiff_pages import EER_COMPRESSIONS, check_last_page, pages_of, tiff_file

_KIND = "a movie of electron events (EER)"
_SUPER_RESOLUTIONS = (1, 2, 4)
_ACQUISITION_TAG = 65001
_METADATA_AT_MOST = 2**20
# Twice the edge of the Falcon cameras, which write this format. A frame is decoded in one piece.
_EDGE_AT_MOST = 8192


@dataclass(frozen=True)
class EerItem:
    """A value of the acquisition's metadata.

    Arguments:
        value: As text.
        unit: Such as `s` or `e/pixel`; empty where there is none.
    """

    value: str
    unit: str


@dataclass(frozen=True, kw_only=True, eq=False)
class EerMovie:
    """A movie of electron events, none of which is in memory: make one with `open_eer`.

    Each frame is one readout of the detector, and records where single electrons fell, to a quarter of a pixel. Many
    frames are added up to a dose fraction.

    Arguments:
        path: The file.
        shape: Frames, and rows and columns of the detector, (n, y, x).
        acquisition: What the camera recorded, by name, such as `exposureTime`; empty where the file has no such
            metadata.
    """

    path: Path
    shape: tuple[int, int, int]
    acquisition: Mapping[str, EerItem]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def exposure_s(self) -> float | None:
        """The exposure time in s (`exposureTime`), `None` where the file has none."""
        return self._number("exposureTime")

    @property
    def dose_per_pixel(self) -> float | None:
        """Electrons per pixel of the detector in the whole movie (`totalDose`), as the camera measured."""
        return self._number("totalDose")

    @property
    def dose_rate_per_pixel_s(self) -> float | None:
        """Electrons per pixel of the detector and s (`meanDoseRate`), as the camera measured."""
        return self._number("meanDoseRate")

    @property
    def pixel_size(self) -> float | None:
        """Å at the specimen of a pixel of the detector (`sensorPixelSize.width`, which is in m)."""
        metres = self._number("sensorPixelSize.width")
        return metres * 1e10 if metres else None

    def render(self, fractions: int, *, super_resolution: int = 1) -> Iterator[UInt16[np.ndarray, "y x"]]:
        """The movie as dose fractions, of which one is in memory at a time.

        Each is the sum of `len(movie) // fractions` frames; the frames left over at the end are not used, so that all
        fractions have the same dose. Rows come in the order of the file, as those of a `.gain` reference do.

        Arguments:
            fractions: How many.
            super_resolution: Pixels of the result along an edge of a pixel of the detector, 1, 2 or 4.

        Returns:
            An iterator over the fractions, electrons in each pixel.

        Raises:
            InputError: More fractions than frames, another super-resolution, or a frame that cannot be decoded.
        """
        if not 1 <= fractions <= len(self):
            raise InputError(
                f"{self.path}: {len(self)} frames cannot make {fractions} fractions.",
                hint=f"Ask for 1 to {len(self)}.",
            )
        return self._render(fractions, super_resolution)

    def electron_counts(self) -> Int[np.ndarray, " n"]:
        """How many electrons each frame has.

        Raises:
            InputError: A frame cannot be decoded.
        """
        return np.array([np.count_nonzero(frame) for frame in self._frames(len(self), 1)])

    def _render(self, fractions: int, super_resolution: int) -> Iterator[UInt16[np.ndarray, "y x"]]:
        per_fraction = len(self) // fractions
        frames = self._frames(fractions * per_fraction, super_resolution)
        for _ in range(fractions):
            total = np.zeros([side * super_resolution for side in self.shape[1:]], np.uint16)
            for _ in range(per_fraction):
                total += next(frames)
            yield total

    def _frames(self, count: int, super_resolution: int) -> Iterator[Bool[np.ndarray, "y x"]]:
        """The first frames, decoded one at a time."""
        with tiff_file(self.path) as file, reading(self.path, _KIND):
            for number, page in enumerate(_event_pages(file, self.path)[:count], 1):
                code = _checked_code(page, self.path, number)
                finest = 2 ** min(code.x_bits, code.y_bits)
                if super_resolution not in _SUPER_RESOLUTIONS or super_resolution > finest:
                    raise InputError(
                        f"{self.path}: has no super-resolution of {super_resolution}: electrons are placed to "
                        f"1/{finest} pixel.",
                        hint="Ask for 1, 2 or 4.",
                    )
                yield code.decode(_bits(file, page), page.shape, super_resolution)

    def _number(self, name: str) -> float | None:
        if name not in self.acquisition:
            return None
        text = self.acquisition[name].value
        try:
            return float(text)
        except ValueError as error:
            raise InputError(
                f"{self.path}: its metadata say {name} is {text!r}, which is no number.", hint="Copy the file again."
            ) from error


def open_eer(path: str | Path) -> EerMovie:
    """A movie of electron events, to be rendered when asked for.

    EER files are BigTIFF with one page for each readout, compressed in a way of their own (65000: runs of 8 bits,
    65001: 7 bits, 65002: bits as told by tags 65007 to 65009). Pages with another compression, such as a sum, are
    passed over.

    Arguments:
        path: The `.eer` file.

    Returns:
        The movie; only its headers have been read.

    Raises:
        InputError: The file is absent, truncated, no EER movie, or its metadata cannot be read.

    Examples:
        >>> open_eer("absent.eer")
        Traceback (most recent call last):
        vitreous._core._errors.InputError: absent.eer: cannot be read (No such file or directory).
        hint: Check the path.
    """
    path = Path(path)
    with tiff_file(path) as file, reading(path, _KIND):
        check_last_page(file, path)
        pages = _event_pages(file, path)
        for number, page in enumerate(pages, 1):
            _checked_code(page, path, number)
            if page.shape != pages[0].shape:
                raise InputError(
                    f"{path}: its frame {number} is {page.shape[0]} × {page.shape[1]}, and the first "
                    f"{pages[0].shape[0]} × {pages[0].shape[1]}.",
                    hint="It is damaged: copy it again.",
                )
        rows, columns = pages[0].shape
        return EerMovie(path=path, shape=(len(pages), rows, columns), acquisition=_acquisition(pages[0], path))


def _event_pages(file: Any, path: Path) -> list[Any]:
    pages = [page for page in pages_of(file, path) if page.compression in EER_COMPRESSIONS]
    if not pages:
        raise InputError(
            f"{path}: is a TIFF file without electron events.", hint="Open it with vitreous.io.open_images."
        )
    return pages


def _checked_code(page: Any, path: Path, number: int) -> EerCode:
    """How a frame is coded, once its bits have proved to be in the file and enough for its pixels."""
    if page.compression == 65002:
        run, x, y = (int(page.tags.valueof(tag, default)) for tag, default in ((65007, 7), (65008, 2), (65009, 2)))
    else:
        run, x, y = (8 if page.compression == 65000 else 7), 2, 2
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if (
        not (2 <= run <= 14 and 1 <= x <= 4 and 1 <= y <= 4 and 9 <= run + x + y <= 16)
        or len(page.shape) != 2
        or not 0 < max(page.shape) <= _EDGE_AT_MOST
        or min(page.databytecounts, default=0) <= 0
        or max(ends) > path.stat().st_size
    ):
        raise InputError(
            f"{path}: its frame {number} is not all there, or of an unknown kind: {page.shape} pixels coded in "
            f"{run} + {x} + {y} bits, {sum(page.databytecounts)} bytes up to byte {max(ends, default=0)} of a file of "
            f"{path.stat().st_size}.",
            hint="It is truncated or damaged: copy it again.",
        )
    code = EerCode(run, x, y, is_padded=page.compression == 65000)
    if code.pixels_at_most(sum(page.databytecounts)) < page.shape[0] * page.shape[1]:
        raise InputError(
            f"{path}: its frame {number} has {sum(page.databytecounts)} bytes, too few to describe "
            f"{page.shape[0]} × {page.shape[1]} pixels.",
            hint="It is damaged: copy it again.",
        )
    return code


def _bits(file: Any, page: Any) -> bytes:
    pieces = []
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        file.filehandle.seek(offset)
        pieces.append(file.filehandle.read(count))
    return b"".join(pieces)


def _acquisition(page: Any, path: Path) -> dict[str, EerItem]:
    """The items of the acquisition's XML, `<metadata><item name="…" unit="…">value</item>…</metadata>`."""
    value = page.tags.valueof(_ACQUISITION_TAG)
    if value is None:
        return {}
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    # Declarations could define text that expands without end.
    if len(text) > _METADATA_AT_MOST or "<!" in text:
        raise InputError(f"{path}: its metadata are not those of an acquisition.", hint="Copy the file again.")
    try:
        root = ElementTree.fromstring(text.strip("\0 \n"))
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: its metadata cannot be read ({error}).", hint="Copy the file again.") from error
    return {
        item.get("name", ""): EerItem((item.text or "").strip(), item.get("unit", "")) for item in root.iter("item")
    }
