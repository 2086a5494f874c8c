"""Figures of latent spaces: pairs of coordinates, and what multibody components are made of."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Num, Shaped

from vitreous._core import InputError
from vitreous.report import Figure, heat_map

from ._charts import AbstractChart, HistogramChart, PictureChart, ScatterChart

_MOST_COMPONENTS = 4  # of which all pairs are shown


def latent_figure(
    latents: Num[Any, "particles components"],
    first: int = 0,
    second: int = 1,
    *,
    colours: Shaped[Any, " particles"] | None = None,
    colour_label: str = "",
) -> Figure:
    """One latent coordinate of particles against another, with a histogram of each.

    Arguments:
        latents: The coordinates, as `vitreous.datasets.component_latents` or a `LatentBundle` has them.
        first: The component to the right, counted from 0.
        second: The component upwards.
        colours: What colours the dots, one value for each particle.
        colour_label: What that is.

    Returns:
        The figure.

    Raises:
        InputError: There is no such component.

    Examples:
        >>> latents = np.random.default_rng(0).normal(size=(100, 3))
        >>> [text for text in latent_figure(latents, 0, 2).texts if "component" in text]
        ['component 0', 'component 2']
    """
    values = np.asarray(latents, float)
    for component in (first, second):
        if not 0 <= component < values.shape[1]:
            raise InputError(
                f"there is no component {component} among {values.shape[1]} latent coordinates.",
                hint=f"Count from 0: 0 to {values.shape[1] - 1}.",
            )
    chart = _pair(values, [str(k) for k in range(values.shape[1])], first, second)
    return replace(chart, colours=None if colours is None else np.asarray(colours), colour_label=colour_label).figure()


def latent_charts(latents: Num[Any, "particles components"], names: Sequence[str]) -> list[AbstractChart]:
    """All pairs of the first four components, or the histogram of the only one, to be drawn.

    Arguments:
        latents: The coordinates.
        names: The components' numbers, as their file has them.
    """
    values = np.asarray(latents, float)
    if values.shape[1] == 1:
        return [HistogramChart(values=values[:, 0], label=f"component {names[0]}")]
    pairs = combinations(range(min(_MOST_COMPONENTS, values.shape[1])), 2)
    charts: list[AbstractChart] = [_pair(values, names, *pair) for pair in pairs]
    if values.shape[1] > _MOST_COMPONENTS:
        remark = f"pairs of the first {_MOST_COMPONENTS} of {values.shape[1]} components; --x and --y draw others"
        charts[-1] = replace(_pair(values, names, _MOST_COMPONENTS - 2, _MOST_COMPONENTS - 1), remarks=(remark,))
    return charts


def _pair(values: np.ndarray, names: Sequence[str], first: int, second: int) -> ScatterChart:
    return ScatterChart(
        x=values[:, first],
        y=values[:, second],
        x_label=f"component {names[first]}",
        y_label=f"component {names[second]}",
    )


def loading_figure(eigenvectors: Num[Any, "components parameters"], names: Sequence[str]) -> Figure:
    """What each component of a multibody analysis is made of: its share of each body's rotations and shifts.

    Arguments:
        eigenvectors: One row for each component, as RELION's `analyse_eigenvectors.dat` has them.
        names: The parameters, such as `rot-body-1`.

    Returns:
        A table of coloured squares, the first component above.

    Examples:
        >>> loading_figure(np.eye(2), ["rot-body-1", "tilt-body-1"]).texts[:2]
        ['component 1', 'component 2']
    """
    return loading_chart(eigenvectors, names).figure()


def loading_chart(eigenvectors: Num[Any, "components parameters"], names: Sequence[str]) -> AbstractChart:
    """`loading_figure`, to be drawn."""
    rows = [f"component {k}" for k in range(1, len(eigenvectors) + 1)]
    return PictureChart(picture=heat_map(eigenvectors, rows=rows, columns=names, label="loading"))
