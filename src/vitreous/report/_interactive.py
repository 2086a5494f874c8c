"""Figures that answer to the pointer, drawn by Plotly in the reader's browser."""

import base64
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Num

from ._histogram import counted
from ._marks import COLOURS

_GRID = "rgba(128,128,128,0.25)"


@dataclass(frozen=True, eq=False, kw_only=True)
class InteractiveFigure:
    """What Plotly draws on the page of a `Report`: it can be zoomed, and tells of what is pointed at.

    The page carries Plotly's program in itself and needs no network. Text takes the page's colour.

    Arguments:
        traces: Plotly's traces: plain values and arrays of NumPy. A trace's `vitreous_names`, if it has them, become
            its text: (names, and which of them each point has).
        layout: Plotly's layout.
        height: In pixels.
        note: What to know about the drawing.

    Examples:
        >>> figure = InteractiveFigure(traces=[{"type": "bar", "x": ["a", "b"], "y": np.array([1, 2])}], layout={})
        >>> figure.element()[:24]
        '<div class="interactive"'
    """

    traces: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    height: float = 400.0
    note: str = ""

    def element(self) -> str:
        """The figure as an element of a page, to be drawn by the script that the page ends with."""
        content = json.dumps({"data": self.traces, "layout": self.layout}, default=_plain, allow_nan=False)
        content = content.replace("<", "\\u003c")  # nothing in it can end the element
        data = f'<script type="application/json">{content}</script>'
        return f'<div class="interactive" style="height: {self.height:g}px">{data}</div>'


def _plain(value: Any) -> Any:
    """Arrays of numbers as Plotly's typed arrays (a type and its little-endian bytes in base 64), others as lists."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} has no place in a figure of Plotly")
    if value.dtype.kind not in "fiu" or value.ndim > 2:
        return value.tolist()
    if value.dtype.kind in "iu":
        array, kind = value.astype("<i4"), "i4"
    elif _fits_single_precision(value):
        array, kind = value.astype("<f4"), "f4"
    else:
        array, kind = value.astype("<f8"), "f8"
    typed: dict[str, Any] = {"dtype": kind, "bdata": base64.b64encode(array.tobytes()).decode("ascii")}
    if value.ndim == 2:
        typed["shape"] = f"{value.shape[0]}, {value.shape[1]}"
    return typed


def _fits_single_precision(values: np.ndarray) -> bool:
    """Whether rounding to it moves no point by more than a thousandth of their range, which nobody sees."""
    finite = values[np.isfinite(values)]
    if np.abs(finite).max(initial=0) > np.finfo(np.float32).max:
        return False
    return bool(
        np.abs(finite - finite.astype(np.float32)).max(initial=0) <= 1e-3 * (np.ptp(finite) if finite.size else 0)
    )


def interactive_scripts() -> str:
    """What draws the interactive figures of a page: Plotly's program, and ours that calls it."""
    from plotly.offline import get_plotlyjs  # here, since few pages have such figures

    ours = files("vitreous.report").joinpath("_interactive.js").read_text(encoding="utf-8")
    return f"<script>{get_plotlyjs()}</script>\n<script>\n{ours}</script>\n"


def plot_layout(*, x_label: str, y_label: str) -> dict[str, Any]:
    """A layout with one pair of axes, without background, so that it fits a light and a dark page."""

    def axis(label: str) -> dict[str, Any]:
        title = {"text": html.escape(label), "standoff": 8}
        return {
            "title": title,
            "gridcolor": _GRID,
            "linecolor": _GRID,
            "zeroline": False,
            "automargin": True,
            "tickformat": ".6~g",
        }

    return {
        "xaxis": axis(x_label),
        "yaxis": axis(y_label),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 60, "r": 20, "t": 36, "b": 50},
        "hovermode": "closest",
        "showlegend": False,
        "bargap": 0.04,
    }


def interactive_histogram(
    values: Num[Any, " n"], *, label: str, bins: int = 30, logarithmic: bool = False
) -> InteractiveFigure:
    """The figure of `histogram` for a page: each bar tells its limits and its count.

    Arguments:
        values: The values; those that are not finite are left out.
        label: What they are, with their unit.
        bins: How many bars.
        logarithmic: Draw the counts on a logarithmic scale.

    Returns:
        The figure.

    Examples:
        >>> figure = interactive_histogram(np.array([0.0, 0.5, 2.0]), label="defocus (Å)", bins=2)
        >>> figure.traces[0]["x"].tolist(), figure.traces[0]["y"].tolist()
        ([0.5, 1.5], [2, 1])
    """
    counts, edges = counted(values, bins=bins)
    layout = plot_layout(x_label=label, y_label="count")
    layout["yaxis"]["type"] = "log" if logarithmic else "linear"
    if counts.max() < 8 and not logarithmic:
        layout["yaxis"]["dtick"] = 1  # there is no count of a half
    bars = {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": counts,
        "width": np.diff(edges) * 0.94,
        "text": [f"{low:.6g} to {high:.6g}" for low, high in pairwise(edges.tolist())],
        "textposition": "none",
        "hovertemplate": "%{text}: %{y}<extra></extra>",
        "marker": {"color": COLOURS[0]},
    }
    return InteractiveFigure(traces=[bars], layout=layout, height=280)


def interactive_bars(counts: Mapping[str, int], *, label: str) -> InteractiveFigure:
    """How often each category occurs, as bars to the right.

    Arguments:
        counts: Category to count, the first one above.
        label: What is counted.

    Returns:
        The figure.

    Examples:
        >>> interactive_bars({"half 1": 30, "half 2": 28}, label="particles").traces[0]["x"].tolist()
        [30, 28]
    """
    layout = plot_layout(x_label=label, y_label="")
    layout["yaxis"] |= {"autorange": "reversed", "type": "category"}
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": np.array(list(counts.values()), np.int64),
        "y": [html.escape(name) for name in counts],
        "hovertemplate": "%{y}: %{x}<extra></extra>",
        "marker": {"color": COLOURS[0]},
    }
    return InteractiveFigure(traces=[bars], layout=layout, height=80 + 24 * len(counts))


def interactive_lines(
    curves: Sequence[tuple[str, Num[Any, " _"], Num[Any, " _"]]],
    *,
    x_label: str,
    y_label: str,
    logarithmic: bool = False,
) -> InteractiveFigure:
    """Curves that tell their values.

    Arguments:
        curves: A label, and x and y of each.
        x_label: What x is; at frequencies, ending in `(Å⁻¹)`, the resolution in Å is told too.
        y_label: What y is, with its unit.
        logarithmic: Draw y on a logarithmic scale.

    Returns:
        The figure.

    Examples:
        >>> x = np.array([0.1, 0.2])
        >>> figure = interactive_lines([("FSC", x, 1 - x)], x_label="spatial frequency (Å⁻¹)", y_label="correlation")
        >>> figure.traces[0]["text"]
        ['10 Å', '5 Å']
    """
    layout = plot_layout(x_label=x_label, y_label=y_label)
    layout["showlegend"] = len(curves) > 1
    layout["yaxis"]["type"] = "log" if logarithmic else "linear"
    layout["legend"] = {"x": 1, "y": 1, "xanchor": "right"}
    is_frequency = x_label.endswith("(Å⁻¹)")
    traces = []
    for index, (name, x, y) in enumerate(curves):
        x, y = np.asarray(x, float), np.asarray(y, float)
        shown = np.isfinite(x) & np.isfinite(y) & (y > 0 if logarithmic else True) & (x > 0 if is_frequency else True)
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "lines",
            "name": html.escape(name),
            "x": x[shown],
            "y": y[shown],
            "line": {"color": COLOURS[index % len(COLOURS)], "width": 2},
            "hovertemplate": "%{x:.5~g}: %{y:.5~g}<extra></extra>",
        }
        if is_frequency:
            trace["text"] = [f"{1 / value:.3g} Å" for value in x[shown].tolist()]
            trace["hovertemplate"] = "%{text}: %{y:.5~g}<extra></extra>"
        traces.append(trace)
    return InteractiveFigure(traces=traces, layout=layout, height=340)
