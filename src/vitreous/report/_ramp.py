"""One sequence of colours for numbers, and the bar that explains it."""

import numpy as np
from jaxtyping import Float, UInt8

from ._figure import Figure
from ._frame import Ticks
from ._marks import MUTED, Label, Line, Raster

# From dark to light, evenly spaced; grey prints and colour-blind readers tell them apart too.
_COLOURS = np.array(
    [(22, 31, 66), (29, 82, 140), (28, 135, 146), (64, 183, 124), (163, 216, 80), (250, 236, 96)], float
)


def ramp(fraction: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape 4"]:
    """Colours from dark blue at 0 to yellow at 1, opaque."""
    place = fraction.clip(0, 1) * (len(_COLOURS) - 1)
    channels = [np.interp(place, np.arange(len(_COLOURS)), channel) for channel in _COLOURS.T]
    return np.stack([*channels, np.full(fraction.shape, 255.0)], axis=-1).round().astype(np.uint8)


def dot_ramp(fraction: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape 4"]:
    """The part of `ramp` that is told from both a white and a nearly black page."""
    return ramp(0.2 + 0.72 * fraction.clip(0, 1))


def css(colour: UInt8[np.ndarray, "4"]) -> str:
    """A colour as CSS names it."""
    return "#" + "".join(f"{channel:02x}" for channel in colour[:3].tolist())


def draw_colour_bar(
    figure: Figure,
    place: tuple[float, float, float],
    colours: UInt8[np.ndarray, "levels 4"],
    *,
    limits: tuple[float, float],
    ticks: Ticks,
    label: str,
) -> None:
    """A bar of the colours, from the lowest below to the highest above.

    Arguments:
        figure: Where to draw it.
        place: Its left edge, its top and its height in points.
        colours: What it shows, the lowest first.
        limits: The values at its ends.
        ticks: Values to mark.
        label: What the colours mean, turned, right of the ticks.
    """
    left, top, height = place
    width = 8.0
    figure.marks.append(Raster(left, top, width, height, np.ascontiguousarray(colours[::-1, None])))
    for value, text in zip(ticks.values, ticks.labels, strict=True):
        at = top + height * (1 - (value - limits[0]) / (limits[1] - limits[0]))
        figure.marks.append(Line(np.array([(left + width, at), (left + width + 3.5, at)]), MUTED))
        figure.marks.append(Label(left + width + 6, at + 3, text, anchor="start"))
    widest = max(map(len, ticks.labels), default=0)
    figure.marks.append(Label(left + width + 22 + 5.2 * widest, top + height / 2, label, size=10, turned=True))
