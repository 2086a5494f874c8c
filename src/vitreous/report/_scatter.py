"""Two values of each of many things against each other, with a histogram of each at the margins."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Num, Shaped, UInt8

from vitreous._core import InputError

from ._colouring import Colouring, colouring_of
from ._figure import Axes, Figure
from ._frame import Ticks, draw_frame
from ._histogram import counted, draw_bars
from ._marks import COLOURS, MUTED, Area, Dots, Label, Raster
from ._ramp import css, dot_ramp, draw_colour_bar
from ._values import drawable, value_limits

_WIDTH, _HEIGHT = 518.0, 360.0
_LEFT, _BOTTOM, _MARGINAL, _GAP = 58.0, 40.0, 48.0, 6.0
_LEGEND = 92.0  # right of the marginal histogram, where colours are explained
_CELL = 2.0  # points, of many dots' picture
_LEVELS = 32  # of a continuous colour, each drawn as one element


def scatter_plot(
    # That lengths agree is checked below, with a message for users.
    x: Num[Any, " _"],
    y: Num[Any, " _"],
    *,
    x_label: str,
    y_label: str,
    colours: Shaped[Any, " _"] | None = None,
    colour_label: str = "",
    bins: int = 40,
    most_dots: int = 4000,
) -> Figure:
    """Dots at pairs of values, and at the margins histograms of each value.

    Many dots would hide each other: beyond `most_dots` the plane is divided into cells, whose colour is the number of
    dots in each or, with `colours`, their mean value or most frequent category.

    Arguments:
        x: Values to the right. Pairs with a value that is not finite are left out, of the histograms too.
        y: Values upwards.
        x_label: What x is, with its unit.
        y_label: What y is, with its unit.
        colours: What colours the dots: text, or up to six different whole numbers, as categories (beyond six, the
            five most frequent and the others); other numbers on a continuous scale. Grey where there is no value.
        colour_label: What they are, with their unit.
        bins: How many bars each histogram has.
        most_dots: How many dots are drawn one by one.

    Returns:
        The figure; its `axes` are those of the dots, of the histogram above, and of the histogram at the right.

    Raises:
        InputError: The arrays differ in length.

    Examples:
        >>> x = np.linspace(0, 1, 50)
        >>> figure = scatter_plot(x, x**2, x_label="defocus (Å)", y_label="fit (Å)")
        >>> "defocus (Å)" in figure.texts, len(figure.axes)
        (True, 3)
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or (colours is not None and len(colours) != len(x)):
        raise InputError(
            f"{len(x)} values of x, {len(y)} of y{'' if colours is None else f' and {len(colours)} colours'} do not "
            "make dots.",
            hint="Give one of each for every dot.",
        )
    shown = drawable(x) & drawable(y)
    x, y = x[shown], y[shown]
    colouring = None if colours is None else colouring_of(np.asarray(colours)[shown], label=colour_label)
    figure, axes = _new_axes(x, y, has_legend=colouring is not None or len(x) > most_dots)
    x_ticks, y_ticks = _ticks(axes.x_limits, x), _ticks(axes.y_limits, y)
    draw_frame(figure, axes, x=x_ticks, y=y_ticks, x_label=x_label, y_label=y_label)
    _draw_marginals(figure, axes, x, y, bins)
    if len(x) <= most_dots:
        _draw_dots(figure, axes.points(x, y), colouring)
    else:
        _draw_cells(figure, axes, x, y, colouring)
    if colouring is not None:
        _draw_colours(figure, axes, colouring)
    return figure


def _new_axes(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], *, has_legend: bool) -> tuple[Figure, Axes]:
    figure = Figure(_WIDTH, _HEIGHT)
    width = _WIDTH - _LEFT - _GAP - _MARGINAL - (_LEGEND if has_legend else 8)
    top = 6 + _MARGINAL + _GAP
    axes = Axes(_LEFT, top, width, _HEIGHT - top - _BOTTOM, value_limits(x), value_limits(y))
    figure.axes.append(axes)
    return figure, axes


def _ticks(limits: tuple[float, float], values: Float[np.ndarray, " n"]) -> Ticks:
    """Round numbers, whole ones where all values are whole: there is no micrograph 1.5."""
    ticks = Ticks.round(*limits)
    if not np.array_equal(values, np.round(values)):
        return ticks
    whole = [number for number, value in enumerate(ticks.values) if float(value).is_integer()]
    return Ticks([ticks.values[k] for k in whole], [ticks.labels[k] for k in whole])


def _draw_marginals(
    figure: Figure, axes: Axes, x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], bins: int
) -> None:
    for values, upright in ((x, True), (y, False)):
        counts, edges = counted(values, bins=bins)
        counts_limits = (0.0, max(1.0, float(counts.max())))
        if upright:
            margin = Axes(axes.left, 6, axes.width, _MARGINAL, axes.x_limits, counts_limits)
        else:
            right = axes.left + axes.width + _GAP
            margin = Axes(right, axes.top, _MARGINAL, axes.height, counts_limits, axes.y_limits)
        figure.axes.append(margin)
        draw_bars(
            figure, margin, counts.astype(float), edges, labels=[str(n) for n in counts.tolist()], upright=upright
        )


def _draw_dots(figure: Figure, points: Float[np.ndarray, "n 2"], colouring: Colouring | None) -> None:
    # Few dots may be large; many are drawn so that they can be told apart.
    size = float(np.clip(90 / np.sqrt(max(1, len(points))), 2.4, 6.0))
    if colouring is None:
        figure.marks.append(Dots(points, COLOURS[0], size, opacity=0.7))
        return
    figure.marks.append(Dots(points[colouring.missing], MUTED, size, opacity=0.5, label="no value"))
    if colouring.names:
        for number, name in enumerate(colouring.names):
            mine = ~colouring.missing & (colouring.category_of == number)
            figure.marks.append(Dots(points[mine], colouring.palette[number], size, opacity=0.8, label=name))
        return
    levels = np.round(colouring.fraction * (_LEVELS - 1))
    for level, colour in enumerate(dot_ramp(np.linspace(0, 1, _LEVELS))):
        mine = ~colouring.missing & (levels == level)
        if mine.any():
            figure.marks.append(Dots(points[mine], css(colour), size, opacity=0.85))


def _draw_cells(
    figure: Figure,
    axes: Axes,
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " n"],
    colouring: Colouring | None,
) -> None:
    rows, columns = int(axes.height / _CELL), int(axes.width / _CELL)
    across, down = ((axes.points(x, y) - (axes.left, axes.top)) / (axes.width, axes.height)).T
    cell = (down * rows).astype(int).clip(0, rows - 1) * columns + (across * columns).astype(int).clip(0, columns - 1)
    counts = np.bincount(cell, minlength=rows * columns)
    if colouring is None:
        highest = max(10.0, float(counts.max()))
        pixels = dot_ramp(np.log10(np.maximum(counts, 1)) / np.log10(highest))
    else:
        pixels = _cell_colours(cell, len(counts), colouring)
    pixels[counts == 0] = 0
    figure.marks.append(Raster(axes.left, axes.top, axes.width, axes.height, pixels.reshape(rows, columns, 4)))
    if colouring is None:
        limits = (0.0, float(np.log10(highest)))
        place = (axes.left + axes.width + _GAP + _MARGINAL + 10, axes.top + 0.1 * axes.height, 0.8 * axes.height)
        bar = dot_ramp(np.linspace(0, 1, 64))
        draw_colour_bar(figure, place, bar, limits=limits, ticks=Ticks.powers_of_ten(*limits), label="dots per cell")


def _cell_colours(cell: np.ndarray, cells: int, colouring: Colouring) -> UInt8[np.ndarray, "cells 4"]:
    """The mean value, or the most frequent category, of each cell's dots as a colour; grey where none has a value."""
    valued: Bool[np.ndarray, " n"] = ~colouring.missing
    cell = cell[valued]
    counts = np.bincount(cell, minlength=cells)
    if colouring.names:
        kinds = [
            np.bincount(cell[colouring.category_of[valued] == k], minlength=cells) for k in range(len(colouring.names))
        ]
        pixels = np.array([_rgba(colour) for colour in colouring.palette], np.uint8)[np.argmax(kinds, axis=0)]
    else:
        sums = np.bincount(cell, weights=colouring.fraction[valued], minlength=cells)
        pixels = dot_ramp(sums / np.maximum(counts, 1))
    pixels[counts == 0] = _rgba(MUTED)
    return pixels


def _rgba(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue, 255


def _draw_colours(figure: Figure, axes: Axes, colouring: Colouring) -> None:
    """What the colours mean, right of the marginal histogram: a list of categories, or a bar of values."""
    left = axes.left + axes.width + _GAP + _MARGINAL + 10
    if not colouring.names:
        ticks = Ticks.round(*colouring.limits, most=5)
        place = (left, axes.top + 0.1 * axes.height, 0.8 * axes.height)
        bar = dot_ramp(np.linspace(0, 1, 64))
        draw_colour_bar(figure, place, bar, limits=colouring.limits, ticks=ticks, label=colouring.label)
        return
    named = list(zip(colouring.names, colouring.palette, strict=True))
    named += [("no value", MUTED)] if colouring.missing.any() else []
    figure.marks.append(Label(left, axes.top + 2, _shortened(colouring.label, 18), anchor="start"))
    for row, (name, colour) in enumerate(named):
        middle = axes.top + 18 + 14.0 * row
        square = np.array([(left, middle - 4), (left + 8, middle - 4), (left + 8, middle + 4), (left, middle + 4)])
        figure.marks.append(Area(square, colour, label=name))
        figure.marks.append(
            Label(left + 12, middle + 3, _shortened(name.rpartition("/")[2] or name, 13), anchor="start")
        )


def _shortened(name: str, most: int) -> str:
    """The end of a name, which more often than its beginning tells it from others."""
    return name if len(name) <= most else f"…{name[1 - most :]}"
