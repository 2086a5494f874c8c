"""Interactive figures hold the data of the others, are valid for Plotly, and need no network."""

import base64
import json
import re
from importlib.resources import files

import numpy as np
import plotly.graph_objects
import pytest
import quickjs

from vitreous.report import (
    Area,
    InteractiveFigure,
    Report,
    histogram,
    interactive_bars,
    interactive_histogram,
    interactive_lines,
    interactive_scatter,
)

RANDOM = np.random.default_rng(0)
LABELS = {"x_label": "defocus (Å)", "y_label": "fit <Å>"}
X, Y = RANDOM.normal(size=(2, 50))
FREQUENCY = np.linspace(0, 0.25, 9)
FIGURES = {
    "scatter": interactive_scatter(X, Y, names=["a.mrc", "b.mrc"], name_of=np.arange(50) % 2, **LABELS),
    "categories": interactive_scatter(X, Y, colours=np.arange(50) % 3, colour_label="class", **LABELS),
    "numbers": interactive_scatter(X, Y, colours=np.where(X > 1, np.nan, Y), colour_label="power", **LABELS),
    "cells": interactive_scatter(X, Y, most_dots=10, **LABELS),
    "histogram": interactive_histogram(X, label="defocus (Å)"),
    "bars": interactive_bars({"half 1": 3, "half 2": 4}, label="particles"),
    "lines": interactive_lines(
        [("FSC", FREQUENCY, 1 - FREQUENCY)], x_label="spatial frequency (Å⁻¹)", y_label="power", logarithmic=True
    ),
}


def written(figure):
    """The figure as the page holds it."""
    (content,) = re.findall(r"<script[^>]*>(.*)</script>", figure.element())
    return json.loads(content)


def values(item):
    """An array of Plotly's kind, decoded."""
    return np.frombuffer(base64.b64decode(item["bdata"]), item["dtype"]) if isinstance(item, dict) else np.array(item)


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_attribute(name):
    content = written(FIGURES[name])
    for trace in content["data"]:
        trace.pop("vitreous_names", None)  # taken out by the page's script
    plotly.graph_objects.Figure(**content)  # raises for what Plotly does not know


def test_dots_keep_their_numbers_names_and_values():
    x, y = np.array([1.0, np.nan, 3.0, 4.0]), np.array([10.0, 20.0, np.inf, 40.0])
    figure = interactive_scatter(x, y, names=["a.mrc", "<b>"], name_of=np.array([0, 0, 1, 1]), **LABELS)
    dots = written(figure)["data"][0]
    assert values(dots["x"]).tolist() == [1, 4] and values(dots["y"]).tolist() == [10, 40]
    assert values(dots["customdata"]).tolist() == [1, 4]
    named = dots["vitreous_names"]
    assert [named["names"][k] for k in values(named["of"])] == ["a.mrc", "&lt;b&gt;"]
    assert "fit &lt;Å&gt;: %{y:.6~g}" in dots["hovertemplate"] and dots["type"] == "scattergl"


def test_margins_are_numpys_histograms():
    above, right = written(interactive_scatter(X, Y, bins=12, **LABELS))["data"][-2:]
    assert values(above["y"]).tolist() == np.histogram(X, bins=12)[0].tolist()
    assert values(right["x"]).tolist() == np.histogram(Y, bins=12)[0].tolist()


def test_a_page_and_paper_count_alike():
    on_page = values(written(interactive_histogram(X, label="x", bins=9))["data"][0]["y"])
    on_paper = [int(mark.label) for mark in histogram(X, label="x", bins=9).marks if isinstance(mark, Area)]
    assert on_page.tolist() == on_paper and sum(on_paper) == 50


def test_cells_hold_all_dots_and_the_figure_says_so():
    (cells, *_) = written(FIGURES["cells"])["data"]
    assert np.sum(cells["customdata"]) == 50
    assert FIGURES["cells"].note.startswith("50 particles are too many")
    assert FIGURES["scatter"].note == ""


def test_categories_are_apart():
    traces = written(FIGURES["categories"])["data"]
    assert [trace.get("name") for trace in traces[:3]] == ["0", "1", "2"]
    numbers = np.concatenate([values(trace["customdata"]) for trace in traces[:3]])
    assert sorted(numbers) == list(range(1, 51)) and len({trace["marker"]["color"] for trace in traces[:3]}) == 3


def test_values_that_single_precision_would_move_keep_double():
    x = 1e9 + np.array([0.0, 0.25, 0.5])
    dots = written(interactive_scatter(x, x, **LABELS))["data"][0]
    assert values(dots["x"]).tolist() == x.tolist()


def test_lines_tell_resolutions_and_leave_out_what_has_no_logarithm():
    y = np.array([1.0, 0.5, 0.0, -1.0, np.nan, 0.1])
    x = np.array([0.0, 0.1, 0.2, 0.25, 0.3, 0.5])
    figure = interactive_lines([("", x, y)], x_label="f (Å⁻¹)", y_label="power", logarithmic=True)
    assert figure.traces[0]["text"] == ["10 Å", "2 Å"]


def test_a_page_needs_no_network_and_holds_its_data():
    report = Report("figures")
    for figure in FIGURES.values():
        report.figure(figure, "A caption.")
    page = report.html()
    assert page.count('<div class="interactive"') == len(FIGURES) and page.count("<figcaption>") == len(FIGURES)
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)  # Plotly's program names sites of map tiles
    assert not re.search(r"(src|href)\s*=|https?:|@import|url\(", outside)
    assert page.count("<script>") == 2 and "src=" not in "".join(re.findall(r"<script[^>]*>", page))


def test_a_page_without_interactive_figures_has_no_script():
    report = Report("figures")
    report.figure(histogram(X, label="x"), "")
    assert "<script" not in report.html()


def test_nothing_can_end_the_element():
    figure = InteractiveFigure(traces=[{"text": "</script><b>"}], layout={})
    assert figure.element().count("</script>") == 1 and written(figure)["data"][0]["text"] == "</script><b>"


# What a browser has and the interpreter lacks.
ATOB = """
globalThis.atob = (text) => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let bits = 0, count = 0, out = "";
  for (const letter of text.replace(/=+$/, "")) {
    bits = ((bits << 6) | letters.indexOf(letter)) & 0xffff;
    count += 6;
    if (count >= 8) out += String.fromCharCode((bits >> (count -= 8)) & 255);
  }
  return out;
};
"""


def test_the_pages_script_draws_what_was_written():
    """In an interpreter of JavaScript, with Plotly's place taken by something that writes down what it is asked."""
    figure = interactive_scatter(X[:3], Y[:3], names=["a", "b"], name_of=np.array([1, 0, -1]), **LABELS)
    page = quickjs.Context()
    page.eval(ATOB)
    page.eval(f"""
    const drawn = [];
    const place = {{querySelector: () => ({{textContent: {json.dumps(json.dumps(written(figure)))}}})}};
    globalThis.document = {{querySelectorAll: () => [place], body: null}};
    globalThis.getComputedStyle = () => ({{color: "rgb(1, 2, 3)", fontFamily: "serif"}});
    globalThis.matchMedia = () => ({{addEventListener: () => {{}}}});
    globalThis.Plotly = {{newPlot: (_, data, layout) => drawn.push({{data, layout}})}};
    """)
    page.eval(files("vitreous.report").joinpath("_interactive.js").read_text(encoding="utf-8"))
    ((drawn),) = json.loads(page.eval("JSON.stringify(drawn)"))
    assert drawn["data"][0]["customdata"] == [1, 2, 3] and drawn["data"][0]["text"] == [", b", ", a", ""]
    assert drawn["layout"]["font"] == {"color": "rgb(1, 2, 3)", "family": "serif", "size": 13}
    assert "vitreous_names" not in drawn["data"][0]
