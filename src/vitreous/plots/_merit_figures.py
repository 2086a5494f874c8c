"""Figures of columns, and of those that rate particles among them."""

import numpy as np

from vitreous.datasets import ParticleDataset
from vitreous.report import Figure

from ._charts import AbstractChart, HistogramChart, ScatterChart
from ._columns import Columns, column_label, dataset_columns
from ._missing import lacks, micrograph_names

_NO_VALUE = -999.0  # RELION's
# What one stage of processing thinks of a particle or its micrograph, in two columns that are told together.
_PAIRS = (
    ("rlnCtfMaxResolution", "rlnCtfFigureOfMerit"),
    ("rlnLogLikeliContribution", "rlnMaxValueProbDistribution"),
    ("ctf/ctf_fit_to_A", "ctf/cross_corr_ctffind4"),
    ("alignments3D/error", "alignments3D/cross_cor"),
    ("alignments2D/error", "alignments2D/cross_cor"),
    ("pick_stats/ncc_score", "pick_stats/power"),
)
_SINGLES = ("rlnAutopickFigureOfMerit", "rlnCtfIceRingDensity", "ctf_stats/fit_data_cross_corr", "motion/abs_mag")


def column_figure(dataset: ParticleDataset, x: str, y: str | None = None, *, colour: str | None = None) -> Figure:
    """One column of the file as a histogram, or two against each other with a histogram of each.

    Arguments:
        dataset: The particles.
        x: The column to the right, under the file's own name, such as `rlnDefocusU` or `alignments3D/shift[0]`.
        y: The column upwards; none for a histogram of x.
        colour: The column that colours the dots, of numbers or of text.

    Returns:
        The figure.

    Raises:
        InputError: There is no such column (similar names are told), or x or y holds text.
    """
    return column_chart(dataset_columns(dataset), x, y, colour=colour, dataset=dataset).figure()


def column_chart(
    columns: Columns, x: str, y: str | None = None, *, colour: str | None = None, dataset: ParticleDataset | None = None
) -> AbstractChart:
    """`column_figure`, to be drawn, of a table of any kind; particles tell their micrographs."""
    if y is None:
        return HistogramChart(values=columns.numbers(x), label=column_label(x), thing=columns.thing)
    names, name_of = ((), None) if dataset is None else micrograph_names(dataset)
    return ScatterChart(
        x=columns.numbers(x),
        y=columns.numbers(y),
        x_label=column_label(x),
        y_label=column_label(y),
        colours=None if colour is None else columns.column(colour),
        colour_label="" if colour is None else column_label(colour),
        names=names,
        name_of=name_of,
        thing=columns.thing,
    )


def figure_of_merit_figure(dataset: ParticleDataset) -> Figure:
    """What the program that made the file thinks of each particle, in the first pair of such columns that it has.

    Arguments:
        dataset: The particles.

    Returns:
        For example `rlnCtfFigureOfMerit` against `rlnCtfMaxResolution`.

    Raises:
        InputError: The file has no such columns.
    """
    return merit_charts(dataset)[0].figure()


def merit_charts(dataset: ParticleDataset) -> list[AbstractChart]:
    """All pairs of columns that rate particles, and single ones, to be drawn.

    Raises:
        InputError: There are none.
    """
    columns = dataset_columns(dataset)
    names, name_of = micrograph_names(dataset)
    charts: list[AbstractChart] = [
        ScatterChart(
            x=_rated(columns, x),
            y=_rated(columns, y),
            x_label=column_label(x),
            y_label=column_label(y),
            names=names,
            name_of=name_of,
        )
        for x, y in _PAIRS
        if {x, y} <= set(columns.names)
    ]
    singles = {name: _rated(columns, name) for name in _SINGLES if name in columns.names}
    charts += [
        HistogramChart(values=values, label=column_label(name))
        for name, values in singles.items()
        if np.isfinite(values).any()
    ]
    if not charts:
        raise lacks(dataset, "it has no column that rates particles, such as rlnCtfFigureOfMerit")
    return charts


def _rated(columns: Columns, name: str) -> np.ndarray:
    values = columns.numbers(name)
    return np.where(values == _NO_VALUE, np.nan, values)
