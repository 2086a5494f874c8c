"""Dots, cells and marginal histograms show the values that they were given."""

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.report import Area, Dots, Label, Raster, scatter_plot

RANDOM = np.random.default_rng(0)
LABELS = {"x_label": "defocus (Å)", "y_label": "fit (Å)"}


def marks(figure, kind):
    return [mark for mark in figure.marks if isinstance(mark, kind)]


def bars(figure, axes, *, upright):
    """The lengths of the bars within a margin, in counts."""
    low = np.array([axes.left, axes.top]) - 1e-6
    high = low + np.array([axes.width, axes.height]) + 2e-6
    inside = [mark.points for mark in marks(figure, Area) if ((mark.points > low) & (mark.points < high)).all()]
    if upright:
        return [round(np.ptp(points[:, 1]) / axes.height * axes.y_limits[1], 6) for points in inside]
    return [round(np.ptp(points[:, 0]) / axes.width * axes.x_limits[1], 6) for points in inside]


def test_dots_are_at_their_values_and_margins_are_numpys_histograms():
    x, y = RANDOM.normal(size=200), RANDOM.gamma(2, size=200)
    figure = scatter_plot(x, y, bins=15, **LABELS)
    axes, above, right = figure.axes
    (dots,) = marks(figure, Dots)
    np.testing.assert_allclose(dots.points, axes.points(x, y))
    assert bars(figure, above, upright=True) == np.histogram(x, bins=15)[0].tolist()
    assert bars(figure, right, upright=False) == np.histogram(y, bins=15)[0].tolist()
    assert above.x_limits == axes.x_limits and right.y_limits == axes.y_limits
    assert {"defocus (Å)", "fit (Å)"} <= set(figure.texts)


def test_pairs_without_a_value_are_left_out_of_the_margins_too():
    x, y = np.array([1.0, np.nan, 3.0, 4.0]), np.array([1.0, 2.0, np.inf, 4.0])
    figure = scatter_plot(x, y, bins=2, **LABELS)
    assert sum(len(mark.points) for mark in marks(figure, Dots)) == 2
    assert sum(bars(figure, figure.axes[1], upright=True)) == 2


@pytest.mark.parametrize("y", [[5.0], [0.0] * 9, [np.nan] * 3, [], [1e300, 1.0], [-1e-300, 1e-300], [1e16, 1e16 + 2]])
def test_values_that_make_no_range_are_drawn(y):
    y = np.array(y)
    figure = scatter_plot(np.arange(len(y)), y, **LABELS)
    assert all(np.isfinite(axes.y_limits).all() and axes.y_limits[1] > axes.y_limits[0] for axes in figure.axes)
    assert all(np.isfinite(mark.points).all() for mark in marks(figure, Dots))
    assert "<svg" in figure.svg()


def test_many_dots_become_cells_that_hold_them_all():
    x, y = RANDOM.normal(size=(2, 5000))
    x[:3000], y[:3000] = 0.5, -0.5  # one cell
    figure = scatter_plot(x, y, **LABELS)
    assert not marks(figure, Dots) and "dots per cell" in figure.texts
    axes, raster = figure.axes[0], marks(figure, Raster)[0]
    rows, columns = raster.pixels.shape[:2]
    across, down = ((axes.points(x, y) - (axes.left, axes.top)) / (axes.width, axes.height)).T
    expected = np.zeros((rows, columns), bool)
    expected[(down * rows).astype(int), (across * columns).astype(int)] = True
    np.testing.assert_array_equal(raster.pixels[..., 3] == 255, expected)
    brightest = np.unravel_index(raster.pixels[..., :3].sum(axis=-1, dtype=int).argmax(), (rows, columns))
    assert brightest == (int(down[0] * rows), int(across[0] * columns))


@pytest.mark.parametrize("most_dots", [10, 10_000])
def test_categories_have_a_colour_each_and_a_legend(most_dots):
    kinds = np.array(["a", "b"])[np.arange(60) % 2]
    x = np.where(kinds == "a", 0.0, 1.0)
    figure = scatter_plot(x, x, colours=kinds, colour_label="kind", most_dots=most_dots, **LABELS)
    assert {"a", "b", "kind"} <= set(figure.texts)
    legend = {mark.label: mark.colour for mark in marks(figure, Area) if mark.label in ("a", "b")}
    assert len(set(legend.values())) == 2
    if most_dots > 60:
        dots = {mark.label: mark for mark in marks(figure, Dots) if len(mark.points)}
        assert {name: dots[name].colour for name in ("a", "b")} == legend
        np.testing.assert_allclose(dots["b"].points, figure.axes[0].points(np.ones(30), np.ones(30)))
    else:
        pixels = marks(figure, Raster)[0].pixels
        shown = {"#" + bytes(p[:3]).hex() for p in pixels[pixels[..., 3] > 0]}
        assert shown == set(legend.values())


def test_the_rarest_of_many_categories_are_the_others():
    numbers = np.repeat(np.arange(8), np.arange(10, 18))
    figure = scatter_plot(numbers, numbers, colours=numbers.astype(str), colour_label="class", **LABELS)
    shown = {mark.label: len(mark.points) for mark in marks(figure, Dots) if len(mark.points)}
    assert shown == {"3": 13, "4": 14, "5": 15, "6": 16, "7": 17, "3 others": 10 + 11 + 12}


def test_numbers_colour_on_a_scale_and_their_absence_is_grey():
    x = np.linspace(0, 1, 101)
    values = np.where(np.arange(101) == 7, np.nan, 1000 * x)
    figure = scatter_plot(x, x, colours=values, colour_label="power", **LABELS)
    dots = marks(figure, Dots)
    assert [len(mark.points) for mark in dots if mark.label == "no value"] == [1]
    light = [(mark.points[:, 0].mean(), sum(bytes.fromhex(mark.colour[1:]))) for mark in dots if mark.label == ""]
    assert len(light) > 20 and light == sorted(light)  # from dark to light with the value
    assert "power" in figure.texts and {"0", "500"} & set(figure.texts)


def test_few_whole_numbers_are_categories():
    figure = scatter_plot(np.arange(4), np.arange(4), colours=np.array([1.0, 2.0, 1.0, np.nan]), **LABELS)
    assert {"1", "2", "no value"} <= {mark.label for mark in marks(figure, Dots)}


def test_whole_numbers_have_whole_ticks():
    figure = scatter_plot(np.array([1, 2]), np.array([0.5, 0.7]), **LABELS)
    axes = figure.axes[0]
    below = [
        mark.text for mark in marks(figure, Label) if mark.y > axes.top + axes.height and mark.text != "defocus (Å)"
    ]
    assert below == ["1", "2"]


def test_arrays_of_different_length():
    with pytest.raises(InputError, match="3 values of x, 2 of y"):
        scatter_plot(np.arange(3), np.arange(2), **LABELS)
    with pytest.raises(InputError, match="4 colours"):
        scatter_plot(np.arange(3), np.arange(3), colours=np.arange(4), **LABELS)
