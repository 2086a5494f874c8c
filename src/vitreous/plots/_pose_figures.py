"""Figures of the poses of particles."""

import numpy as np
from jaxtyping import Float64

from vitreous.datasets import ParticleDataset
from vitreous.report import Figure, orientation_plot

from ._charts import AbstractChart, PictureChart, ScatterChart
from ._missing import lacks, micrograph_names


def orientation_figure(dataset: ParticleDataset) -> Figure:
    """How densely the particles' directions of view cover the sphere, relative to a uniform cover.

    Arguments:
        dataset: The particles.

    Returns:
        The map of `vitreous.report.orientation_plot`. Directions are those of the beam in the frame of the particle.

    Raises:
        InputError: No particle has a pose.
    """
    return orientation_chart(dataset).figure()


def orientation_chart(dataset: ParticleDataset) -> AbstractChart:
    """`orientation_figure`, to be drawn."""
    metadata = dataset.metadata
    if metadata.euler_angles_deg is None or not np.isfinite(metadata.euler_angles_deg).all(axis=1).any():
        raise lacks(dataset, f"it has no poses: {metadata.pose_problem}")
    directions = viewing_directions(metadata.euler_angles_deg)
    posed = directions[np.isfinite(directions).all(axis=1)]
    lost = len(directions) - len(posed)
    remarks = (f"{lost} of {len(directions)} particles have no pose, and are left out",) if lost else ()
    return PictureChart(picture=orientation_plot(posed), remarks=remarks)


def viewing_directions(euler_angles_deg: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    r"""The direction $R^{-1} \hat z$ of the beam in the particle's frame, of angles (φ, θ, ψ) of `EulerAnglePose`.

    $R = R_z(\psi) R_y(\theta) R_z(\varphi)$, of which this is the last row.
    """
    phi, theta, _ = np.radians(euler_angles_deg).T
    return np.stack([-np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)


def shift_figure(dataset: ParticleDataset) -> Figure:
    """Where particles lie relative to the middle of their images.

    Arguments:
        dataset: The particles.

    Returns:
        A figure with a dot for each particle, at the offset of its pose in Å.

    Raises:
        InputError: No particle has an offset.
    """
    return shift_chart(dataset).figure()


def shift_chart(dataset: ParticleDataset) -> AbstractChart:
    """`shift_figure`, to be drawn."""
    offsets = dataset.metadata.offsets
    if offsets is None or not np.isfinite(offsets).any():
        raise lacks(dataset, f"it has no shifts: {dataset.metadata.pose_problem}")
    names, name_of = micrograph_names(dataset)
    return ScatterChart(
        x=offsets[:, 0], y=offsets[:, 1], x_label="offset x (Å)", y_label="offset y (Å)", names=names, name_of=name_of
    )
