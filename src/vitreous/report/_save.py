"""Figures as files, and what only Matplotlib can make of them."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous._core import atomic_path

from ._figure import Figure
from ._marks import INK
from ._svg import svg_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

_STYLE: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "vitreous"}  # the same figure is the same file


def save_figure(figure: "Figure | MatplotlibFigure", path: str | Path) -> Path:
    """Write a figure to a file, whole or not at all; the suffix (`.png`, `.svg`, `.pdf`) says the format.

    Arguments:
        figure: A figure of this package or of Matplotlib, which draws all but our SVG.
        path: The file to make.

    Returns:
        The path.

    Raises:
        InputError: The folder does not exist or cannot be written.

    Examples:
        >>> import tempfile
        >>> path = save_figure(Figure(72, 72), Path(tempfile.mkdtemp()) / "empty.png")
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    path = Path(path)
    with atomic_path(path) as temporary:
        if isinstance(figure, Figure) and path.suffix == ".svg":
            temporary.write_text(svg_file(figure.marks, width=figure.width, height=figure.height), encoding="utf-8")
        else:
            _save(figure, temporary, dpi=180)
    return path


def svg_of_matplotlib(figure: "MatplotlibFigure") -> str:
    """A figure of Matplotlib as an `<svg>` element that takes its ink from the page and has no background."""
    buffer = io.StringIO()
    _save(figure, buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1))


def png_bytes(figure: "Figure | MatplotlibFigure") -> bytes:
    """A figure as a PNG file on white."""
    buffer = io.BytesIO()
    _save(figure, buffer, format="png", dpi=160, facecolor="white")
    return buffer.getvalue()


def _save(figure: "Figure | MatplotlibFigure", target: Any, **options: Any) -> None:
    import matplotlib  # here, since it takes longer to load than most jobs take to report

    with matplotlib.rc_context(_STYLE):
        (figure.matplotlib() if isinstance(figure, Figure) else figure).savefig(target, **options)
