"""Where the particles were seen from."""

from typing import Any

import numpy as np
from jaxtyping import Float, Num
from matplotlib.figure import Figure

from ._style import INK, MUTED, new_figure

_MOST_DIRECTIONS = 4000
_PER_PATCH = 60


def orientation_plot(directions: Num[Any, "n 3"]) -> Figure:
    r"""How densely viewing directions cover the sphere, relative to a uniform cover, on an equal-area map.

    The density at $\hat u$ is smoothed by von Mises–Fisher kernels,

    $$\rho(\hat u) = \frac{2\kappa}{n (1 - e^{-2\kappa})} \sum_i e^{\kappa (\hat u \cdot \hat v_i - 1)},$$

    wide enough that about sixty directions fall within each (Fisher, Lewis & Embleton 1987, chapter 3). The map is
    Mollweide's: z is up, x in the middle.

    Arguments:
        directions: Viewing directions as vectors (x, y, z) of any length; of very many, an even selection is drawn.

    Returns:
        The figure.

    Examples:
        >>> directions = np.random.default_rng(0).normal(size=(500, 3))
        >>> orientation_plot(directions).axes[0].name
        'mollweide'
    """
    vectors = np.asarray(directions, dtype=float)
    vectors = vectors[:: max(1, len(vectors) // _MOST_DIRECTIONS)]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    longitude = np.linspace(-np.pi, np.pi, 121)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 61)
    density = _density(vectors, 0.5 * (longitude[1:] + longitude[:-1]), 0.5 * (latitude[1:] + latitude[:-1]))
    with new_figure(7.2, 3.4) as figure:
        axes = figure.add_subplot(projection="mollweide")
        mesh = axes.pcolormesh(
            longitude, latitude, density, cmap="viridis", vmin=0, vmax=max(2.0, density.max()), rasterized=True
        )
        axes.set_axisbelow(False)
        axes.set_longitude_grid_ends(90)  # pyright: ignore[reportAttributeAccessIssue]
        axes.grid(True, color="white", alpha=0.3, linewidth=0.6)
        axes.set_xticks(np.radians([-90, 0, 90]), ["−y", "+x", "+y"], color="white", fontsize=9)
        axes.set_yticks(np.radians([-60, -30, 0, 30, 60]), [])
        axes.spines["geo"].set_color(MUTED)
        bar = figure.colorbar(mesh, ax=axes, shrink=0.7, pad=0.03, aspect=18)
        bar.set_label("density / uniform", color=INK)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return figure


def _density(
    vectors: Float[np.ndarray, "n 3"], longitude: Float[np.ndarray, " u"], latitude: Float[np.ndarray, " v"]
) -> Float[np.ndarray, "v u"]:
    cosine = np.cos(latitude)[:, None]
    grid = np.stack(
        [cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)[:, None] + 0 * longitude], -1
    )
    kappa = max(4.0, len(vectors) / _PER_PATCH)
    norm = 2 * kappa / (1 - np.exp(-2 * kappa)) / max(1, len(vectors))
    return np.stack([norm * np.exp(kappa * (row @ vectors.T - 1)).sum(-1) for row in grid])
