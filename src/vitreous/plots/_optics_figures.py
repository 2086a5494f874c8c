"""Figures of the defocus and the astigmatism of particles."""

import numpy as np
from jaxtyping import Float64

from vitreous.datasets import ParticleDataset
from vitreous.report import Figure

from ._charts import AbstractChart, HistogramChart, ScatterChart
from ._missing import lacks, micrograph_names


def defocus_figure(dataset: ParticleDataset) -> Figure:
    """How often each mean defocus occurs among particles.

    Arguments:
        dataset: The particles.

    Returns:
        A histogram of the means of the two principal defoci, in Å.

    Raises:
        InputError: The particles have no CTF.
    """
    return defocus_chart(dataset).figure()


def defocus_chart(dataset: ParticleDataset) -> AbstractChart:
    """`defocus_figure`, to be drawn."""
    u, v, _ = _astigmatism(dataset)
    return HistogramChart(values=(u + v) / 2, label="mean defocus (Å)")


def micrograph_figure(dataset: ParticleDataset) -> Figure:
    """The mean defocus of each micrograph, in the order of the file, coloured by its number of particles.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a dot for each micrograph that has particles.

    Raises:
        InputError: The particles have no CTF, or their file does not name micrographs.
    """
    return micrograph_chart(dataset).figure()


def micrograph_chart(dataset: ParticleDataset) -> AbstractChart:
    """`micrograph_figure`, to be drawn."""
    u, v, _ = _astigmatism(dataset)
    micrograph_of = dataset.metadata.micrograph_of
    if micrograph_of is None:
        raise lacks(dataset, "it names no micrographs")
    mean = (u + v) / 2
    valued = np.isfinite(mean) & (micrograph_of >= 0)
    count = len(dataset.metadata.micrographs)
    particles = np.bincount(micrograph_of[valued], minlength=count)
    shown = np.flatnonzero(particles)
    sums = np.bincount(micrograph_of[valued], weights=mean[valued], minlength=count)
    return ScatterChart(
        x=shown + 1.0,
        y=sums[shown] / particles[shown],
        x_label="micrograph",
        y_label="mean defocus (Å)",
        colours=particles[shown].astype(float),
        colour_label="particles",
        names=dataset.metadata.micrographs,
        name_of=shown,
        thing="micrograph",
    )


def astigmatism_figure(dataset: ParticleDataset) -> Figure:
    r"""How astigmatic the particles' images are, $|\Delta f_u - \Delta f_v|$, against the direction.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a dot for each particle; the direction is that of the larger defocus, from +x, 0° to 180°.

    Raises:
        InputError: The particles have no CTF.
    """
    return astigmatism_chart(dataset).figure()


def astigmatism_chart(dataset: ParticleDataset) -> AbstractChart:
    """`astigmatism_figure`, to be drawn."""
    u, v, angle = _astigmatism(dataset)
    names, name_of = micrograph_names(dataset)
    return ScatterChart(
        x=np.where(u >= v, angle, angle + 90) % 180,
        y=np.abs(u - v),
        x_label="direction of the larger defocus (°)",
        y_label="astigmatism (Å)",
        names=names,
        name_of=name_of,
    )


def _astigmatism(dataset: ParticleDataset) -> tuple[Float64[np.ndarray, " n"], ...]:
    """The two principal defoci in Å and the angle of the first in degrees."""
    ctf = dataset.metadata.ctf_parameters
    names = ("defocus_u", "defocus_v", "astigmatism_angle_deg")
    if ctf is None or not np.isfinite(ctf["defocus_u"]).any():
        raise lacks(dataset, f"it has no CTF: {dataset.metadata.ctf_problem}")
    return tuple(ctf[name] for name in names)
