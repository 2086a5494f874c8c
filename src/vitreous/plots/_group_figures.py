"""Figures of how particles are grouped."""

import numpy as np
from jaxtyping import Int

from vitreous.datasets import ParticleDataset
from vitreous.report import Figure

from ._charts import AbstractChart, BarChart
from ._missing import lacks


def class_figure(dataset: ParticleDataset) -> Figure:
    """How many particles each class has.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a bar for each class that has particles.

    Raises:
        InputError: The file assigns no classes.
    """
    return class_chart(dataset).figure()


def class_chart(dataset: ParticleDataset) -> AbstractChart:
    """`class_figure`, to be drawn."""
    if dataset.metadata.class_numbers is None:
        raise lacks(dataset, "it assigns no classes")
    return _bars(dataset.metadata.class_numbers, "class")


def half_set_figure(dataset: ParticleDataset) -> Figure:
    """How many particles each half-set has.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a bar for each half-set.

    Raises:
        InputError: The file assigns no half-sets.
    """
    return half_set_chart(dataset).figure()


def half_set_chart(dataset: ParticleDataset) -> AbstractChart:
    """`half_set_figure`, to be drawn."""
    if dataset.metadata.half_sets is None:
        raise lacks(dataset, "it assigns no half-sets")
    return _bars(dataset.metadata.half_sets, "half-set")


def optics_group_figure(dataset: ParticleDataset) -> Figure:
    """How many particles each optics group has.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a bar for each optics group that has particles, under its name where it has one.
    """
    return optics_group_chart(dataset).figure()


def optics_group_chart(dataset: ParticleDataset) -> AbstractChart:
    """`optics_group_figure`, to be drawn."""
    numbers, counts = np.unique(dataset.metadata.optics_groups, return_counts=True)
    names = dataset.metadata.optics_group_names
    labels = [f"{k}: {names[k]}" if k in names else f"optics group {k}" for k in numbers.tolist()]
    return BarChart(counts=dict(zip(labels, counts.tolist(), strict=True)), label="particles")


def _bars(numbers: Int[np.ndarray, " n"], name: str) -> BarChart:
    distinct, counts = np.unique(numbers, return_counts=True)
    return BarChart(
        counts={f"{name} {k}": count for k, count in zip(distinct.tolist(), counts.tolist(), strict=True)},
        label="particles",
    )
