"""What stands around curves: axes with ticks, the resolution axis, a legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._figure import Axes, Figure
from ._marks import MUTED, Label, Line

_TICK = 3.5
_ROUND_RESOLUTIONS = (20, 10, 5, 4, 3, 2, 1, 50, 2.5, 1.5, 8, 6, 3.5, 7, 12, 30, 15, 100, 40, 200, 4.5, 60)
_ROUND_RESOLUTIONS += (2.2, 1.8, 1.2, 1.6, 1.4, 1.3, 1.1, 0.9, 0.8, 0.7, 0.6, 0.5)
_LABEL_WIDTH = 0.075  # of the axis
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Ticks:
    """Values along an axis and what is written at them."""

    values: Sequence[float]
    labels: Sequence[str]

    @classmethod
    def round(cls, low: float, high: float, *, most: int = 6) -> "Ticks":
        """Multiples of 1, 2, 2.5 or 5 times a power of ten, as many as there are up to `most`."""
        rough = (high - low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= 0.999 * rough)
        values = step * np.arange(math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6) + 1)
        return cls(values.tolist(), [_number(value) for value in values])

    @classmethod
    def powers_of_ten(cls, low: float, high: float) -> "Ticks":
        """Whole decimal logarithms, every one or every few."""
        step = max(1, math.ceil((high - low) / 8))
        exponents = range(step * math.ceil(low / step), math.floor(high) + 1, step)
        return cls(list(exponents), [f"10{str(exponent).translate(_SUPERSCRIPTS)}" for exponent in exponents])


def _number(value: float) -> str:
    return f"{value + 0.0:.6g}".replace("-", "−")


def new_axes(
    width: float, height: float, x_limits: tuple[float, float], y_limits: tuple[float, float], *, top: float = 10.0
) -> tuple[Figure, Axes]:
    """A figure of `width` × `height` inches and axes in it, with room for labels; `top` points are left above."""
    figure = Figure(72 * width, 72 * height)
    axes = Axes(50, top, figure.width - 62, figure.height - top - 40, x_limits, y_limits)
    figure.axes.append(axes)
    return figure, axes


def draw_frame(figure: Figure, axes: Axes, *, x: Ticks, y: Ticks, x_label: str, y_label: str) -> None:
    """Axes at the left and below with their ticks, horizontal lines at those of y, and what they measure."""
    right, bottom = axes.left + axes.width, axes.top + axes.height
    for (_, at), text in zip(axes.points(axes.x_limits[0], y.values), y.labels, strict=True):
        figure.marks.append(_line((axes.left, at), (right, at), opacity=0.22))
        figure.marks.append(_line((axes.left - _TICK, at), (axes.left, at)))
        figure.marks.append(Label(axes.left - 6, at + 3, text, anchor="end"))
    for (at, _), text in zip(axes.points(x.values, axes.y_limits[0]), x.labels, strict=True):
        figure.marks.append(_line((at, bottom), (at, bottom + _TICK)))
        figure.marks.append(Label(at, bottom + 13, text))
    figure.marks.append(_line((axes.left, axes.top), (axes.left, bottom)))
    figure.marks.append(_line((axes.left, bottom), (right, bottom)))
    figure.marks.append(Label(axes.left + axes.width / 2, bottom + 30, x_label, size=10))
    figure.marks.append(Label(14, axes.top + axes.height / 2, y_label, size=10, turned=True))


def draw_resolution_axis(figure: Figure, axes: Axes) -> None:
    """Label the top of a frequency axis (Å⁻¹, from zero) with resolutions in Å."""
    f_max = axes.x_limits[1]
    chosen: list[float] = []
    for resolution in _ROUND_RESOLUTIONS:  # the roundest first, the others where there is room for their labels
        at = 1 / resolution / f_max
        if at <= 1.0001 and all(abs(at - 1 / other / f_max) > _LABEL_WIDTH for other in chosen):
            chosen.append(resolution)
    figure.marks.append(_line((axes.left, axes.top), (axes.left + axes.width, axes.top)))
    for resolution, (at, _) in zip(chosen, axes.points(1 / np.array(chosen), axes.y_limits[1]), strict=True):
        figure.marks.append(_line((at, axes.top), (at, axes.top - 3)))
        figure.marks.append(Label(at, axes.top - 6, f"{resolution:g}"))
    figure.marks.append(Label(axes.left + axes.width / 2, axes.top - 21, "resolution (Å)", size=10))


def draw_level(figure: Figure, axes: Axes, value: float, *, text: str = "") -> Line:
    """A horizontal line at a value: dashed and named, or plain."""
    start, end = axes.points(axes.x_limits, value)
    line = _line(start, end, width=1.0 if text else 0.8, dashes=(4, 3) if text else ())
    figure.marks.append(line)
    if text:
        figure.marks.append(Label(start[0] + 4, start[1] - 3, text, size=8.5, anchor="start", colour=MUTED))
    return line


def _line(start: Any, end: Any, **style: Any) -> Line:
    return Line(np.array([start, end], float), **style)


Place = tuple[float, float]
"""Where a legend is: from 0, at the left or at the top of the axes, to 1, at the right or at the bottom."""


def draw_legend(
    figure: Figure, axes: Axes, lines: Sequence[Line], *, places: Sequence[Place], avoid: Sequence[Line]
) -> None:
    """Name lines by their colours, in the first of the places where that covers least of the lines to avoid."""
    named = [line for line in lines if line.label]
    if not named:
        return
    width, height = 34 + 5.2 * max(len(line.label) for line in named), 13.0 * len(named) + 4
    corners = [
        (axes.left + 4 + across * (axes.width - 8 - width), axes.top + 2 + down * (axes.height - 4 - height))
        for across, down in places
    ]

    def covered(corner: Place) -> int:
        x = np.linspace(corner[0], corner[0] + width, 50)
        heights = [np.interp(x, *line.points.T, left=np.nan, right=np.nan) for line in avoid]
        return sum(int(np.sum(np.abs(y - corner[1] - height / 2) < height / 2)) for y in heights)

    left, top = min(corners, key=covered)
    for row, line in enumerate(named):
        middle = top + 13.0 * row + 8
        sample = np.array([(left + 4, middle), (left + 22, middle)])
        figure.marks.append(replace(line, points=sample, label=""))
        figure.marks.append(Label(left + 28, middle + 3, line.label, anchor="start"))
