"""SVG and Matplotlib draw the same marks."""

import base64
import io
import re
from xml.etree import ElementTree

import matplotlib
import matplotlib.image
import numpy as np
import pytest

from vitreous.report import Area, Figure, Label, Line, Raster, save_figure
from vitreous.report._svg import png_file

SVG = "{http://www.w3.org/2000/svg}"
RANDOM = np.random.default_rng(1)
SQUARE = np.array([(10.0, 10.0), (30.0, 10.0), (30.0, 40.0), (10.0, 40.0)])


def figure_of(*marks):
    return Figure(72.0, 54.0, list(marks))


def element(mark, tag):
    (found,) = ElementTree.fromstring(figure_of(mark).svg()).iter(SVG + tag)
    return found


@pytest.mark.parametrize("shape", [(5, 7), (4, 6, 4), (1, 1)])
def test_png_is_read_back(shape):
    pixels = RANDOM.integers(0, 256, shape).astype(np.uint8)
    read = np.round(255 * matplotlib.image.imread(io.BytesIO(png_file(pixels)), format="png"))
    np.testing.assert_array_equal(read, pixels)


def test_lines_have_gaps_where_they_are_not_finite():
    points = np.array([(0, 0), (1, 2), (2, np.nan), (3, 1), (4, np.nan), (5, 1), (6, 1.256)], float)
    paths = list(ElementTree.fromstring(figure_of(Line(points, "red", 2.0, dashes=(4, 3))).svg()).iter(SVG + "path"))
    assert [path.get("d") for path in paths] == ["M0.00 0.00 1.00 2.00", "M5.00 1.00 6.00 1.26"]
    assert {path.get("stroke-dasharray") for path in paths} == {"4 3"}


def test_areas_are_closed_and_named():
    area = element(Area(SQUARE, "blue", opacity=0.5, label="a < b"), "path")
    assert area.get("d") == "M10.00 10.00 30.00 10.00 30.00 40.00 10.00 40.00Z"
    assert area.get("fill") == "blue" and area.get("opacity") == "0.5" and area.findtext(SVG + "title") == "a < b"


def test_text_is_escaped_and_takes_the_page_s_ink():
    text = element(Label(5, 6, "<&> Å⁻¹", anchor="end", turned=True), "text")
    assert text.text == "<&> Å⁻¹" and text.get("fill") == "currentColor" and text.get("text-anchor") == "end"
    assert text.get("transform") == "rotate(-90 5.00 6.00)"
    assert element(Label(5, 6, "a", colour="white", outlined=True), "text").get("stroke") == "black"


def test_rasters_are_inlined():
    pixels = RANDOM.integers(0, 256, (3, 4)).astype(np.uint8)
    image = element(Raster(1, 2, 40, 30, pixels), "image")
    kind, data = image.get("href").split(",")
    assert kind == "data:image/png;base64" and base64.b64decode(data) == png_file(pixels)
    assert [image.get(name) for name in ("x", "y", "width", "height")] == ["1.00", "2.00", "40.00", "30.00"]


def test_matplotlib_draws_the_same(tmp_path):
    """Pixels of a PNG at the places where the marks are."""
    pixels = np.array([[0, 255], [255, 0]], np.uint8)
    marks = (
        Area(SQUARE, "#0000ff"),
        Raster(40, 10, 20, 20, pixels),
        Line(np.array([(5.0, 48.0), (60.0, 48.0)]), "#ff0000", 3.0, label="level"),
        Label(20, 30, "$x", colour="white"),  # a dollar is a dollar
    )
    figure = figure_of(*marks)
    image = matplotlib.image.imread(save_figure(figure, tmp_path / "a.png"))[..., :3]
    scale = image.shape[1] / 72

    def at(x, y):
        return image[int(y * scale), int(x * scale)].tolist()

    assert at(12, 12) == [0, 0, 1] and at(50, 48) == [1, 0, 0] and at(3, 3) == [1, 1, 1]
    assert at(45, 15) == at(55, 25) == [0, 0, 0] and at(55, 15) == at(45, 25) == [1, 1, 1]
    drawn = figure.matplotlib()
    assert drawn.get_size_inches().tolist() == [1, 0.75]
    assert [text.get_text() for text in drawn.axes[0].texts] == ["$x"]


def test_matplotlib_keeps_no_state():
    before = dict(matplotlib.rcParams)
    figure_of(Area(SQUARE, "red")).matplotlib().canvas.draw()
    assert dict(matplotlib.rcParams) == before


def test_a_notebook_shows_it():
    figure = figure_of(Area(SQUARE, "red"))
    assert figure._repr_svg_() == figure.svg()
    assert re.match(r'<svg viewBox="0 0 72 54"', figure.svg())
