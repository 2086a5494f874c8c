"""Figures of functions of one variable."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Num

from ._figure import Axes, Figure
from ._frame import Ticks, draw_frame, draw_legend, draw_level, draw_resolution_axis, new_axes
from ._marks import COLOURS, MUTED, Area, Line
from ._values import drawable, value_limits

Curve = tuple[str, Num[Any, " _"], Num[Any, " _"]]
"""A label, frequencies in Å⁻¹ from zero up, and a value for each."""

_FREQUENCY = "spatial frequency (Å⁻¹)"
_BELOW_RESOLUTIONS = 40.0  # points above the axes


def fsc_curves(
    curves: Sequence[Curve], *, thresholds: Sequence[float] = (0.143, 0.5), expected: Sequence[Curve] = ()
) -> Figure:
    """Fourier shell or ring correlations against frequency, with resolutions in Å on top.

    Arguments:
        curves: Measured correlations; the zero shell is left out of the drawing.
        thresholds: Correlations marked by a dashed line.
        expected: Predicted correlations, drawn dashed; the i-th has the colour of the i-th measured one.

    Returns:
        The figure.

    Examples:
        >>> frequency = np.linspace(0, 0.25, 33)
        >>> figure = fsc_curves([("half-maps", frequency, np.exp(-20 * frequency**2))])
        >>> "spatial frequency (Å⁻¹)" in figure.texts, "half-maps" in figure.texts
        (True, True)
    """
    lowest = min((float(np.nanmin(values[1:])) for _, _, values in curves if len(values) > 1), default=0.0)
    limits = (min(-0.06, 1.1 * lowest), 1.04)
    figure, axes = new_axes(7.2, 4.1, (0, _f_max([*curves, *expected])), limits, top=_BELOW_RESOLUTIONS)
    _frame_of_frequencies(figure, axes, Ticks.round(*limits), "correlation")
    levels = [draw_level(figure, axes, threshold, text=f"{threshold:g}") for threshold in thresholds]
    draw_level(figure, axes, 0)
    measured = _draw(figure, axes, curves)
    predicted = _draw(figure, axes, expected, width=2.2, dashes=(2.6, 3.5))
    # In a corner, or between the usual thresholds.
    places, avoid = [(1, 0), (0.1, 0.67), (1, 0.67)], [*measured, *predicted, *levels]
    draw_legend(figure, axes, [*measured, *predicted], places=places, avoid=avoid)
    return figure


def power_spectrum_plot(curves: Sequence[Curve], *, unit: str = "") -> Figure:
    """Radially averaged power against frequency, on a logarithmic scale.

    Arguments:
        curves: Powers, of which those that are not positive, and that at frequency zero, are left out.
        unit: Unit of the power.

    Returns:
        The figure.

    Examples:
        >>> frequency = np.linspace(0, 0.25, 33)
        >>> "10⁻⁴" in power_spectrum_plot([("signal", frequency, np.exp(-40 * frequency))]).texts
        True
    """
    logarithms = [(label, f, _log10_of_positive(values)) for label, f, values in curves]
    shown = np.concatenate([values[1:] for _, _, values in logarithms] or [np.zeros(0)])
    shown = shown[np.isfinite(shown)]
    low, high = (shown.min(), shown.max()) if len(shown) else (-1.0, 0.0)
    room = max(0.05 * (high - low), 0.5 * (1 - (high - low)), 0.0)  # a decade at least
    limits = (float(low - room), float(high + room))
    figure, axes = new_axes(7.2, 3.8, (0, _f_max(curves)), limits, top=_BELOW_RESOLUTIONS)
    name = f"power ({unit})" if unit else "power"
    _frame_of_frequencies(figure, axes, Ticks.powers_of_ten(*limits), name)
    lines = _draw(figure, axes, logarithms)
    draw_legend(figure, axes, lines, places=[(1, 0), (0, 1), (1, 1), (0, 0), (1, 0.5), (0, 0.5)], avoid=lines)
    return figure


def ctf_curve(
    frequency: Num[Any, " q"], ctf: Num[Any, " q"], *, envelope: Num[Any, " q"] | None = None, label: str = "CTF"
) -> Figure:
    """A contrast transfer function along one direction.

    Arguments:
        frequency: Frequencies in Å⁻¹, from zero up.
        ctf: The function's values.
        envelope: Its envelope, drawn with both signs.
        label: What the curve is, such as its defocus.

    Returns:
        The figure.

    Examples:
        >>> frequency = np.linspace(0, 0.25, 200)
        >>> "contrast transfer" in ctf_curve(frequency, -np.sin(600 * frequency**2)).texts
        True
    """
    f_max = _f_max([(label, frequency, ctf)])
    highest = 1.34 if envelope is None else 1.5  # the legend is above 1
    figure, axes = new_axes(7.2, 3.4, (0, f_max), (-1.08, highest), top=_BELOW_RESOLUTIONS)
    _frame_of_frequencies(figure, axes, Ticks.round(-1, 1, most=4), "contrast transfer")
    draw_level(figure, axes, 0)
    lines = []
    if envelope is not None:
        both = np.concatenate([axes.points(frequency, envelope), axes.points(frequency, -np.asarray(envelope))[::-1]])
        figure.marks.append(Area(both, MUTED, opacity=0.16, label="envelope"))
        lines.append(Line(both, MUTED, 6.0, opacity=0.3, label="envelope"))
    lines += _draw(figure, axes, [(label, frequency, ctf)], first=0, width=1.4)
    draw_legend(figure, axes, lines, places=[(1, 0)], avoid=())
    return figure


def line_plot(curves: Sequence[tuple[str, Num[Any, " _"], Num[Any, " _"]]], *, x_label: str, y_label: str) -> Figure:
    """Curves of any two quantities.

    Arguments:
        curves: A label, and x and y of each; a curve has a gap where they are not finite.
        x_label: What x is, with its unit.
        y_label: What y is, with its unit.

    Returns:
        The figure.

    Examples:
        >>> x = np.linspace(0, 0.5, 20)
        >>> figure = line_plot([("K3", x, 1 - x)], x_label="cycles per pixel", y_label="MTF")
        >>> figure.line("K3").points.shape
        (20, 2)
    """
    shown = [
        (label, np.where(drawable(x), x, np.nan).astype(float), np.where(drawable(y), y, np.nan).astype(float))
        for label, x, y in curves
    ]
    x_limits = value_limits(np.concatenate([x for _, x, _ in shown] or [np.zeros(0)]), margin=0.0)
    y_limits = value_limits(np.concatenate([y for _, _, y in shown] or [np.zeros(0)]), margin=0.06)
    figure, axes = new_axes(7.2, 3.6, x_limits, y_limits)
    draw_frame(figure, axes, x=Ticks.round(*x_limits), y=Ticks.round(*y_limits), x_label=x_label, y_label=y_label)
    if y_limits[0] < 0 < y_limits[1]:
        draw_level(figure, axes, 0)
    lines = _draw(figure, axes, shown, first=0)
    draw_legend(figure, axes, lines, places=[(1, 0), (0, 1), (1, 1), (0, 0), (1, 0.5), (0, 0.5)], avoid=lines)
    return figure


def _f_max(curves: Sequence[Curve]) -> float:
    return max((float(np.max(frequency)) for _, frequency, _ in curves if len(frequency)), default=1.0)


def _frame_of_frequencies(figure: Figure, axes: Axes, y: Ticks, y_label: str) -> None:
    draw_frame(figure, axes, x=Ticks.round(*axes.x_limits), y=y, x_label=_FREQUENCY, y_label=y_label)
    draw_resolution_axis(figure, axes)


def _draw(figure: Figure, axes: Axes, curves: Sequence[Curve], *, first: int = 1, **style: Any) -> list[Line]:
    """Lines in the colours of their order, without the first values."""
    style = {"width": 1.9, **style}
    lines = [
        Line(axes.points(frequency[first:], values[first:]), COLOURS[index % len(COLOURS)], label=label, **style)
        for index, (label, frequency, values) in enumerate(curves)
    ]
    figure.marks.extend(lines)
    return lines


def _log10_of_positive(values: Num[Any, " q"]) -> np.ndarray:
    power = np.asarray(values, float)
    return np.log10(power, out=np.full(power.shape, np.nan), where=power > 0)
