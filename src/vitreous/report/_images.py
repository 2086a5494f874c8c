"""Figures of images and of maps."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, UInt8

from ._figure import Figure
from ._marks import Area, Label, Raster

_MOST_PIXELS = 256
_MARGIN = 0.05  # of the image's width, between its edge and the scale bar
_GAP = 5.0  # points between images


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
        >>> len(image_grid(images, pixel_size=1.5).rasters)
        4
    """
    images = np.asarray(images)
    n, height, width = images.shape
    columns = columns or _columns(n)
    tile = 72 * min(2.8, 8.4 / columns)
    across = tile - _GAP
    down = across * height / width
    step = down + _GAP + (18 if titles else 0)
    figure = Figure(columns * tile, math.ceil(n / columns) * step)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        left, bottom = column * tile + _GAP / 2, (row + 1) * step - _GAP / 2
        picture = Raster(left, bottom - down, across, down, _grey(_shrunk(image)))
        figure.marks.append(picture)
        if index < len(titles):
            figure.marks.append(Label(left + across / 2, picture.y - 5, titles[index]))
        if index == 0 and pixel_size is not None:
            _scale_bar(figure, picture, width * pixel_size)
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
        >>> [text for text in orthogonal_slices(np.zeros((8, 8, 8))).texts if "slice" in text]
        ['slice ⊥ z', 'slice ⊥ y', 'slice ⊥ x']
    """
    volume = np.asarray(volume)
    slices = [np.take(volume, size // 2, axis=axis) for axis, size in enumerate(volume.shape)]
    return _three_views(slices, "slice ⊥", voxel_size)


def orthogonal_projections(volume: Num[Any, "z y x"], *, voxel_size: float | None = None) -> Figure:
    """The three sums of a map along z, y and x.

    Arguments:
        volume: The map.
        voxel_size: Its voxel size in Å, for a scale bar.

    Returns:
        The figure.

    Examples:
        >>> [text for text in orthogonal_projections(np.zeros((8, 8, 8))).texts if "sum" in text]
        ['sum along z', 'sum along y', 'sum along x']
    """
    volume = np.asarray(volume)
    return _three_views([volume.sum(axis) for axis in range(3)], "sum along", voxel_size)


def _three_views(views: Sequence[np.ndarray], what: str, voxel_size: float | None) -> Figure:
    side, left_margin, top, bottom = 180.0, 16.0, 18.0, 16.0
    heights = [side * view.shape[0] / view.shape[1] for view in views]
    figure = Figure(3 * (side + left_margin) + _GAP, top + max(heights) + bottom)
    limits = grey_limits(np.concatenate([view.ravel() for view in views]))
    for index, (view, height, axis, names) in enumerate(zip(views, heights, "zyx", ("xy", "xz", "yz"), strict=True)):
        picture = Raster(left_margin + index * (side + left_margin), top, side, height, _grey(_shrunk(view), limits))
        figure.marks += [
            picture,
            Label(picture.x + side / 2, top - 6, f"{what} {axis}", size=9.5),
            Label(picture.x, top + height + 12, f"{names[0]} →", anchor="start"),
            Label(picture.x - 5, top, f"← {names[1]}", anchor="end", turned=True),
        ]
        if index == 0 and voxel_size is not None:
            _scale_bar(figure, picture, view.shape[1] * voxel_size)
    return figure


def grey_limits(image: Num[np.ndarray, "*shape"]) -> tuple[float, float]:
    """Grey levels that show an image: from the 0.5th to the 99.5th percentile of its finite values."""
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, (0.5, 99.5)))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _grey(image: Float[np.ndarray, "v u"], limits: tuple[float, float] | None = None) -> UInt8[np.ndarray, "v u"]:
    """From black at the lower limit to white at the upper one; what is no number is white."""
    low, high = limits or grey_limits(image)
    level = np.where(np.isnan(image), 1.0, (image - low) / (high - low))
    return np.round(255 * level.clip(0, 1)).astype(np.uint8)


def _shrunk(image: Num[np.ndarray, "y x"]) -> Float[np.ndarray, "v u"]:
    image = np.asarray(image, dtype=float)
    factor = math.ceil(max(image.shape) / _MOST_PIXELS)
    if factor == 1:
        return image
    height, width = (size // factor for size in image.shape)
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor)
    return blocks.mean((1, 3))


def _scale_bar(figure: Figure, picture: Raster, width_a: float) -> None:
    """A bar of a round length, about a quarter of the image, at its lower left."""
    exponent = 10 ** math.floor(math.log10(width_a / 4))
    length = math.floor(width_a / 4 / exponent) * exponent
    label = f"{length:g} Å" if length < 1000 else f"{length / 10:g} nm"
    margin = _MARGIN * picture.width
    left, bottom = picture.x + margin, picture.y + picture.height - margin
    right, top = left + length / width_a * picture.width, bottom - 0.018 * picture.width
    corners = np.array([(left, bottom), (left, top), (right, top), (right, bottom)])
    figure.marks.append(Area(corners, "white", edge="black"))
    figure.marks.append(Label((left + right) / 2, top - 3, label, size=8, colour="white", outlined=True))
