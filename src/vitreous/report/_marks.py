"""What every figure is made of: lines, dots, areas, labels and rasters, placed in points from the upper left corner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

INK = "#1f2630"
"""Text; an SVG inside a page takes the page's text colour instead."""

MUTED = "#78818c"
"""Axes, ticks, thresholds, grid: equally legible on white and on near-black."""

COLOURS = ("#2f7fd1", "#e07b28", "#2c9c74", "#b0579c", "#c7493d", "#8a8f2a")
"""Curves, in this order: told apart in every common kind of colour vision, and on light and dark."""


@dataclass(frozen=True)
class Line:
    """A line through points; it has a gap where one is not finite.

    Arguments:
        points: (x, y) each.
        colour: As CSS names it.
        width: In points.
        dashes: Lengths in points that are drawn and left out in turn; none for a solid line.
        opacity: From 0 to 1.
        label: What it shows, for a legend and for who points at it.
    """

    points: Float[np.ndarray, "n 2"]
    colour: str = MUTED
    width: float = 0.8
    dashes: Sequence[float] = ()
    opacity: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class Dots:
    """Dots of one colour; there is none where a point is not finite.

    Arguments:
        points: (x, y) of each centre.
        colour: As CSS names it.
        size: Their diameter, in points.
        opacity: From 0 to 1, of all of them together.
        label: What they show.
    """

    points: Float[np.ndarray, "n 2"]
    colour: str
    size: float = 4.0
    opacity: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class Area:
    """A filled polygon.

    Arguments:
        points: Its corners (x, y).
        colour: As CSS names it.
        opacity: From 0 to 1.
        edge: The colour of its edge.
        label: What it shows.
    """

    points: Float[np.ndarray, "n 2"]
    colour: str
    opacity: float = 1.0
    edge: str = "none"
    label: str = ""


@dataclass(frozen=True)
class Label:
    """One line of text.

    Arguments:
        x: Of its anchor.
        y: Of its base line.
        text: What it says.
        size: Of the font, in points.
        anchor: Which point of the line is at x: `start`, `middle` or `end`.
        colour: As CSS names it.
        turned: By a quarter, to be read from below upwards.
        outlined: In black, to be read on an image.
    """

    x: float
    y: float
    text: str
    size: float = 9.0
    anchor: str = "middle"
    colour: str = INK
    turned: bool = False
    outlined: bool = False


@dataclass(frozen=True)
class Raster:
    """A picture.

    Arguments:
        x: Of its left edge.
        y: Of its upper edge.
        width: In points.
        height: In points.
        pixels: Grey levels, or red, green, blue and opacity.
    """

    x: float
    y: float
    width: float
    height: float
    pixels: UInt8[np.ndarray, "v u"] | UInt8[np.ndarray, "v u 4"]


Mark = Line | Dots | Area | Label | Raster
