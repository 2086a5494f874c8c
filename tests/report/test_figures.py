"""Figures show what they were given, in the right units, and leave no global state."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.report import (
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
from vitreous.report._style import svg_text

RANDOM = np.random.default_rng(0)
FREQUENCY = np.linspace(0, 0.25, 33)


def test_fsc_curves_has_thresholds_and_a_resolution_axis():
    measured, predicted = np.linspace(1, -0.1, 33), np.linspace(1, 0, 33)
    figure = fsc_curves([("half-maps", FREQUENCY, measured)], expected=[("predicted", FREQUENCY, predicted)])
    axes, top = figure.axes
    curve, dashed = (line for line in axes.lines if line.get_label() in ("half-maps", "predicted"))
    np.testing.assert_array_equal(curve.get_xdata(), FREQUENCY[1:])  # the zero shell is left out
    np.testing.assert_array_equal(curve.get_ydata(), measured[1:])
    assert curve.get_color() == dashed.get_color() and curve.get_linestyle() != dashed.get_linestyle()
    levels = [line.get_ydata()[0] for line in axes.lines if line not in (curve, dashed)]
    assert levels == [0.143, 0.5, 0]
    assert top.get_xlim() == axes.get_xlim() == (0, 0.25)
    for tick, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True):
        assert tick == pytest.approx(1 / float(label.get_text()))
    assert {"4", "5", "10"} <= {label.get_text() for label in top.get_xticklabels()}
    assert axes.get_ylim()[0] < -0.1


@pytest.mark.parametrize(
    ("correlation", "place"),
    [
        (lambda f: np.exp(-100 * f**2), "upper right"),
        (lambda f: np.ones_like(f), "center left"),
        (lambda f: np.where(f < 0.1, 0.3, 0.9), "center right"),
    ],
)
def test_the_legend_of_correlations_covers_nothing(correlation, place):
    figure = fsc_curves([("half-maps", FREQUENCY, correlation(FREQUENCY))])
    axes = figure.axes[0]
    figure.draw_without_rendering()
    legend = axes.get_legend()
    box = legend.get_window_extent().transformed(axes.transData.inverted())
    under = (box.x0 < FREQUENCY) & (box.x1 > FREQUENCY)
    values = correlation(FREQUENCY)[under]
    assert not ((values > box.y0) & (values < box.y1)).any()
    assert not any(box.y0 < threshold < box.y1 for threshold in (0.143, 0.5))
    assert {"upper right": box.y0 > 0.7, "center left": box.x1 < 0.15, "center right": box.x0 > 0.1}[place]


def test_power_spectrum_leaves_out_what_has_no_logarithm():
    power = np.array([1.0, 0.5, 0.0, -1.0, 0.1])
    figure = power_spectrum_plot([("", np.linspace(0, 0.25, 5), power)], unit="Å²")
    (line,) = figure.axes[0].lines
    assert np.isnan(line.get_ydata()).tolist() == [False, True, True, False]
    assert figure.axes[0].get_ylabel() == "power (Å²)"
    assert figure.axes[0].get_legend() is None


def test_ctf_curve_and_histogram():
    figure = ctf_curve(FREQUENCY, np.sin(FREQUENCY), envelope=np.cos(FREQUENCY), label="Δf 1 µm")
    assert figure.axes[0].get_ylim()[0] == -1.08 and figure.axes[0].get_ylim()[1] > 1.3  # the legend stands above 1
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["envelope", "Δf 1 µm"]
    bars = histogram(np.array([1.0, 2.0, 2.0, np.nan]), label="defocus (Å)", bins=2).axes[0].patches
    assert [bar.get_height() for bar in bars] == [1, 2]


def test_each_image_has_its_own_grey_levels():
    images = RANDOM.normal(size=(7, 12, 16)) * 10.0 ** np.arange(7)[:, None, None]
    figure = image_grid(images, pixel_size=2.0, titles=["a", "b"])
    assert len(figure.axes) == 7
    limits = [axes.images[0].get_clim() for axes in figure.axes]
    assert all(limits[i + 1][1] > 5 * limits[i][1] for i in range(6))
    np.testing.assert_array_equal(figure.axes[3].images[0].get_array(), images[3])
    assert figure.axes[1].get_title() == "b"
    # 16 pixels of 2 Å: a quarter of the width is 8 Å.
    assert [text.get_text() for text in figure.axes[0].texts] == ["8 Å"]
    assert figure.axes[0].patches[0].get_width() == pytest.approx(8 / 32)


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 2), (5, 5), (9, 3), (16, 4), (24, 6), (7, 4)])
def test_grids_fill_their_last_row(n, columns):
    figure = image_grid(np.zeros((n, 2, 2)))
    assert figure.axes[0].get_gridspec().ncols == columns


def test_large_images_are_averaged_for_display():
    image = RANDOM.normal(size=(1, 600, 513))
    shown = image_grid(image).axes[0].images[0].get_array()
    assert shown.shape == (200, 171)
    assert shown[0, 0] == pytest.approx(image[0, :3, :3].mean())


def test_constant_and_broken_images_are_drawn():
    image_grid(np.stack([np.zeros((4, 4)), np.full((4, 4), np.nan)])).canvas.draw()


def test_slices_and_projections_are_those_of_the_axes():
    volume = RANDOM.normal(size=(6, 7, 8)).astype(np.float32)
    slices = [axes.images[0].get_array() for axes in orthogonal_slices(volume, voxel_size=3.0).axes]
    expected = [volume[3], volume[:, 3], volume[:, :, 4]]
    for got, want in zip(slices, expected, strict=True):
        np.testing.assert_array_equal(got, want)
    sums = orthogonal_projections(volume).axes
    for axis, axes in enumerate(sums):
        # The sum is taken in float32, the picture in float64.
        np.testing.assert_allclose(axes.images[0].get_array(), volume.sum(axis), rtol=1e-6)
    assert len({axes.images[0].get_clim() for axes in sums}) == 1


def test_orientation_density_is_relative_to_uniform():
    # A Fibonacci lattice covers the sphere evenly.
    n = 3000
    z = 1 - (2 * np.arange(n) + 1) / n
    longitude = np.pi * (1 + 5**0.5) * np.arange(n)
    radius = np.sqrt(1 - z**2)
    even = np.stack([radius * np.cos(longitude), radius * np.sin(longitude), z], -1)
    density = orientation_plot(2.5 * even).axes[0].collections[0].get_array()
    # An even cover is flat; 1 % is the lattice's own unevenness under kernels of some sixty points.
    np.testing.assert_allclose(density, 1, atol=0.01)
    pole = orientation_plot(np.tile([0.0, 0.0, 1.0], (50, 1))).axes[0].collections[0].get_array()
    assert np.asarray(pole).reshape(60, 120)[-1].min() > 5 and np.asarray(pole).reshape(60, 120)[0].max() < 0.01


def test_no_global_state():
    before = dict(matplotlib.rcParams)
    svg_text(fsc_curves([("a", FREQUENCY, FREQUENCY)]))
    assert dict(matplotlib.rcParams) == before
    code = "import sys, vitreous.report; assert 'matplotlib.pyplot' not in sys.modules and 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_save_figure(tmp_path):
    figure = histogram(np.arange(5), label="x")
    assert save_figure(figure, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in save_figure(figure, tmp_path / "a.svg").read_bytes()
    with pytest.raises(InputError, match="absent"):
        save_figure(figure, tmp_path / "absent" / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]
