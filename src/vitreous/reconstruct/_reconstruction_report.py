"""The table of correlations and the report of a reconstruction."""

import csv
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import atomic_path
from vitreous.datasets import ParticleDataset
from vitreous.grids import FourierCorrelation
from vitreous.poses import AbstractPose
from vitreous.report import (
    Curve,
    Report,
    fsc_curves,
    orientation_plot,
    orthogonal_projections,
    orthogonal_slices,
    save_figure,
)
from vitreous.runs import Run

from ._half_maps import HalfMaps
from ._resolution import describe_resolution


def write_fsc_table(path: Path, halves: FourierCorrelation, truth: FourierCorrelation | None) -> None:
    """Write `shell, resolution_a, fsc_halves` and, with a truth, `fsc_truth`."""
    columns = {
        "shell": [int(s) for s in halves.shell],
        "resolution_a": [f"{r:.4f}" for r in np.asarray(halves.resolution_a)],
        "fsc_halves": [f"{c:.6f}" for c in np.asarray(halves.correlation)],
    }
    if truth is not None:
        columns["fsc_truth"] = [f"{c:.6f}" for c in np.asarray(truth.correlation)]
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_report(
    run: Run,
    dataset: ParticleDataset,
    maps: HalfMaps,
    truth: FourierCorrelation | None,
) -> None:
    """Write `report.html` and `figures/`: correlations, the map, and where the particles were seen from."""
    results = run.results
    report = Report("Reconstruction", subtitle=f"{len(dataset)} particles of {dataset.source.name}")
    mask = "masked" if results["masked"] else "unmasked"
    for threshold in (0.143, 0.5):
        report.key_result(f"FSC {threshold}", describe_resolution(maps.fsc, threshold), note=f"half-maps, {mask}")
    if truth is not None:
        report.key_result("Against truth", describe_resolution(truth, 0.5), note=f"FSC 0.5, {mask}")
    report.key_result("Symmetry", results["symmetry"], note=_operations(results["symmetry_order"]))

    report.heading("Resolution")
    curves = fsc_curves(correlation_curves(maps.fsc, truth))
    save_figure(curves, run.partial("figures/fsc.svg"))
    report.figure(curves, caption=f"Fourier shell correlations, {mask}.")
    report.heading("Map")
    slices = orthogonal_slices(maps.map, voxel_size=dataset.pixel_size)
    save_figure(slices, run.partial("figures/slices.svg"))
    report.figure(slices, caption="Central slices of the map.")
    report.figure(orthogonal_projections(maps.map, voxel_size=dataset.pixel_size), caption="Sums along the axes.")
    report.heading("Particles")
    directions = _viewing_directions(dataset.poses)
    report.figure(orientation_plot(directions), caption="Directions of view, before symmetry.")
    report.table(
        [(f"half-set {i + 1}", n) for i, n in enumerate(results["half_sets"])], columns=("Particles", "Number")
    )
    report.write(run.partial("report.html"))


def correlation_curves(halves: FourierCorrelation, truth: FourierCorrelation | None, suffix: str = "") -> list[Curve]:
    """The curves for a figure: halves, and the map against the truth."""
    curves = [(f"half-maps{suffix}", np.asarray(halves.frequency), np.asarray(halves.correlation))]
    if truth is not None:
        curves.append((f"map against truth{suffix}", np.asarray(truth.frequency), np.asarray(truth.correlation)))
    return curves


@jax.jit
@jax.vmap
def _viewing_directions(pose: AbstractPose) -> Float[Array, "3"]:
    return pose.viewing_direction


def _operations(order: int) -> str:
    return "none imposed" if order == 1 else f"{order} operations"
