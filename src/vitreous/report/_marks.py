"""What every figure is made of: lines, areas, labels and rasters, placed in points from the upper left corner."""

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
    """A line through points; it has a gap where one is not finite."""

    points: Float[np.ndarray, "n 2"]
    colour: str = MUTED
    width: float = 0.8
    dashes: Sequence[float] = ()
    opacity: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class Area:
    """A filled polygon."""

    points: Float[np.ndarray, "n 2"]
    colour: str
    opacity: float = 1.0
    edge: str = "none"
    label: str = ""


@dataclass(frozen=True)
class Label:
    """One line of text, whose anchor (`start`, `middle` or `end` of its base line) is at (x, y)."""

    x: float
    y: float
    text: str
    size: float = 9.0
    anchor: str = "middle"
    colour: str = INK
    turned: bool = False  # by a quarter, to be read from below upwards
    outlined: bool = False  # in black, to be read on an image


@dataclass(frozen=True)
class Raster:
    """A picture of grey levels or of red, green, blue and opacity, whose upper left corner is at (x, y)."""

    x: float
    y: float
    width: float
    height: float
    pixels: UInt8[np.ndarray, "v u"] | UInt8[np.ndarray, "v u 4"]


Mark = Line | Area | Label | Raster
