"""Figures show what they were given, in the right units, and leave no global state."""

import subprocess
import sys

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.report import (
    Area,
    Label,
    Line,
    Raster,
    ctf_curve,
    fsc_curves,
    histogram,
    image_grid,
    orientation_plot,
    orthogonal_projections,
    orthogonal_slices,
    power_spectrum_plot,
    save_figure,
)
from vitreous.report._images import grey_limits
from vitreous.report._orientations import direction_density

RANDOM = np.random.default_rng(0)
FREQUENCY = np.linspace(0, 0.25, 33)


def marks(figure, kind):
    return [mark for mark in figure.marks if isinstance(mark, kind)]


def label(figure, text):
    return next(mark for mark in marks(figure, Label) if mark.text == text)


def grey(image):
    """What `image` is drawn as: 0 to 255 between its own limits, to half a level."""
    low, high = grey_limits(image)
    return pytest.approx(255 * np.clip((image - low) / (high - low), 0, 1), abs=0.5 + 1e-9)


def test_fsc_curves_has_thresholds_and_a_resolution_axis():
    measured, predicted = np.linspace(1, -0.1, 33), np.linspace(1, 0, 33)
    figure = fsc_curves([("half-maps", FREQUENCY, measured)], expected=[("predicted", FREQUENCY, predicted)])
    (axes,) = figure.axes
    curve, dashed = figure.line("half-maps"), figure.line("predicted")
    np.testing.assert_array_equal(curve.points, axes.points(FREQUENCY[1:], measured[1:]))  # without the zero shell
    np.testing.assert_array_equal(dashed.points, axes.points(FREQUENCY[1:], predicted[1:]))
    assert curve.colour == dashed.colour and not curve.dashes and dashed.dashes
    for threshold in ("0.143", "0.5"):
        ((_, height), _) = axes.points([0, 0.25], float(threshold))
        levels = [line for line in marks(figure, Line) if line.dashes and np.allclose(line.points[:, 1], height)]
        assert len(levels) == 1 and abs(label(figure, threshold).y - height) < 5
    assert axes.x_limits == (0, 0.25) and axes.y_limits[0] < -0.1
    above = [mark for mark in marks(figure, Label) if mark.y < axes.top and mark.text != "resolution (Å)"]
    assert len(above) >= 5
    for tick in above:
        assert tick.x == pytest.approx(axes.points(1 / float(tick.text), 0)[0])
    below = [mark for mark in marks(figure, Label) if mark.text == "0.1"]
    assert below[0].x == pytest.approx(axes.points(0.1, 0)[0])


def test_axes_put_values_in_their_place():
    (axes,) = histogram(np.arange(5), label="x").axes
    corners = axes.points(axes.x_limits, axes.y_limits)
    bottom_left, top_right = (axes.left, axes.top + axes.height), (axes.left + axes.width, axes.top)
    np.testing.assert_allclose(corners, [bottom_left, top_right])


@pytest.mark.parametrize(
    ("correlation", "place"),
    [
        (lambda f: np.exp(-100 * f**2), "upper right"),
        (lambda f: np.ones_like(f), "center left"),
        (lambda f: np.where(f < 0.1, 0.3, 0.98), "center right"),
    ],
)
def test_the_legend_of_correlations_covers_nothing(correlation, place):
    figure = fsc_curves([("half-maps", FREQUENCY, correlation(FREQUENCY))])
    (axes,) = figure.axes
    name = label(figure, "half-maps")
    left, right = name.x - 28, name.x + 6 * len(name.text)
    x, y = axes.points(FREQUENCY, correlation(FREQUENCY)).T
    under = y[(left < x) & (x < right)]
    assert len(under) and (np.abs(under - name.y) > 9).all()
    assert all(abs(axes.points(0, threshold)[1] - name.y) > 9 for threshold in (0.143, 0.5))
    value = np.interp(name.y, [axes.top, axes.top + axes.height], axes.y_limits[::-1])
    middle = axes.left + axes.width / 2
    found = {"upper right": value > 0.7, "center left": right < middle, "center right": left > middle and value < 0.5}
    assert found[place]


def test_power_spectrum_leaves_out_what_has_no_logarithm():
    power = np.array([1.0, 0.5, 0.0, -1.0, 0.1, 0.01])
    figure = power_spectrum_plot([("measured", np.linspace(0, 0.25, 6), power)], unit="Å²")
    (axes,) = figure.axes
    line = figure.line("measured")
    assert np.isnan(line.points[:, 1]).tolist() == [False, True, True, False, False]
    np.testing.assert_allclose(line.points[-2:], axes.points([0.2, 0.25], [-1, -2]))  # decimal logarithms
    assert label(figure, "10⁻¹").y == pytest.approx(axes.points(0, -1)[1], abs=4)
    assert "power (Å²)" in figure.texts and "measured" in figure.texts
    assert figure.svg().count("<title>measured</title>") == 1  # the first value stands alone between two gaps


def test_a_curve_without_a_name_has_no_legend():
    figure = power_spectrum_plot([("", FREQUENCY, np.exp(-FREQUENCY))])
    assert "" not in figure.texts
    assert len([line for line in marks(figure, Line) if line.width == 1.9]) == 1


def test_power_that_is_flat_or_absent_is_drawn():
    for power in (np.ones(33), np.zeros(33)):
        (axes,) = power_spectrum_plot([("", FREQUENCY, power)]).axes
        assert np.isfinite(axes.y_limits).all() and axes.y_limits[1] - axes.y_limits[0] >= 1


def test_ctf_curve_and_histogram():
    figure = ctf_curve(FREQUENCY, np.sin(FREQUENCY), envelope=np.cos(FREQUENCY), label="Δf 1 µm")
    (axes,) = figure.axes
    assert axes.y_limits[0] == -1.08 and axes.y_limits[1] > 1.3  # the legend stands above 1
    one = axes.points(0, 1)[1]
    assert all(label(figure, text).y < one for text in ("envelope", "Δf 1 µm"))
    np.testing.assert_array_equal(figure.line("Δf 1 µm").points, axes.points(FREQUENCY, np.sin(FREQUENCY)))
    (envelope,) = marks(figure, Area)
    np.testing.assert_array_equal(envelope.points[:33], axes.points(FREQUENCY, np.cos(FREQUENCY)))
    figure = histogram(np.array([1.0, 2.0, 2.0, np.nan]), label="defocus (Å)", bins=2)
    (axes,) = figure.axes
    bars = marks(figure, Area)
    assert [bar.label for bar in bars] == ["1", "2"]
    for bar, count, middle in zip(bars, (1, 2), (1.25, 1.75), strict=True):
        np.testing.assert_allclose(bar.points[:, 1].min(), axes.points(0, count)[1])
        np.testing.assert_allclose(bar.points[:, 0].mean(), axes.points(middle, 0)[0])
    assert label(figure, "2").x < axes.left and "count" in figure.texts


def test_each_image_has_its_own_grey_levels():
    images = RANDOM.normal(size=(7, 12, 16)) * 10.0 ** np.arange(7)[:, None, None]
    figure = image_grid(images, pixel_size=2.0, titles=["a", "b"])
    assert len(figure.rasters) == 7
    for pixels, image in zip(figure.rasters, images, strict=True):
        assert pixels == grey(image)
    first, second = marks(figure, Raster)[:2]
    assert first.height / first.width == pytest.approx(12 / 16)
    assert second.x < label(figure, "b").x < second.x + second.width
    # 16 pixels of 2 Å: a quarter of the width is 8 Å.
    bar = marks(figure, Area)[0].points
    assert np.ptp(bar[:, 0]) / first.width == pytest.approx(8 / 32)
    assert "8 Å" in figure.texts and len(figure.texts) == 3


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 2), (5, 5), (9, 3), (16, 4), (24, 6), (7, 4)])
def test_grids_fill_their_last_row(n, columns):
    figure = image_grid(np.zeros((n, 2, 2)))
    assert len({raster.x for raster in marks(figure, Raster)}) == columns


def test_images_lie_beside_each_other():
    figure = image_grid(np.zeros((7, 6, 4)), titles=list("abcdefg"))
    boxes = [(mark.x, mark.y, mark.x + mark.width, mark.y + mark.height) for mark in marks(figure, Raster)]
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0 and top >= 0 and right <= figure.width and bottom <= figure.height
        for other in boxes[:i]:
            assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]


def test_large_images_are_averaged_for_display():
    image = RANDOM.normal(size=(1, 600, 513))
    (shown,) = image_grid(image).rasters
    blocks = image[0, :, :513].reshape(200, 3, 171, 3).mean((1, 3))
    assert shown.shape == (200, 171)
    assert shown == grey(blocks)


def test_constant_and_broken_images_are_drawn():
    figure = image_grid(np.stack([np.zeros((4, 4)), np.full((4, 4), np.nan)]))
    assert np.ptp(figure.rasters[0]) == 0 and (figure.rasters[1] == 255).all()
    assert figure.svg().count("<image") == 2


def test_slices_and_projections_are_those_of_the_axes():
    volume = RANDOM.normal(size=(6, 7, 8)).astype(np.float32)

    def shown(views):
        low, high = grey_limits(np.concatenate([view.ravel() for view in views]))  # the same for all three
        # Half a level; the sums are taken in single precision.
        return [pytest.approx(255 * np.clip((view - low) / (high - low), 0, 1), abs=0.501) for view in views]

    figure = orthogonal_slices(volume, voxel_size=3.0)
    assert figure.rasters == shown([volume[3], volume[:, 3], volume[:, :, 4]])
    assert [text for text in figure.texts if text.startswith("slice")] == ["slice ⊥ z", "slice ⊥ y", "slice ⊥ x"]
    assert orthogonal_projections(volume).rasters == shown([volume.sum(axis) for axis in range(3)])
    # Rows downwards, columns to the right, as the arrows say.
    names = [mark.text for mark in marks(figure, Label) if mark.text.endswith("→")]
    assert names == ["x →", "x →", "y →"]


def lattice(n):
    """A Fibonacci lattice, which covers the sphere evenly."""
    z = 1 - (2 * np.arange(n) + 1) / n
    longitude = np.pi * (1 + 5**0.5) * np.arange(n)
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(longitude), radius * np.sin(longitude), z], -1)


def test_orientation_density_is_relative_to_uniform():
    # An even cover is flat; 1 % is the lattice's own unevenness under kernels of some sixty points.
    np.testing.assert_allclose(direction_density(2.5 * lattice(3000)), 1, atol=0.01)
    pole = direction_density(np.tile([0.0, 0.0, 1.0], (50, 1)))
    assert pole[-1].min() > 5 and pole[0].max() < 0.01


def test_orientation_density_is_the_sum_of_its_kernels():
    """The formula in double precision, at one place of the map."""
    vectors = RANDOM.normal(size=(1200, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    latitude, longitude = np.radians([-90 + 3 * (40 + 0.5), -180 + 3 * (100 + 0.5)])
    up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    kappa = 1200 / 60
    expected = 2 * kappa / (1 - np.exp(-2 * kappa)) * np.mean(np.exp(kappa * (vectors @ up - 1)))
    assert direction_density(vectors)[40, 100] == pytest.approx(expected, rel=1e-5)  # single precision


@pytest.mark.parametrize(
    ("direction", "across", "up"),
    [((1, 0, 0), 0.0, 0.0), ((0, 0, 1), 0.0, 1.0), ((0, 1, 0), 0.5, 0.0), ((0, 1, -1), 0.4, -0.59)],
)
def test_directions_are_where_mollweide_puts_them(direction, across, up):
    """In units of the semi-axes; 45° of latitude lies at 0.592 (Snyder 1987, table 41)."""
    ellipse = marks(orientation_plot(np.tile(direction, (3000, 1))), Raster)[0]
    light = ellipse.pixels[..., :3].sum(axis=-1, dtype=int)
    row, column = np.unravel_index(np.argmax(light), light.shape)
    rows, columns = light.shape
    # A kernel's maximum, on a map of 3°.
    assert 1 - (row + 0.5) / (rows / 2) == pytest.approx(up, abs=0.04)
    if abs(up) < 1:
        assert (column + 0.5) / (columns / 2) - 1 == pytest.approx(across, abs=0.03)
    assert not ellipse.pixels[0, 0].any()  # the corners are transparent


def test_nothing_is_loaded_that_is_not_needed():
    code = "import sys, vitreous.report; assert not {'matplotlib', 'jax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_save_figure(tmp_path):
    figure = histogram(np.arange(5), label="x")
    assert save_figure(figure, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert save_figure(figure, tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    svg = save_figure(figure, tmp_path / "a.svg").read_text()
    assert svg.startswith("<svg") and 'fill="white"' in svg and 'width="518.4pt"' in svg
    with pytest.raises(InputError, match="absent"):
        save_figure(figure, tmp_path / "absent" / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png", "a.svg"]
