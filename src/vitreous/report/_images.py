"""Figures of images and of maps."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Num
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from ._style import grey_limits, new_figure

_MOST_PIXELS = 256
_MARGIN = 0.05  # of the image's width, between its edge and the scale bar


def image_grid(
    images: Num[Any, "n y x"],
    *,
    pixel_size: float | None = None,
    titles: Sequence[str] = (),
    columns: int | None = None,
) -> Figure:
    """Images side by side, each with grey levels of its own.

    Arguments:
        images: The images. Large ones are averaged over blocks of pixels to about 256 pixels.
        pixel_size: Their pixel size in Å, for a scale bar on the first.
        titles: A title for each image, or none.
        columns: How many in a row; three to six, whichever fits best, if left out.

    Returns:
        The figure.

    Examples:
        >>> images = np.random.default_rng(0).normal(size=(4, 16, 16))
        >>> len(image_grid(images, pixel_size=1.5).axes)
        4
    """
    images = np.asarray(images)
    n, height, width = images.shape
    columns = columns or _columns(n)
    rows = math.ceil(n / columns)
    tile = min(2.8, 8.4 / columns)
    title_height = 0.28 if titles else 0.0
    with new_figure(columns * tile, rows * (tile * height / width + title_height + 0.06)) as figure:
        for index, image in enumerate(images):
            axes = figure.add_subplot(rows, columns, index + 1)
            _show(axes, image)
            if index < len(titles):
                axes.set_title(titles[index], fontsize=9, pad=4)
            if index == 0 and pixel_size is not None:
                _scale_bar(axes, width * pixel_size, height * pixel_size)
    return figure


def _columns(n: int) -> int:
    """Three to six, so that the last row is full if it can be and the whole is a little wider than high."""
    return min(range(min(n, 3), min(n, 6) + 1), key=lambda columns: (-n % columns, abs(columns - math.sqrt(1.5 * n))))


def orthogonal_slices(volume: Num[Any, "z y x"], *, voxel_size: float | None = None) -> Figure:
    """The three central slices of a map, perpendicular to z, y and x.

    Arguments:
        volume: The map.
        voxel_size: Its voxel size in Å, for a scale bar.

    Returns:
        The figure.

    Examples:
        >>> [axes.get_title() for axes in orthogonal_slices(np.zeros((8, 8, 8)), voxel_size=2.0).axes]
        ['slice ⊥ z', 'slice ⊥ y', 'slice ⊥ x']
    """
    volume = np.asarray(volume)
    slices = [np.take(volume, size // 2, axis=axis) for axis, size in enumerate(volume.shape)]
    return _three_views(slices, "slice", voxel_size)


def orthogonal_projections(volume: Num[Any, "z y x"], *, voxel_size: float | None = None) -> Figure:
    """The three sums of a map along z, y and x.

    Arguments:
        volume: The map.
        voxel_size: Its voxel size in Å, for a scale bar.

    Returns:
        The figure.

    Examples:
        >>> [axes.get_title() for axes in orthogonal_projections(np.zeros((8, 8, 8))).axes]
        ['sum along z', 'sum along y', 'sum along x']
    """
    volume = np.asarray(volume)
    return _three_views([volume.sum(axis) for axis in range(3)], "sum", voxel_size)


def _three_views(views: Sequence[np.ndarray], what: str, voxel_size: float | None) -> Figure:
    names = ("slice ⊥ {}" if what == "slice" else "sum along {}").format
    height = 2.8 * max(view.shape[0] / view.shape[1] for view in views)
    with new_figure(8.4, height + 0.25) as figure:
        limits = grey_limits(np.concatenate([view.ravel() for view in views]))
        for index, (view, axis, labels) in enumerate(zip(views, "zyx", ("xy", "xz", "yz"), strict=True)):
            axes = figure.add_subplot(1, 3, index + 1)
            _show(axes, view, limits)
            axes.set_title(names(axis), fontsize=9.5, pad=5)
            axes.set_xlabel(f"{labels[0]} →", fontsize=9, loc="left", labelpad=3)
            axes.set_ylabel(f"← {labels[1]}", fontsize=9, loc="top", labelpad=3)
            if index == 0 and voxel_size is not None:
                _scale_bar(axes, view.shape[1] * voxel_size, view.shape[0] * voxel_size)
    return figure


def _show(axes: Axes, image: np.ndarray, limits: tuple[float, float] | None = None) -> None:
    image = _shrunk(np.asarray(image, dtype=float))
    low, high = limits or grey_limits(image)
    axes.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="none", extent=(0, 1, 1, 0), aspect="auto")
    axes.set_box_aspect(image.shape[0] / image.shape[1])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _shrunk(image: np.ndarray) -> np.ndarray:
    factor = math.ceil(max(image.shape) / _MOST_PIXELS)
    if factor == 1:
        return image
    height, width = (size // factor for size in image.shape)
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor)
    return blocks.mean((1, 3))


def _scale_bar(axes: Axes, width_a: float, height_a: float) -> None:
    """A bar of a round length, about a quarter of the image, at its lower left."""
    exponent = 10 ** math.floor(math.log10(width_a / 4))
    length = math.floor(width_a / 4 / exponent) * exponent
    label = f"{length:g} Å" if length < 1000 else f"{length / 10:g} nm"
    aspect = width_a / height_a
    bottom, left = 1 - _MARGIN * aspect, _MARGIN
    axes.add_patch(
        Rectangle((left, bottom - 0.018 * aspect), length / width_a, 0.018 * aspect,
                  facecolor="white", edgecolor="black", linewidth=0.6)
    )  # fmt: skip
    axes.text(
        left + length / width_a / 2, bottom - 0.035 * aspect, label, color="white", fontsize=8, ha="center",
        va="bottom", path_effects=[withStroke(linewidth=1.8, foreground="black")],
    )  # fmt: skip
