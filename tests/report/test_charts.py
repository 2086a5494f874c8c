"""Bars, tables of numbers, curves and sheets hold what they were given."""

import io

import numpy as np
import pytest

from vitreous.report import (
    Area,
    Axes,
    Dots,
    Figure,
    Label,
    Line,
    Raster,
    category_bars,
    figure_sheet,
    heat_map,
    histogram,
    line_plot,
)

RANDOM = np.random.default_rng(0)


def marks(figure, kind):
    return [mark for mark in figure.marks if isinstance(mark, kind)]


def test_bars_are_as_long_as_their_counts():
    figure = category_bars({"class 1": 30, "class 2": 10, "none": 0}, label="particles")
    (axes,) = figure.axes
    lengths = {mark.label: np.ptp(mark.points[:, 0]) / axes.width * 30 for mark in marks(figure, Area)}
    assert lengths == pytest.approx({"class 1: 30": 30, "class 2: 10": 10, "none: 0": 0})
    assert {"class 1", "30 (75.0 %)", "10 (25.0 %)", "particles"} <= set(figure.texts)
    rows = [mark.points[:, 1].mean() for mark in marks(figure, Area)]
    assert rows == sorted(rows)  # downwards


def test_the_rarest_categories_are_shown_together():
    figure = category_bars({str(k): k + 1 for k in range(30)}, label="particles", most=5)
    shown = [mark.label for mark in marks(figure, Area)]
    assert shown == ["26: 27", "27: 28", "28: 29", "29: 30", f"26 others: {sum(range(1, 27))}"]


def test_logarithmic_counts():
    values = np.repeat([0.0, 1.0, 2.0], [1, 1000, 0 + 10])
    figure = histogram(values, label="density", bins=3, logarithmic=True)
    (axes,) = figure.axes
    for bar, count in zip(marks(figure, Area), (1, 1000, 10), strict=True):
        np.testing.assert_allclose(bar.points[:, 1].min(), axes.points(0, np.log10(count))[1])
    assert "10³" in figure.texts


def test_a_histogram_of_all_finite_values_and_of_none():
    values = RANDOM.normal(size=1000)
    figure = histogram(np.append(values, [np.nan, np.inf, 1e300]), label="x", bins=20)
    assert [int(bar.label) for bar in marks(figure, Area)] == np.histogram(values, bins=20)[0].tolist()
    assert {bar.label for bar in marks(histogram(np.full(3, np.nan), label="x"), Area)} == {"0"}


def test_squares_are_blue_below_zero_and_orange_above():
    values = np.array([[-2.0, 0.0], [1.0, np.nan]])
    figure = heat_map(values, rows=["a", "b"], columns=["rot", "tilt"], label="loading")
    pixels = marks(figure, Raster)[0].pixels.astype(int)
    assert pixels[0, 0, 2] > pixels[0, 0, 0] + 100 and pixels[1, 0, 0] > pixels[1, 0, 2] + 50
    assert np.ptp(pixels[0, 1, :3]) < 10 and pixels[1, 1, 3] == 0
    assert {"a", "b", "rot", "tilt", "loading"} <= set(figure.texts)


def test_curves_have_gaps_where_there_is_no_value():
    x, y = np.linspace(0, 0.5, 5), np.array([1.0, 0.9, np.nan, 0.5, 0.2])
    figure = line_plot([("K3", x, y)], x_label="cycles per pixel", y_label="MTF")
    points = figure.line("K3").points
    assert np.isnan(points[2]).any() and np.isfinite(points[[0, 1, 3, 4]]).all()
    np.testing.assert_allclose(points[0], figure.axes[0].points(0, 1))


def test_a_sheet_moves_all_that_its_figures_hold():
    part = Figure(100, 60, [Line(np.array([[0.0, 0.0], [100.0, 60.0]])), Dots(np.array([[3.0, 4.0]]), "#000000")])
    part.marks += [Area(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), "white"), Label(5, 6, "here")]
    part.marks.append(Raster(7, 8, 9, 10, np.zeros((2, 2), np.uint8)))
    part.axes.append(Axes(10, 10, 50, 40, (0, 1), (0, 1)))
    sheet = figure_sheet([("one", part), ("two", part), ("three", part)], title="all", notes=["a note"])
    assert sheet.texts == ["all", "one", "here", "two", "here", "three", "here", "a note"]
    here = [mark for mark in marks(sheet, Label) if mark.text == "here"]
    for kind, corner in ((Line, lambda m: m.points[0]), (Dots, lambda m: m.points[0] - (3, 4))):
        for mark, label in zip(marks(sheet, kind), here, strict=True):
            np.testing.assert_allclose(corner(mark), (label.x - 5, label.y - 6))
    for axes, raster, label in zip(sheet.axes, marks(sheet, Raster), here, strict=True):
        assert (axes.left - 10, axes.top - 10) == (raster.x - 7, raster.y - 8) == (label.x - 5, label.y - 6)
    assert here[0].y == here[1].y and here[0].x == here[2].x  # two columns
    assert all(0 < mark.y < sheet.height for mark in marks(sheet, Label))


def test_long_notes_are_broken_into_lines():
    sheet = figure_sheet([("a", Figure(300, 50))], title="t" * 200, notes=["a note of many words " * 20])
    assert len(sheet.texts) > 6
    for label in marks(sheet, Label):
        assert label.x + 0.5 * label.size * len(label.text) < sheet.width


def test_dots_are_drawn_in_svg_and_by_matplotlib():
    figure = Figure(40, 40, [Dots(np.array([[10.0, 10.0], [np.nan, 1.0], [30.0, 20.0]]), "#ff0000", 8.0)])
    assert "M10.00 10.00h0 M30.00 20.00h0" in figure.svg() and "nan" not in figure.svg()
    assert "<path" not in Figure(9, 9, [Dots(np.full((1, 2), np.nan), "#ff0000")]).svg()
    from matplotlib.image import imread

    buffer = io.BytesIO()
    figure.matplotlib().savefig(buffer, format="png", dpi=72)
    buffer.seek(0)
    pixels = imread(buffer)
    assert pixels[10, 10, :3].tolist() == pixels[20, 30, :3].tolist() == [1, 0, 0]
    assert pixels[30, 10, :3].tolist() == [1, 1, 1]
