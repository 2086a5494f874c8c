"""Figures beside and below each other, as one."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import wrap

import numpy as np

from ._figure import Figure
from ._marks import MUTED, Area, Dots, Label, Line, Mark, Raster

_TITLE, _GAP, _MARGIN = 22.0, 30.0, 18.0  # points
_LETTER = 0.56  # the usual width of one, in sizes of the font


def figure_sheet(
    figures: Sequence[tuple[str, Figure]], *, title: str = "", notes: Sequence[str] = (), columns: int = 2
) -> Figure:
    """One figure of many, each under its title.

    Arguments:
        figures: Title and figure, in the order to read them; each goes below the shortest column so far.
        title: A line above all.
        notes: What is below all, each broken into lines.
        columns: How many beside each other.

    Returns:
        The figure, whose axes are those of its parts.

    Examples:
        >>> parts = [(name, Figure(100, 50, [Label(50, 25, name)])) for name in ("a", "b", "c")]
        >>> figure_sheet(parts, title="letters").texts
        ['letters', 'a', 'a', 'b', 'b', 'c', 'c']
    """
    columns = max(1, min(columns, len(figures)))
    width = max((figure.width for _, figure in figures), default=400.0)
    top = _MARGIN + (30.0 if title else 0.0)
    sheet = Figure(2 * _MARGIN + columns * width + (columns - 1) * _GAP, top)
    if title:
        size = min(14.0, (sheet.width - 2 * _MARGIN) / (_LETTER * len(title)))
        sheet.marks.append(Label(_MARGIN, _MARGIN + 14, title, size=size, anchor="start"))
    bottoms = [top] * columns
    for name, figure in figures:
        column = int(np.argmin(bottoms))
        left = _MARGIN + column * (width + _GAP)
        sheet.marks.append(Label(left, bottoms[column] + 12, name, size=11, anchor="start"))
        across, down = left, bottoms[column] + _TITLE
        sheet.marks += [_moved(mark, across, down) for mark in figure.marks]
        sheet.axes += [replace(axes, left=axes.left + across, top=axes.top + down) for axes in figure.axes]
        bottoms[column] = down + figure.height + _GAP
    bottom = max(bottoms) - (_GAP if figures else 0)
    lines = [line for note in notes for line in wrap(note, int((sheet.width - 2 * _MARGIN) / (9 * _LETTER)))]
    for row, note in enumerate(lines):
        sheet.marks.append(Label(_MARGIN, bottom + 22 + 14 * row, note, size=9, anchor="start", colour=MUTED))
    sheet.height = bottom + _MARGIN + (14 * len(lines) + 8 if lines else 0)
    return sheet


def _moved(mark: Mark, across: float, down: float) -> Mark:
    match mark:
        case Label() | Raster():
            return replace(mark, x=mark.x + across, y=mark.y + down)
        case Line() | Area() | Dots():
            return replace(mark, points=mark.points + np.array([across, down]))
