"""One page that tells what a job found."""

import base64
import html
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous._core import atomic_path

from ._figure import Figure
from ._interactive import InteractiveFigure, interactive_scripts
from ._save import png_bytes, svg_of_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

_MOST_SVG = 2_000_000  # characters; beyond it a figure is inlined as pixels
_PAGE_WIDTH = 8.4 * 72  # points of a figure as wide as the page

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
{subtitle}{results}</header>
<main>
{body}
</main>
{scripts}</body>
</html>
"""


class Report:
    """A page of text, figures and tables that grows downwards and is written once.

    Everything is inlined, so the file can be mailed. Text is escaped; in it, a blank line starts a paragraph, lines
    that start with `- ` make a list, and `**bold**` and `` `code` `` are what they look like.

    Arguments:
        title: The page's title.
        subtitle: A line below it, such as what was run and when.

    Examples:
        >>> report = Report("Reconstruction", subtitle="1 000 particles")
        >>> report.key_result("Resolution", "3.1 Å", note="FSC 0.143, unmasked")
        >>> report.heading("Maps")
        >>> report.text("Half-maps agree to **3.1 Å**.")
        >>> report.table([("half 1", 500), ("half 2", 500)], columns=("set", "particles"))
        >>> report.html().count("<td")
        4
    """

    def __init__(self, title: str, *, subtitle: str = ""):
        self._title = title
        self._subtitle = subtitle
        self._results: list[str] = []
        self._body: list[str] = []
        self._is_interactive = False

    def key_result(self, label: str, value: str, *, note: str = "") -> None:
        """A number for the head of the page: what it is, the value with its unit, and what to know about it."""
        small = f"<small>{_inline(note)}</small>" if note else ""
        self._results.append(f"<div><dt>{_inline(label)}</dt><dd>{_inline(value)}{small}</dd></div>")

    def heading(self, text: str) -> None:
        """Start a section."""
        self._body.append(f"<h2>{_inline(text)}</h2>")

    def text(self, text: str) -> None:
        """Paragraphs and lists."""
        self._body.append(_paragraphs(text))

    def note(self, text: str) -> None:
        """A paragraph set apart: what the reader should beware of."""
        self._body.append(f"<aside>{_paragraphs(text)}</aside>")

    def figure(self, figure: "Figure | InteractiveFigure | MatplotlibFigure", caption: str) -> None:
        """A figure, one of Matplotlib's too, with its caption; it is drawn now, and may be changed afterwards.

        With the first `InteractiveFigure` the page takes in Plotly's program, some 5 MB.
        """
        if isinstance(figure, InteractiveFigure):
            self._is_interactive = True
            self._body.append(f"<figure>{figure.element()}<figcaption>{_inline(caption)}</figcaption></figure>")
            return
        if isinstance(figure, Figure):
            picture, width = figure.svg(), figure.width
        else:
            picture, width = svg_of_matplotlib(figure), 72 * figure.get_size_inches()[0]
        if len(picture) > _MOST_SVG:
            data = base64.b64encode(png_bytes(figure)).decode("ascii")
            picture = f'<img alt="" src="data:image/png;base64,{data}">'
        share = min(1.0, width / _PAGE_WIDTH)
        self._body.append(
            f'<figure><div class="picture" style="max-width: {100 * share:.0f}%">{picture}</div>'
            f"<figcaption>{_inline(caption)}</figcaption></figure>"
        )

    def table(self, rows: Sequence[Sequence[Any]], columns: Sequence[str], *, caption: str = "") -> None:
        """Rows of values under column names; numbers are set flush right."""
        head = "".join(f"<th>{_inline(name)}</th>" for name in columns)
        body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>\n" for row in rows)
        title = f"<caption>{_inline(caption)}</caption>" if caption else ""
        self._body.append(
            f'<div class="table"><table>{title}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'
        )

    def html(self) -> str:
        """The page so far."""
        results = f"<dl>{''.join(self._results)}</dl>\n" if self._results else ""
        return _PAGE.format(
            title=html.escape(self._title),
            subtitle=f"<p>{_inline(self._subtitle)}</p>\n" if self._subtitle else "",
            results=results,
            style=files("vitreous.report").joinpath("_page.css").read_text(encoding="utf-8").strip(),
            body="\n".join(self._body),
            scripts=interactive_scripts() if self._is_interactive else "",
        )

    def write(self, path: str | Path) -> Path:
        """Write the page, whole or not at all.

        Raises:
            InputError: The folder does not exist or cannot be written.
        """
        path = Path(path)
        with atomic_path(path) as temporary:
            temporary.write_text(self.html(), encoding="utf-8")
        return path


def _inline(text: str) -> str:
    escaped = html.escape(text)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped)


def _paragraphs(text: str) -> str:
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines()]
        if all(line.startswith("- ") for line in lines):
            blocks.append("<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>")
        else:
            blocks.append(f"<p>{_inline(' '.join(lines))}</p>")
    return "\n".join(blocks)


def _cell(value: Any) -> str:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return f"<td>{_inline('—' if value is None else str(value))}</td>"
    text = f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else f"{float(value):.4g}"
    return f'<td class="number">{text}</td>'
