"""A table of numbers as coloured squares."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, UInt8

from ._figure import Figure
from ._frame import Ticks
from ._marks import Label, Raster
from ._ramp import draw_colour_bar
from ._values import drawable

# Blue below zero and orange above, which every common kind of colour vision tells apart, with grey at zero.
_NEGATIVE, _ZERO, _POSITIVE = (33, 102, 190), (222, 224, 227), (206, 98, 20)


def heat_map(
    values: Num[Any, "rows columns"], *, rows: Sequence[str], columns: Sequence[str], label: str = ""
) -> Figure:
    """A table of numbers as squares, blue below zero and orange above; white where there is no number.

    Arguments:
        values: The numbers.
        rows: A name for each row.
        columns: A name for each column.
        label: What the numbers are, with their unit.

    Returns:
        The figure.

    Examples:
        >>> heat_map(np.eye(2), rows=["1", "2"], columns=["rot", "tilt"], label="loading").texts[:2]
        ['1', '2']
    """
    numbers = np.asarray(values, float)
    shown = drawable(numbers)
    highest = float(np.max(np.abs(numbers[shown]), initial=0.0)) or 1.0
    side = float(np.clip(420 / max(1, len(columns)), 8, 30))
    left, top = 10 + 5.2 * max(map(len, rows), default=0), 6.0
    width, height = side * len(columns), side * len(rows)
    below = 5.2 * max(map(len, columns), default=0)
    figure = Figure(left + width + 90, top + height + below + 14)
    picture = np.where(shown[..., None], diverging(np.where(shown, numbers, 0) / highest), np.uint8(0))
    figure.marks.append(Raster(left, top, width, height, picture.astype(np.uint8)))
    for row, name in enumerate(rows):
        figure.marks.append(Label(left - 5, top + side * (row + 0.5) + 3, name, anchor="end"))
    for column, name in enumerate(columns):
        at = left + side * (column + 0.5) + 3
        figure.marks.append(Label(at, top + height + 6, name, anchor="end", turned=True))
    bar = diverging(np.linspace(-1, 1, 65))
    place = (left + width + 16, top, min(height, 180.0))
    ticks = Ticks.round(-highest, highest, most=5)
    draw_colour_bar(figure, place, bar, limits=(-highest, highest), ticks=ticks, label=label)
    return figure


def diverging(fraction: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape 4"]:
    """Colours from blue at −1 over grey at 0 to orange at 1, opaque."""
    channels = [np.interp(fraction, (-1, 0, 1), levels) for levels in zip(_NEGATIVE, _ZERO, _POSITIVE, strict=True)]
    return np.stack([*channels, np.full(fraction.shape, 255.0)], axis=-1).round().astype(np.uint8)
