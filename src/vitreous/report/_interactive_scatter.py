"""Pairs of values as dots that answer to the pointer."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num, Shaped

from ._colouring import Colouring, colouring_of
from ._histogram import counted
from ._interactive import InteractiveFigure, plot_layout
from ._marks import COLOURS, MUTED
from ._ramp import css, dot_ramp
from ._values import drawable

_CELLS = 200  # along each side, where dots are too many
_SCALE = [
    [place, css(colour)]
    for place, colour in zip((0.0, 0.25, 0.5, 0.75, 1.0), dot_ramp(np.linspace(0, 1, 5)), strict=True)
]


def interactive_scatter(
    x: Num[Any, " n"],
    y: Num[Any, " n"],
    *,
    x_label: str,
    y_label: str,
    colours: Shaped[Any, " n"] | None = None,
    colour_label: str = "",
    names: Sequence[str] = (),
    name_of: Int[Any, " n"] | None = None,
    thing: str = "particle",
    bins: int = 40,
    most_dots: int = 200_000,
) -> InteractiveFigure:
    """The figure of `scatter_plot` for a page: each dot tells its number, its name and its values.

    Dots are drawn by WebGL. Beyond `most_dots`, cells tell how many there are, and the figure's `note` says so.

    Arguments:
        x: Values to the right. Pairs with a value that is not finite are left out.
        y: Values upwards.
        x_label: What x is, with its unit.
        y_label: What y is, with its unit.
        colours: What colours the dots, as in `scatter_plot`.
        colour_label: What they are, with their unit.
        names: Names that dots have, such as those of micrographs.
        name_of: Which of the names each dot has, −1 for none.
        thing: What a dot is; it is told with its number, counted from 1.
        bins: How many bars each histogram has.
        most_dots: How many dots are drawn one by one.

    Returns:
        The figure.

    Examples:
        >>> x = np.array([1.0, np.nan, 3.0])
        >>> figure = interactive_scatter(x, x**2, x_label="defocus (Å)", y_label="fit (Å)")
        >>> figure.traces[0]["customdata"].tolist()
        [1, 3]
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    rows = np.flatnonzero(drawable(x) & drawable(y))
    x, y = x[rows], y[rows]
    layout = plot_layout(x_label=x_label, y_label=y_label)
    layout["xaxis"]["domain"], layout["yaxis"]["domain"] = [0, 0.86], [0, 0.82]
    layout["legend"] = {"title": {"text": html.escape(colour_label)}, "itemsizing": "constant"}
    note = ""
    if len(x) > most_dots:
        note = f"{len(x)} {thing}s are too many for a browser: cells show how many there are in each"
        dots = [_cells(x, y, x_label, y_label)]
    else:
        colouring = None if colours is None else colouring_of(np.asarray(colours)[rows], label=colour_label)
        layout["showlegend"] = colouring is not None and bool(colouring.names)
        dots = [
            _dots(x[mine], y[mine], style, (rows + 1)[mine], hover=(thing, x_label, y_label, colour_label))
            | ({} if name_of is None else {"vitreous_names": _names(names, np.asarray(name_of)[rows][mine])})
            for mine, style in _groups(len(x), colouring, None if colours is None else np.asarray(colours)[rows])
        ]
    return InteractiveFigure(traces=[*dots, *_marginals(x, y, bins, layout)], layout=layout, height=480, note=note)


def _groups(
    n: int, colouring: Colouring | None, values: Shaped[np.ndarray, " n"] | None
) -> list[tuple[Any, dict[str, Any]]]:
    """Which dots are drawn alike, and how: those of one category, or all."""
    size = float(np.clip(180 / np.sqrt(max(1, n)), 3, 8))
    opacity = float(np.clip(60 / np.sqrt(max(1, n)), 0.2, 0.8))  # many let each other through
    if colouring is None or values is None:
        return [(slice(None), {"marker": {"color": COLOURS[0], "size": size, "opacity": opacity}})]
    groups = []
    if colouring.missing.any():
        groups.append((colouring.missing, {"name": "no value", "marker": {"color": MUTED, "size": size}}))
    if colouring.names:
        for number, name in enumerate(colouring.names):
            marker = {"color": colouring.palette[number], "size": size, "opacity": opacity}
            mine = ~colouring.missing & (colouring.category_of == number)
            groups.append((mine, {"name": html.escape(name), "marker": marker}))
        return groups
    marker = {
        "color": values[~colouring.missing].astype(float),
        "size": size,
        "colorscale": _SCALE,
        "cmin": colouring.limits[0],
        "cmax": colouring.limits[1],
        "colorbar": {
            "title": {"text": html.escape(colouring.label), "side": "right"},
            "thickness": 10,
            "outlinewidth": 0,
        },
    }
    return [*groups, (~colouring.missing, {"marker": marker})]


def _dots(
    x: Float[np.ndarray, " m"],
    y: Float[np.ndarray, " m"],
    style: dict[str, Any],
    numbers: Int[np.ndarray, " m"],
    *,
    hover: tuple[str, str, str, str],
) -> dict[str, Any]:
    thing, x_label, y_label, colour_label = map(html.escape, hover)
    lines = [f"{thing} %{{customdata}}%{{text}}", f"{x_label}: %{{x:.6~g}}", f"{y_label}: %{{y:.6~g}}"]
    if "colorscale" in style["marker"]:
        lines.append(f"{colour_label}: %{{marker.color:.6~g}}")
    elif "name" in style:
        lines.append(f"{colour_label}: {style['name']}")
    template = "<br>".join(lines) + "<extra></extra>"
    trace = {"type": "scattergl", "mode": "markers", "x": x, "y": y, "customdata": numbers, "text": ""}
    return trace | {"hovertemplate": template} | style


def _names(names: Sequence[str], name_of: Int[np.ndarray, " m"]) -> dict[str, Any]:
    return {"names": [html.escape(name) for name in names], "of": name_of}


def _cells(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], x_label: str, y_label: str) -> dict[str, Any]:
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_CELLS)
    shown = np.where(counts > 0, np.log10(np.maximum(counts, 1)), np.nan).T
    highest = int(np.ceil(np.nanmax(shown, initial=1)))
    ticks = list(range(highest + 1))
    lines = ["%{customdata} dots", f"{html.escape(x_label)}: %{{x:.6~g}}", f"{html.escape(y_label)}: %{{y:.6~g}}"]
    bar = {
        "title": {"text": "dots per cell", "side": "right"},
        "tickvals": ticks,
        "ticktext": [f"{10**k}" for k in ticks],
    }
    return {
        "type": "heatmap",
        "x": (x_edges[:-1] + x_edges[1:]) / 2,
        "y": (y_edges[:-1] + y_edges[1:]) / 2,
        "z": [[None if np.isnan(value) else round(value, 3) for value in row] for row in shown.tolist()],
        "customdata": counts.T.astype(np.int64).tolist(),
        "colorscale": _SCALE,
        "hovertemplate": "<br>".join(lines) + "<extra></extra>",
        "colorbar": bar | {"thickness": 10, "outlinewidth": 0},
    }


def _marginals(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], bins: int, layout: dict[str, Any]
) -> list[dict[str, Any]]:
    """Histograms above and at the right, on axes of their own that follow those of the dots."""
    hidden = {"showgrid": False, "showticklabels": False, "zeroline": False}
    layout["xaxis2"] = hidden | {"domain": [0.88, 1.0], "anchor": "y"}
    layout["yaxis2"] = hidden | {"domain": [0.84, 1.0], "anchor": "x"}
    traces = []
    for values, upright in ((x, True), (y, False)):
        counts, edges = counted(values, bins=bins)
        along = {"x": (edges[:-1] + edges[1:]) / 2, "y": counts, "yaxis": "y2"}
        if not upright:
            along = {"y": along["x"], "x": counts, "xaxis": "x2", "orientation": "h"}
        text = [f"{low:.6g} to {high:.6g}: {n}" for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)]
        bars = {"type": "bar", "width": np.diff(edges) * 0.94, "text": text, "textposition": "none"}
        style = {"hovertemplate": "%{text}<extra></extra>", "showlegend": False, "marker": {"color": COLOURS[0]}}
        traces.append(bars | style | along)
    return traces
