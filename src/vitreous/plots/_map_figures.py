"""Figures of maps and of images."""

from typing import Any

import numpy as np
from jaxtyping import Int, Num

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.grids import power_spectrum
from vitreous.io import ImageFile
from vitreous.report import Figure, image_grid, power_spectrum_plot

from ._charts import AbstractChart, CurveChart, HistogramChart, PictureChart

_SHOWN = 24  # images of a stack
_SHOWN_OF_PARTICLES = 12  # of whose file there is much else to see
_AVERAGED = 200  # images whose spectra are averaged
_READ = 100_000_000  # pixels at a time
_COUNTED = 4_000_000  # values of a histogram: more do not change what is seen


def spectrum_figure(array: Num[Any, "... y x"], pixel_size: float) -> Figure:
    r"""The radial power spectrum of a map or an image, or the mean of those of a stack of images.

    The mean of $|F|^2$ over each shell (`vitreous.grids.power_spectrum`) divided by the number of values, so that
    white noise has its variance in every shell.

    Arguments:
        array: A map "z y x" or an image "y x"; for a stack of images use `image_spectrum_figure`.
        pixel_size: Å.

    Returns:
        The figure, with frequencies in Å⁻¹ below and resolutions in Å above.

    Raises:
        InputError: The pixel size is not positive.
    """
    values = np.asarray(array)
    return _spectrum(np.asarray(power_spectrum(values)) / values.size, min(values.shape), pixel_size).figure()


def image_spectrum_figure(images: Num[Any, "n y x"], pixel_size: float) -> Figure:
    """The mean of the radial power spectra of images.

    Arguments:
        images: The images.
        pixel_size: Å.

    Returns:
        The figure, as `spectrum_figure`.

    Raises:
        InputError: The pixel size is not positive, or there are no images.
    """
    return _image_spectrum(np.asarray(images), pixel_size).figure()


def spectrum_chart(volume: Num[Any, "z y x"], voxel_size: float | None, source: str) -> AbstractChart:
    """`spectrum_figure` of a map from a file, to be drawn."""
    power = np.asarray(power_spectrum(volume)) / volume.size
    return _spectrum(power, min(volume.shape), _known(voxel_size, source))


def _image_spectrum(images: Num[np.ndarray, "n y x"], pixel_size: float, remarks: tuple[str, ...] = ()) -> CurveChart:
    if len(images) == 0:
        raise InputError("there are no images, so they have no mean spectrum.", hint="Give one image at least.")
    # One after the other: a program for one image is compiled once, and memory is that of one spectrum.
    power = np.mean([np.asarray(power_spectrum(image)) for image in images], axis=0) / images[0].size
    return _spectrum(power, min(images.shape[1:]), pixel_size, remarks)


def _spectrum(
    power: Num[np.ndarray, " shells"], side: int, pixel_size: float, remarks: tuple[str, ...] = ()
) -> CurveChart:
    if not (np.isfinite(pixel_size) and pixel_size > 0):
        raise InputError(f"pixel_size={pixel_size:g} Å must be positive.", hint="Give it in Å, such as --apix 1.2.")
    frequency = np.arange(len(power)) / (side * pixel_size)
    curves = [("", frequency, power)]
    return CurveChart(
        curves=curves,
        x_label="spatial frequency (Å⁻¹)",
        y_label="power",
        drawing=power_spectrum_plot(curves),
        logarithmic=True,
        remarks=remarks,
    )


def density_chart(values: Num[Any, "..."], label: str, remarks: tuple[str, ...] = ()) -> AbstractChart:
    """How often each value occurs, of very many values among some that are evenly taken, to be drawn."""
    flat = np.asarray(values).reshape(-1)
    step = max(1, len(flat) // _COUNTED)
    if step > 1:
        remarks = (*remarks, f"every {step}th of {len(flat)} values")
    return HistogramChart(
        values=flat[::step].astype(np.float64), label=label, logarithmic=True, thing="value", remarks=remarks
    )


def montage_chart(images: ImageFile, pixel_size: float | None) -> AbstractChart:
    """Images evenly taken from a stack, to be drawn."""
    rows = _evenly(images.shape, _SHOWN)
    picture = image_grid(images.read(rows), pixel_size=pixel_size, titles=[str(row + 1) for row in rows])
    remarks = (f"{len(rows)} of {len(images)} images",) if len(rows) < len(images) else ()
    return PictureChart(picture=picture, remarks=remarks)


def image_spectrum_chart(images: ImageFile, pixel_size: float | None) -> AbstractChart:
    """`image_spectrum_figure` of images evenly taken from a stack, to be drawn."""
    rows = _evenly(images.shape, _AVERAGED)
    remarks = (f"mean of {len(rows)} of {len(images)} images",) if len(rows) < len(images) else ()
    return _image_spectrum(images.read(rows), _known(pixel_size, str(images.path)), remarks)


def image_density_chart(images: ImageFile) -> AbstractChart:
    """How often each value occurs in images evenly taken from a stack, to be drawn."""
    rows = _evenly(images.shape, _SHOWN)
    remarks = (f"of {len(rows)} of {len(images)} images",) if len(rows) < len(images) else ()
    return density_chart(images.read(rows), "value", remarks)


def particle_montage_chart(dataset: ParticleDataset) -> AbstractChart:
    """Images of particles evenly taken from a dataset, to be drawn."""
    rows = _evenly((len(dataset), *dataset.shape), _SHOWN_OF_PARTICLES)
    sizes = dataset.metadata.pixel_sizes[rows]
    same = bool(np.isfinite(sizes).all()) and np.ptp(sizes) < 1e-3 * sizes[0]
    titles = [str(row + 1) for row in rows]
    picture = image_grid(dataset.images(rows), pixel_size=float(sizes[0]) if same else None, titles=titles)
    remarks = (f"{len(rows)} of {len(dataset)} particles",) if len(rows) < len(dataset) else ()
    return PictureChart(picture=picture, remarks=remarks)


def _evenly(shape: tuple[int, int, int], most: int) -> Int[np.ndarray, " m"]:
    """Some images of a stack (n, y, x), evenly taken: fewer of large ones, so that they fit into memory."""
    count, rows, columns = shape
    fitting = max(1, _READ // (rows * columns))
    return np.unique(np.linspace(0, count - 1, min(count, most, fitting)).astype(int))


def _known(pixel_size: float | None, source: str) -> float:
    if pixel_size is None:
        raise InputError(
            f"{source}: its header has no pixel size, without which no frequency is known (--apix gives it).",
            hint="Give it in Å: --apix 1.2 (in Python pixel_size=1.2).",
        )
    return pixel_size
