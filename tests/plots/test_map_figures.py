"""Spectra and densities of maps and images, against what is known of them."""

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.io import Table, open_images, write_mrc
from vitreous.plots import (
    fsc_figure,
    image_spectrum_figure,
    latent_figure,
    loading_figure,
    mtf_figure,
    spectrum_figure,
)
from vitreous.plots._curve_figures import guinier_chart
from vitreous.plots._latent_figures import latent_charts
from vitreous.plots._map_figures import _evenly, image_spectrum_chart, montage_chart
from vitreous.report import Area, Dots, Line

RANDOM = np.random.default_rng(0)
BOX, PIXEL = 24, 2.0


def spectrum(figure):
    """Frequencies in Å⁻¹ and powers of the one curve of a figure."""
    (axes,) = figure.axes
    (points,) = [mark.points for mark in figure.marks if isinstance(mark, Line) and mark.width == 1.9]
    frequency = axes.x_limits[1] * (points[:, 0] - axes.left) / axes.width
    up = 1 - (points[:, 1] - axes.top) / axes.height
    return frequency, 10 ** (axes.y_limits[0] + up * (axes.y_limits[1] - axes.y_limits[0]))


def test_white_noise_is_flat_at_its_variance():
    frequency, power = spectrum(spectrum_figure(3.0 * RANDOM.normal(size=(BOX, BOX, BOX)), PIXEL))
    np.testing.assert_allclose(frequency, np.arange(1, BOX // 2 + 1) / (BOX * PIXEL))
    # Shell k has some 4πk² modes, half of them independent: a relative error of 0.4/k, of which four are allowed.
    assert (np.abs(power / 9 - 1) < 1.6 / np.arange(1, len(power) + 1)).all()


def test_a_gaussian_has_its_closed_form():
    r"""$e^{-r^2/2\sigma^2}$ in a box of N voxels: $|F|^2/N = (2\pi\sigma^2)^3 e^{-4\pi^2\sigma^2 k^2}/N$."""
    sigma = 1.6
    squared = sum(axis.astype(float) ** 2 for axis in np.ogrid[tuple(slice(-BOX // 2, BOX // 2) for _ in range(3))])
    _, power = spectrum(spectrum_figure(np.exp(-squared / (2 * sigma**2)), PIXEL))
    k = np.fft.fftfreq(BOX)
    exact = (
        (2 * np.pi * sigma**2) ** 3
        / BOX**3
        * np.exp(-4 * np.pi**2 * sigma**2 * (k[:, None, None] ** 2 + k[:, None] ** 2 + k**2))
    )
    shell = np.floor(BOX * np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k**2) + 0.5).astype(int)
    means = np.bincount(shell.ravel(), weights=exact.ravel()) / np.bincount(shell.ravel())
    # Aliases are 1e-11 of the power at 8 cycles per box; the sums of single precision hold seven digits of the largest.
    np.testing.assert_allclose(power[:7], means[1:8], rtol=1e-4)


def test_spectra_of_images_are_averaged(tmp_path):
    images = RANDOM.normal(size=(30, 16, 16)) * np.linspace(1, 2, 30)[:, None, None]
    _, power = spectrum(image_spectrum_figure(images, PIXEL))
    _, each = spectrum(image_spectrum_figure(images[:1], PIXEL))
    assert power[3:].mean() == pytest.approx(images.var(axis=(1, 2)).mean(), rel=0.1)  # 30 · 150 independent modes
    assert each[3:].mean() == pytest.approx(images[0].var(), rel=0.3)
    write_mrc(tmp_path / "a.mrcs", images, pixel_size=PIXEL, image_stack=True)
    _, from_file = spectrum(image_spectrum_chart(open_images(tmp_path / "a.mrcs"), PIXEL).figure())
    np.testing.assert_allclose(from_file, power, rtol=1e-4)  # single precision


def test_a_montage_names_its_images(tmp_path):
    write_mrc(tmp_path / "a.mrcs", RANDOM.normal(size=(30, 8, 8)), pixel_size=PIXEL, image_stack=True)
    chart = montage_chart(open_images(tmp_path / "a.mrcs"), PIXEL)
    numbers = [int(text) for text in chart.figure().texts if text.isdigit()]
    assert len(chart.figure().rasters) == 24 == len(numbers) and numbers[0] == 1 and numbers[-1] == 30
    assert chart.notes == ("24 of 30 images",)


def test_spectra_that_cannot_be_had():
    for size in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="must be positive"):
            image_spectrum_figure(np.ones((1, 16, 16)), size)
    with pytest.raises(InputError, match="no images"):
        image_spectrum_figure(np.ones((0, 16, 16)), 1.0)


def test_correlations_of_a_star_file():
    resolution = np.array([999.0, 20.0, 10.0, 5.0])
    columns = {
        "rlnAngstromResolution": resolution,
        "rlnFourierShellCorrelationCorrected": [1.0, 0.9, 0.5, 0.1],
        "rlnFourierShellCorrelationUnmaskedMaps": [1.0, 0.8, 0.3, 0.0],
    }
    figure = fsc_figure({"general": Table({"a": ["1"]}), "fsc": Table(columns)})
    axes = figure.axes[0]
    expected = axes.points(1 / resolution[1:], [0.9, 0.5, 0.1])
    np.testing.assert_allclose(figure.line("corrected for the mask").points, expected)
    assert "unmasked" in figure.texts
    in_frequency = {"rlnResolution": 1 / resolution, "rlnGoldStandardFsc": [1.0, 0.9, 0.5, 0.1]}
    classes = {f"model_class_{k}": Table(in_frequency) for k in (1, 2)}
    assert {"model_class_1: half-maps", "model_class_2: half-maps"} <= set(fsc_figure(classes).texts)
    with pytest.raises(InputError, match=r"no table has Fourier shell correlations.*data_fsc"):
        fsc_figure({"fsc": Table({"rlnResolution": [0.1]})})


def test_guinier_and_mtf():
    squared = np.array([0.0, 0.01, 0.02])
    table = Table({"rlnResolutionSquared": squared, "rlnLogAmplitudesOriginal": [-3.0, -99.0, -5.0]})
    points = guinier_chart({"guinier": table}).figure().line("original").points
    assert np.isnan(points[1, 1]) and np.isfinite(points[[0, 2]]).all()
    mtf = Table({"rlnResolutionInversePixel": ["0.0", "0.25", "0.5"], "rlnMtfValue": ["1.0", "0.8", "0.4"]})
    figure = mtf_figure({"mtf_k3": mtf})
    expected = figure.axes[0].points([0, 0.25, 0.5], [1, 0.8, 0.4])
    np.testing.assert_allclose(figure.line("mtf_k3").points, expected)
    with pytest.raises(InputError, match="modulation transfer function"):
        mtf_figure({"": Table({"rlnMtfValue": [1.0]})})


def test_latents_and_loadings():
    latents = RANDOM.normal(size=(50, 3))
    figure = latent_figure(latents, 2, 1)
    (dots,) = [mark for mark in figure.marks if isinstance(mark, Dots)]
    np.testing.assert_allclose(dots.points, figure.axes[0].points(latents[:, 2], latents[:, 1]))
    assert "a" in latent_figure(latents, colours=np.where(latents[:, 0] > 0, "a", "b"), colour_label="side").texts
    with pytest.raises(InputError, match="no component 3 among 3"):
        latent_figure(latents, 0, 3)
    assert len(latent_charts(latents, ["0", "1", "5"])) == 3
    (only,) = latent_charts(latents[:, :1], ["0"])
    assert sum(int(m.label) for m in only.figure().marks if isinstance(m, Area)) == 50
    assert {"component 3", "psi-body-1"} <= set(
        loading_figure(np.eye(3), ["rot-body-1", "tilt-body-1", "psi-body-1"]).texts
    )


@pytest.mark.parametrize("frequency", [[0.0], [0.0, 0.0], [np.nan, np.nan], [-0.1, -0.2], [0.0, np.inf]])
def test_correlations_at_no_frequency(frequency):
    table = Table({"rlnResolution": frequency, "rlnGoldStandardFsc": np.ones(len(frequency))})
    with pytest.raises(InputError, match="frequency above zero"):
        fsc_figure({"fsc": table})


def test_correlations_that_are_no_numbers():
    columns = {"rlnFourierShellCorrelation": [1.0, np.inf, 0.2], "rlnGoldStandardFsc": [np.nan] * 3}
    figure = fsc_figure({"fsc": Table({"rlnResolution": [0.0, 0.1, 0.2], **columns})})
    assert "half-maps" not in figure.texts and np.isnan(figure.line("FSC").points[0, 1])


def test_many_components_say_how_many_are_not_drawn():
    charts = latent_charts(RANDOM.normal(size=(9, 6)), [str(k) for k in range(6)])
    assert len(charts) == 6 and charts[-1].notes == ("pairs of the first 4 of 6 components; --x and --y draw others",)


def test_fewer_images_are_read_of_large_ones():
    assert len(_evenly((1000, 100, 100), 200)) == 200
    assert len(_evenly((1000, 4000, 5000), 200)) == 5
    assert _evenly((1000, 40_000, 50_000), 24).tolist() == [0]
