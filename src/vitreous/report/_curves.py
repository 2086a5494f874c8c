"""Figures of functions of one variable."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Num
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ._style import COLOURS, MUTED, add_resolution_axis, curve_legend, new_figure

Curve = tuple[str, Num[Any, " _"], Num[Any, " _"]]
"""A label, frequencies in Å⁻¹ from zero up, and a value for each."""


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
        >>> figure.axes[0].get_xlabel()
        'spatial frequency (Å$^{-1}$)'
    """
    with new_figure(7.2, 4.1) as figure:
        axes = figure.add_subplot()
        f_max = _frequency_axis(axes, [*curves, *expected])
        for threshold in thresholds:
            axes.axhline(threshold, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1.5)
            axes.annotate(
                f"{threshold:g}", (0, threshold), (4, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", color=MUTED, fontsize=8.5,
            )  # fmt: skip
        axes.axhline(0, color=MUTED, linewidth=0.8)
        _draw(axes, curves, first=1)
        _draw(axes, expected, first=1, linestyle=(0, (1.2, 1.6)), linewidth=2.2)
        lowest = min((float(np.nanmin(values[1:])) for _, _, values in curves if len(values) > 1), default=0.0)
        axes.set_ylim(min(-0.06, 1.1 * lowest), 1.04)
        axes.set_ylabel("correlation")
        add_resolution_axis(axes, f_max)
        curve_legend(axes, [label for label, _, _ in curves], place=_free_place([*curves, *expected], f_max))
    return figure


def power_spectrum_plot(curves: Sequence[Curve], *, unit: str = "") -> Figure:
    """Radially averaged power against frequency, on a logarithmic scale.

    Arguments:
        curves: Powers, of which those that are not positive are left out.
        unit: Unit of the power.

    Returns:
        The figure.

    Examples:
        >>> frequency = np.linspace(0, 0.25, 33)
        >>> power_spectrum_plot([("signal", frequency, np.exp(-40 * frequency))]).axes[0].get_yscale()
        'log'
    """
    with new_figure(7.2, 3.8) as figure:
        axes = figure.add_subplot()
        f_max = _frequency_axis(axes, curves)
        axes.set_yscale("log")
        positive = [(label, f, np.where(np.asarray(values) > 0, values, np.nan)) for label, f, values in curves]
        _draw(axes, positive, first=1)
        axes.set_ylabel(f"power ({unit})" if unit else "power")
        axes.minorticks_off()
        add_resolution_axis(axes, f_max)
        curve_legend(axes, [label for label, _, _ in curves])
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
        >>> ctf_curve(frequency, -np.sin(600 * frequency**2)).axes[0].get_ylabel()
        'contrast transfer'
    """
    with new_figure(7.2, 3.4) as figure:
        axes = figure.add_subplot()
        f_max = _frequency_axis(axes, [(label, frequency, ctf)])
        axes.axhline(0, color=MUTED, linewidth=0.8)
        if envelope is not None:
            axes.fill_between(frequency, -envelope, envelope, color=MUTED, alpha=0.16, linewidth=0, label="envelope")
        axes.plot(frequency, ctf, color=COLOURS[0], linewidth=1.4, label=label)
        axes.set_ylim(-1.08, 1.34)  # with room for the legend above the curve
        axes.set_yticks([-1, -0.5, 0, 0.5, 1])
        axes.set_ylabel("contrast transfer")
        add_resolution_axis(axes, f_max)
        axes.legend(loc="upper right", ncols=2, handlelength=1.5, borderaxespad=0.2)
    return figure


def histogram(values: Num[Any, " n"], *, label: str, bins: int = 30) -> Figure:
    """How often each value occurs.

    Arguments:
        values: The values; those that are not finite are left out.
        label: What they are, with their unit.
        bins: How many bars.

    Returns:
        The figure.

    Examples:
        >>> histogram(np.array([8000.0, 12000.0, 20000.0]), label="defocus (Å)").axes[0].get_xlabel()
        'defocus (Å)'
    """
    with new_figure(7.2, 2.8) as figure:
        axes = figure.add_subplot()
        finite = np.asarray(values, dtype=float)
        axes.hist(finite[np.isfinite(finite)], bins=bins, color=COLOURS[0], alpha=0.85, rwidth=0.92)
        axes.set_xlabel(label)
        axes.set_ylabel("count")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.grid(axis="x", visible=False)
    return figure


def _frequency_axis(axes: Axes, curves: Sequence[Curve]) -> float:
    f_max = max((float(np.max(frequency)) for _, frequency, _ in curves if len(frequency)), default=1.0)
    axes.set_xlim(0, f_max)
    axes.set_xlabel("spatial frequency (Å$^{-1}$)")
    axes.grid(axis="x", visible=False)
    return f_max


def _free_place(curves: Sequence[Curve], f_max: float) -> dict[str, Any]:
    """Where a legend covers neither a correlation nor a threshold: in a corner, or between 0.143 and 0.5."""
    places = (  # left, right (fractions of the axis), lowest and highest correlation
        (0.68, 1.0, 0.78, 1.04, {"loc": "upper right"}),
        (0.06, 0.4, 0.16, 0.48, {"loc": "center left", "bbox_to_anchor": (0.06, 0.35)}),
        (0.66, 1.0, 0.16, 0.48, {"loc": "center right", "bbox_to_anchor": (0.99, 0.35)}),
    )
    for left, right, low, high, place in places:
        x = np.linspace(left, right, 50) * f_max
        values = [np.interp(x, frequency[1:], correlation[1:]) for _, frequency, correlation in curves]
        if not any(((value > low) & (value < high)).any() for value in values):
            return place
    return {"loc": "best"}


def _draw(axes: Axes, curves: Sequence[Curve], *, first: int, **style: Any) -> None:
    for index, (label, frequency, values) in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        axes.plot(frequency[first:], values[first:], color=colour, label=label, clip_on=True, **style)
