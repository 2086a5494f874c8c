"""Marks as a figure of Matplotlib: the way to pixels and PDF."""

from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from ._marks import Area, Dots, Label, Line, Mark, Raster

_ALIGNMENT = {"start": "left", "middle": "center", "end": "right"}


def as_matplotlib(marks: Sequence[Mark], *, width: float, height: float) -> MatplotlibFigure:
    """The marks as artists on one axes that fills the figure and measures points from its upper left corner."""
    # `add_artist`, unlike `plot` and `add_patch`, does not adapt limits that are given below: a third of the time.
    figure = MatplotlibFigure(figsize=(width / 72, height / 72), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for order, mark in enumerate(marks):
        match mark:
            case Line():
                style = (0, tuple(dash / mark.width for dash in mark.dashes)) if mark.dashes else "solid"
                line = Line2D(
                    *mark.points.T, color=mark.colour, linewidth=mark.width, linestyle=style, alpha=mark.opacity,
                    zorder=order, label=mark.label or None, solid_capstyle="round",
                )  # fmt: skip
                axes.add_artist(line)
            case Dots():
                dots = Line2D(
                    *mark.points.T, color=mark.colour, marker="o", markersize=mark.size, markeredgewidth=0,
                    linestyle="none", alpha=mark.opacity, zorder=order, label=mark.label or None,
                )  # fmt: skip
                axes.add_artist(dots)
            case Area():
                patch = Polygon(mark.points, facecolor=mark.colour, edgecolor=mark.edge, alpha=mark.opacity)
                patch.set(linewidth=0.6, zorder=order, label=mark.label)
                axes.add_artist(patch)
            case Label():
                outline = [withStroke(linewidth=1.8, foreground="black")] if mark.outlined else []
                axes.text(
                    mark.x, mark.y, mark.text, fontsize=mark.size, color=mark.colour, path_effects=outline,
                    horizontalalignment=_ALIGNMENT[mark.anchor], verticalalignment="baseline", zorder=order,
                    rotation=90 if mark.turned else 0, rotation_mode="anchor", parse_math=False,
                )  # fmt: skip
            case Raster():
                extent = (mark.x, mark.x + mark.width, mark.y + mark.height, mark.y)
                axes.imshow(
                    mark.pixels, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="none", aspect="auto",
                    zorder=order,
                )  # fmt: skip
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure
