"""The look of every figure, in one place."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vitreous._core import atomic_path

INK = "#1f2630"
"""Text and axes; an SVG inside a page takes the page's text colour instead."""

MUTED = "#78818c"
"""Ticks, thresholds, grid: equally legible on white and on near-black."""

COLOURS = ("#2f7fd1", "#e07b28", "#2c9c74", "#b0579c", "#c7493d", "#8a8f2a")
"""Curves, in this order: told apart in every common kind of colour vision, and on light and dark."""

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "grid.color": MUTED,
    "grid.alpha": 0.22,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "lines.linewidth": 1.9,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "vitreous",  # the same figure is the same file
    "figure.facecolor": "white",
}

_ROUND_RESOLUTIONS = (20, 10, 5, 4, 3, 2, 1, 50, 2.5, 1.5, 8, 6, 3.5, 7, 12, 30, 15, 100, 40, 200, 4.5, 60)
_ROUND_RESOLUTIONS += (2.2, 1.8, 1.2, 1.6, 1.4, 1.3, 1.1, 0.9, 0.8, 0.7, 0.6, 0.5)
_LABEL_WIDTH = 0.075  # of the axis


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of `width` × `height` inches, drawn on in the house style while the block runs."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def add_resolution_axis(axes: Axes, f_max: float) -> None:
    """Label the top of a frequency axis (Å⁻¹, from zero to `f_max`) with resolutions in Å."""
    chosen: list[float] = []
    for resolution in _ROUND_RESOLUTIONS:  # the roundest first, the others where there is room for their labels
        at = 1 / resolution / f_max
        if at <= 1.0001 and all(abs(at - 1 / other / f_max) > _LABEL_WIDTH for other in chosen):
            chosen.append(resolution)
    top = axes.twiny()
    top.set_xlim(axes.get_xlim())
    top.set_xticks([1 / resolution for resolution in chosen], [f"{resolution:g}" for resolution in chosen])
    top.set_xlabel("resolution (Å)")
    top.grid(False)
    top.tick_params(length=3)
    top.spines["top"].set_visible(True)


def curve_legend(axes: Axes, labels: Sequence[str], *, place: Mapping[str, Any] | None = None) -> None:
    """A legend above nothing important: beside the curves where there are several, none for a single empty label."""
    if any(labels):
        axes.legend(handlelength=1.8, **(place or {"loc": "best"}))


def grey_limits(image: np.ndarray) -> tuple[float, float]:
    """Grey levels that show an image: from the 0.5th to the 99.5th percentile of its finite values."""
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, (0.5, 99.5)))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a file, whole or not at all; the suffix (`.png`, `.svg`, `.pdf`) says the format.

    Arguments:
        figure: Any matplotlib figure.
        path: The file to make.

    Returns:
        The path.

    Raises:
        InputError: The folder does not exist or cannot be written.

    Examples:
        >>> import tempfile
        >>> path = save_figure(Figure(figsize=(1, 1)), Path(tempfile.mkdtemp()) / "empty.png")
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    path = Path(path)
    with atomic_path(path) as temporary, matplotlib.rc_context(_STYLE):
        figure.savefig(temporary, dpi=180)
    return path


def svg_text(figure: Figure) -> str:
    """A figure as an `<svg>` element that takes its ink from the page and has no background."""
    buffer = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1))


def png_bytes(figure: Figure) -> bytes:
    """A figure as a PNG file on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160, facecolor="white")
    return buffer.getvalue()
