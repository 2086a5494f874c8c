"""The page is one file, whole, escaped, and needs no network."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from vitreous._core import InputError
from vitreous.report import Report, image_grid, orthogonal_slices

VOID = {"meta", "br", "img", "hr", "link"}


class Nesting(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def full_report() -> Report:
    report = Report("Maps <&> more", subtitle="seed `0`")
    report.key_result("Resolution", "3.1 Å", note="FSC **0.143**")
    report.heading("A & B")
    report.text("One\nparagraph.\n\n- first\n- `second <i>`\n\nLast **bold**.")
    report.note("Beware of <script>alert(1)</script>")
    report.figure(orthogonal_slices(np.random.default_rng(0).normal(size=(8, 8, 8))), "Slices <of> noise")
    report.table([("half 1", 1234, 0.5, None), ("half 2", np.int64(7), np.float32(1e-5), True)], list("abcd"))
    return report


def test_page_is_well_formed_and_escaped():
    page = full_report().html()
    parser = Nesting()
    parser.feed(page)
    assert parser.open == []
    tags = [tag for tag, _ in parser.seen]
    assert "script" not in tags and "i" not in tags
    assert tags.count("svg") == 1 and tags.count("td") == 8 and tags.count("li") == 2
    assert "<title>Maps &lt;&amp;&gt; more</title>" in page
    assert "<strong>bold</strong>" in page and "<code>second &lt;i&gt;</code>" in page
    assert "1\u202f234" in page and "1e-05" in page and "—" in page


def test_page_needs_nothing_else():
    page = full_report().html()
    links = re.findall(r'(?:src|href)\s*=\s*"([^"]*)"', page)
    assert links and all(link.startswith(("data:", "#")) for link in links)
    assert "url(http" not in page and "@import" not in page


def test_page_follows_the_theme():
    page = full_report().html()
    assert "prefers-color-scheme: dark" in page
    svg = page[page.index("<svg") : page.index("</svg>")]
    assert "currentColor" in svg and "#1f2630" not in svg
    assert 'height="' not in svg[: svg.index(">")]


def test_large_figures_become_pixels(monkeypatch):
    monkeypatch.setattr("vitreous.report._report._MOST_SVG", 10)
    report = Report("x")
    report.figure(image_grid(np.zeros((1, 4, 4))), "caption")
    assert 'src="data:image/png;base64,' in report.html() and "<svg" not in report.html()


def test_figures_of_matplotlib_are_taken_too():
    """In the page's ink, without a background, at the share of the page that their inches ask for."""
    figure = MatplotlibFigure(figsize=(4.2, 2))
    figure.add_subplot().text(0.5, 0.5, "x", color="#1f2630")
    report = Report("x")
    report.figure(figure, "caption")
    page = report.html()
    svg = page[page.index("<svg") : page.index("</svg>")]
    assert "currentColor" in svg and "#1f2630" not in svg and "<metadata>" not in svg
    assert 'height="' not in svg[: svg.index(">")]
    assert 'style="max-width: 50%"' in page


def test_the_same_report_is_the_same_file(tmp_path):
    first, second = full_report().write(tmp_path / "a.html"), full_report().write(tmp_path / "b.html")
    assert first.read_bytes() == second.read_bytes()


def test_a_report_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(InputError, match="absent"):
        Report("x").write(tmp_path / "absent" / "report.html")
    assert list(tmp_path.iterdir()) == []
