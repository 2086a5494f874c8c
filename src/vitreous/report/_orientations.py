"""Where the particles were seen from."""

from typing import Any

import numpy as np
from jaxtyping import Float, Num, UInt8

from ._figure import Figure
from ._frame import Ticks
from ._marks import MUTED, Label, Line, Raster
from ._ramp import draw_colour_bar, ramp

_MOST_DIRECTIONS = 4000
_PER_PATCH = 60
_LEFT, _TOP, _WIDTH, _HEIGHT = 10.0, 8.0, 420.0, 210.0  # of the ellipse, in points
_PIXELS = (180, 360)


def orientation_plot(directions: Num[Any, "n 3"]) -> Figure:
    r"""How densely viewing directions cover the sphere, relative to a uniform cover, on an equal-area map.

    The density at $\hat u$ is smoothed by von Mises–Fisher kernels,

    $$\rho(\hat u) = \frac{2\kappa}{n (1 - e^{-2\kappa})} \sum_i e^{\kappa (\hat u \cdot \hat v_i - 1)},$$

    wide enough that about sixty directions fall within each (Fisher, Lewis & Embleton 1987, chapter 3). The map is
    Mollweide's (Snyder 1987, *Map Projections*, chapter 31): z is up, x in the middle.

    Arguments:
        directions: Viewing directions as vectors (x, y, z) of any length; of very many, an even selection is drawn.

    Returns:
        The figure.

    Examples:
        >>> directions = np.random.default_rng(0).normal(size=(500, 3))
        >>> orientation_plot(directions).texts[:3]
        ['−y', '+x', '+y']
    """
    density = direction_density(directions)
    highest = max(2.0, float(density.max()))
    figure = Figure(518, _HEIGHT + 2 * _TOP)
    figure.marks.append(Raster(_LEFT, _TOP, _WIDTH, _HEIGHT, _mollweide(ramp(density / highest))))
    _draw_graticule(figure)
    draw_colour_bar(
        figure,
        (_LEFT + _WIDTH + 20, _TOP + 0.15 * _HEIGHT, 0.7 * _HEIGHT),
        ramp(np.linspace(0, 1, 64)),
        limits=(0.0, highest),
        ticks=Ticks.round(0, highest),
        label="density / uniform",
    )
    return figure


def direction_density(directions: Num[Any, "n 3"]) -> Float[np.ndarray, "60 120"]:
    """The density of `orientation_plot` at the middle of each 3° of latitude, from −z to +z, and of longitude."""
    vectors = np.asarray(directions, np.float32)
    vectors = vectors[:: max(1, len(vectors) // _MOST_DIRECTIONS)]
    x, y, z = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T
    longitude = np.radians(np.arange(-178.5, 180, 3, dtype=np.float32))[:, None]
    across = np.cos(longitude) * x + np.sin(longitude) * y
    kappa = max(4.0, len(vectors) / _PER_PATCH)
    norm = 2 * kappa / (1 - np.exp(-2 * kappa)) / max(1, len(vectors))

    def row(latitude: float) -> np.ndarray:
        exponent = np.float32(kappa * np.cos(latitude)) * across
        exponent += np.float32(kappa) * (np.float32(np.sin(latitude)) * z - 1)
        np.maximum(exponent, np.float32(-60), out=exponent)  # below, single precision ends and gets slow
        return norm * np.exp(exponent, out=exponent).sum(axis=1, dtype=np.float64)

    return np.stack([row(float(latitude)) for latitude in np.radians(np.arange(-88.5, 90, 3))])


def _mollweide(colours: UInt8[np.ndarray, "60 120 4"]) -> UInt8[np.ndarray, "v u 4"]:
    """The map of colours given by latitude and longitude; transparent outside of the ellipse."""
    rows, columns = _PIXELS
    y, x = 1 - (np.arange(rows)[:, None] + 0.5) / (rows / 2), (np.arange(columns) + 0.5) / (columns / 2) - 1
    theta = np.arcsin(y)
    latitude = np.arcsin((2 * theta + np.sin(2 * theta)) / np.pi)
    turns = x / np.cos(theta)  # longitude in units of 180°
    row = ((latitude / np.pi + 0.5) * 60).astype(int).clip(0, 59)
    column = ((turns + 1) * 60).astype(int).clip(0, 119)
    pixels = colours[row, column]
    pixels[np.abs(turns) > 1] = 0
    return pixels


def _draw_graticule(figure: Figure) -> None:
    theta = np.linspace(-np.pi / 2, np.pi / 2, 61)

    def points(turns: Any, theta: Any) -> np.ndarray:
        x, y = np.broadcast_arrays(turns * np.cos(theta), np.sin(theta))
        return np.stack([_LEFT + _WIDTH * (1 + x) / 2, _TOP + _HEIGHT * (1 - y) / 2], axis=-1)

    for turns, name in ((-0.5, "−y"), (0.0, "+x"), (0.5, "+y")):
        figure.marks.append(Line(points(turns, theta), "white", 0.6, opacity=0.3))
        x, y = points(turns, 0.0)
        figure.marks.append(Label(x, y - 3, name, colour="white"))
    latitudes = np.arcsin((2 * theta + np.sin(2 * theta)) / np.pi)
    for latitude in np.radians((-60, -30, 0, 30, 60)):
        parallel = points(np.array([-1, 1]), np.interp(latitude, latitudes, theta))
        figure.marks.append(Line(parallel, "white", 0.6, opacity=0.3))
    outline = np.concatenate([points(-1, theta), points(1, theta[::-1])])
    figure.marks.append(Line(outline, MUTED, 0.8))
