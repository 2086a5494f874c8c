"""How often values and categories occur."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num

from ._figure import Axes, Figure
from ._frame import Ticks, draw_frame, new_axes
from ._marks import COLOURS, INK, MUTED, Area, Label, Line
from ._values import drawable, value_limits

_ROW = 17.0  # points from one category to the next
_LETTER = 5.2  # points, the usual width of one of size 9


def histogram(values: Num[Any, " n"], *, label: str, bins: int = 30, logarithmic: bool = False) -> Figure:
    """How often each value occurs.

    Arguments:
        values: The values; those that are not finite are left out.
        label: What they are, with their unit.
        bins: How many bars.
        logarithmic: Draw the counts on a logarithmic scale, on which a bar of one stands a little above the axis.

    Returns:
        The figure.

    Examples:
        >>> "defocus (Å)" in histogram(np.array([8000.0, 12000.0, 20000.0]), label="defocus (Å)").texts
        True
    """
    counts, edges = counted(values, bins=bins)
    limits = value_limits(edges, margin=0.03)
    if logarithmic:
        heights = np.log10(np.maximum(counts, 0.5))
        lowest, highest = float(np.log10(0.5)), max(1.0, 1.05 * float(heights.max()))
        ticks = Ticks.powers_of_ten(0, highest)
    else:
        heights, lowest, highest = counts.astype(float), 0.0, 1.05 * max(1, int(counts.max()))
        ticks = Ticks.round(0, max(1, int(counts.max())), most=min(5, max(1, int(counts.max()))))
    figure, axes = new_axes(7.2, 2.8, limits, (lowest, highest))
    draw_frame(figure, axes, x=Ticks.round(*limits, most=8), y=ticks, x_label=label, y_label="count")
    draw_bars(figure, axes, heights, edges, labels=[str(count) for count in counts.tolist()])
    return figure


def counted(values: Num[Any, " n"], *, bins: int) -> tuple[Int[np.ndarray, " bins"], Float[np.ndarray, " edges"]]:
    """The counts of NumPy's `histogram` between the smallest and the largest finite value, and the bins' edges."""
    numbers = np.asarray(values, float)
    finite = numbers[drawable(numbers)]
    return np.histogram(finite, bins=bins, range=value_limits(finite, margin=0.0))


def draw_bars(
    figure: Figure,
    axes: Axes,
    heights: Float[np.ndarray, " bins"],
    edges: Float[np.ndarray, " edges"],
    *,
    labels: list[str],
    upright: bool = True,
) -> None:
    """One bar for each bin, from the lower limit to its height: upwards, or to the right with bins upwards."""
    start = (axes.y_limits if upright else axes.x_limits)[0]
    for height, low, high, label in zip(heights.tolist(), edges[:-1], edges[1:], labels, strict=True):
        gap = 0.04 * (high - low)
        along, across = [low + gap, low + gap, high - gap, high - gap], [start, height, height, start]
        corners = axes.points(along, across) if upright else axes.points(across, along)
        figure.marks.append(Area(corners, COLOURS[0], opacity=0.85, label=label))


def category_bars(counts: Mapping[str, int], *, label: str, most: int = 20) -> Figure:
    """How often each category occurs, as bars to the right with their names before them.

    Arguments:
        counts: Category to count, in the order to show them.
        label: What is counted.
        most: How many bars at most; the rarest are shown together as others.

    Returns:
        The figure.

    Examples:
        >>> category_bars({"half 1": 30, "half 2": 28}, label="particles").texts[:2]
        ['half 1', '30 (51.7 %)']
    """
    rows = _with_others(counts, most)
    names = {name: name if len(name) <= 34 else f"{name[:16]}…{name[-16:]}" for name in rows}
    figure = Figure(7.2 * 72, 24 + _ROW * len(rows))
    left = 18 + _LETTER * max((len(name) for name in names.values()), default=0)
    axes = Axes(left, 4, figure.width - left - 90, _ROW * len(rows), (0, max([*rows.values(), 1])), (len(rows), 0))
    figure.axes.append(axes)
    total = max(1, sum(rows.values()))
    for row, (name, count) in enumerate(rows.items()):
        middle = axes.points(count, row + 0.5)
        corners = axes.points([0, count, count, 0], [row + 0.12, row + 0.12, row + 0.88, row + 0.88])
        figure.marks += [
            Label(left - 7, middle[1] + 3, names[name], anchor="end"),
            Label(middle[0] + 6, middle[1] + 3, f"{count} ({100 * count / total:.1f} %)", anchor="start", colour=INK),
            Area(corners, COLOURS[0], opacity=0.85, label=f"{name}: {count}"),
        ]
    base = axes.points([0, 0], [0, len(rows)])
    figure.marks += [Line(base, MUTED), Label(left, figure.height - 6, label, size=10, anchor="start")]
    return figure


def _with_others(counts: Mapping[str, int], most: int) -> dict[str, int]:
    if len(counts) <= most:
        return dict(counts)
    kept = set(sorted(counts, key=lambda name: counts[name], reverse=True)[: most - 1])
    others = {name: count for name, count in counts.items() if name not in kept}
    return {name: counts[name] for name in counts if name in kept} | {f"{len(others)} others": sum(others.values())}
