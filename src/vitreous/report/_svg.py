"""Marks as SVG."""

import base64
import struct
import zlib
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from jaxtyping import Float, UInt8

from ._marks import INK, Area, Dots, Label, Line, Mark, Raster

_FONTS = "system-ui, 'Helvetica Neue', Arial, sans-serif"
_GREY, _COLOUR_AND_OPACITY = 0, 6  # types of pixels in PNG


def svg_element(marks: Sequence[Mark], *, width: float, height: float) -> str:
    """An `<svg>` element for a page: as wide as its place, in the page's font and colour."""
    start = f'<svg viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([start, *_all_elements(marks), "</svg>"])


def svg_file(marks: Sequence[Mark], *, width: float, height: float) -> str:
    """A file of its own: of a size, on white."""
    size = f'width="{width:g}pt" height="{height:g}pt" viewBox="0 0 {width:g} {height:g}"'
    start = f'<svg {size} color="{INK}" font-family="{_FONTS}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([start, '<rect width="100%" height="100%" fill="white"/>', *_all_elements(marks), "</svg>\n"])


def _all_elements(marks: Sequence[Mark]) -> Iterator[str]:
    for mark in marks:
        yield from _elements(mark)


def _elements(mark: Mark) -> Iterator[str]:
    match mark:
        case Line():
            dashes = f' stroke-dasharray="{" ".join(f"{dash:g}" for dash in mark.dashes)}"' if mark.dashes else ""
            stroke = f'fill="none" stroke="{mark.colour}" stroke-width="{mark.width:g}" stroke-linecap="round"'
            for run in _finite_runs(mark.points):
                path = f'<path d="M{_coordinates(run)}" {stroke}{dashes}{_opacity(mark.opacity)}'
                yield f"{path}>{_title(mark.label)}</path>"
        case Dots():
            centres = mark.points[np.isfinite(mark.points).all(axis=1)].tolist()
            # Strokes of no length with round ends: one element for any number of dots.
            path = f'<path d="{" ".join(f"M{x:.2f} {y:.2f}h0" for x, y in centres)}" fill="none" stroke="{mark.colour}"'
            style = f'stroke-width="{mark.size:g}" stroke-linecap="round"{_opacity(mark.opacity)}'
            if centres:
                yield f"{path} {style}>{_title(mark.label)}</path>"
        case Area():
            path = f'<path d="M{_coordinates(mark.points)}Z" fill="{mark.colour}" stroke="{mark.edge}"'
            yield f'{path} stroke-width="0.6"{_opacity(mark.opacity)}>{_title(mark.label)}</path>'
        case Label():
            colour = "currentColor" if mark.colour == INK else mark.colour
            turn = f' transform="rotate(-90 {mark.x:.2f} {mark.y:.2f})"' if mark.turned else ""
            outline = ' stroke="black" stroke-width="1.8" paint-order="stroke"' if mark.outlined else ""
            place = f'x="{mark.x:.2f}" y="{mark.y:.2f}" font-size="{mark.size:g}" text-anchor="{mark.anchor}"'
            yield f'<text {place} fill="{colour}"{outline}{turn}>{escape(mark.text)}</text>'
        case Raster():
            place = f'x="{mark.x:.2f}" y="{mark.y:.2f}" width="{mark.width:.2f}" height="{mark.height:.2f}"'
            data = base64.b64encode(png_file(mark.pixels)).decode("ascii")
            style = 'preserveAspectRatio="none" style="image-rendering: pixelated"'
            yield f'<image {place} {style} href="data:image/png;base64,{data}"/>'


def _finite_runs(points: Float[np.ndarray, "n 2"]) -> list[Float[np.ndarray, "m 2"]]:
    finite = np.isfinite(points.sum(axis=1))
    if finite.all():
        return [points]
    runs = np.split(np.arange(len(points)), np.flatnonzero(finite[1:] != finite[:-1]) + 1)
    return [points[run] for run in runs if len(run) > 1 and finite[run[0]]]


def _coordinates(points: Float[np.ndarray, "n 2"]) -> str:
    return " ".join(f"{x:.2f} {y:.2f}" for x, y in points.tolist())


def _opacity(value: float) -> str:
    return f' opacity="{value:g}"' if value < 1 else ""


def _title(label: str) -> str:
    return f"<title>{escape(label)}</title>" if label else ""


def png_file(pixels: UInt8[np.ndarray, "v u"] | UInt8[np.ndarray, "v u 4"]) -> bytes:
    """The pixels as a PNG file (ISO/IEC 15948): rows that are not filtered, deflated."""
    height, width = pixels.shape[:2]
    kind = _GREY if pixels.ndim == 2 else _COLOUR_AND_OPACITY
    rows = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each begins with the number of its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes(), 3)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
