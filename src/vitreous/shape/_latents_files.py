"""The tables and maps of an analysis of a latent space."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from vitreous._core import Progress, atomic_path
from vitreous.harmonics import invariant_labels
from vitreous.io import write_mrc, write_npz
from vitreous.runs import Run

from ._latent_components import LatentComponents
from ._latent_invariants import moments_at
from ._latent_neighbours import LatentNeighbours
from ._latent_path import LatentPath
from ._moment_data import MomentData
from ._reconstruct import maps_by_plan
from ._reconstruct_frame import MapFrame

Slices = dict[str, list[Float[np.ndarray, "y x"]]]


def write_components(path: Path, components: LatentComponents) -> None:
    """Write the principal components of invariants, whose labels are n and l."""
    n, l = invariant_labels(components.space.order)
    write_npz(
        path,
        {
            "n": n,
            "l": l,
            "mean": components.mean,
            "axes": components.axes,
            "variance": components.variance,
            "explained": components.explained,
            "normalised": components.normalised,
        },
    )


def write_scores(
    path: Path, latents: Float[np.ndarray, "particles k"], scores: Float[np.ndarray, "particles components"]
) -> None:
    """Write `particle, z_1 …, score_1 …`, a row for each particle."""
    names = ("particle", *_numbered("z", latents.shape[1]), *_numbered("score", scores.shape[1]))
    rows = zip(latents.tolist(), scores.tolist(), strict=True)
    _write_csv(path, names, ([k, *map(_short, (*z, *score))] for k, (z, score) in enumerate(rows)))


def write_path(path: Path, way: LatentPath) -> None:
    """Write `step, particle, position, z_1 …`."""
    names = ("step", "particle", "position", *_numbered("z", way.latents.shape[1]))
    rows = zip(way.particle.tolist(), way.position.tolist(), way.latents.tolist(), strict=True)
    _write_csv(path, names, ([k + 1, particle, *map(_short, (at, *z))] for k, (particle, at, z) in enumerate(rows)))


def write_neighbours(path: Path, neighbours: LatentNeighbours) -> None:
    """Write `particle, neighbour, distance`, the nearest first."""
    rows = enumerate(zip(neighbours.particle.tolist(), neighbours.distance.tolist(), strict=True))
    _write_csv(
        path,
        ("particle", "neighbour", "distance"),
        ([k, other, _short(d)] for k, (others, far) in rows for other, d in zip(others, far, strict=True)),
    )


def write_maps(
    run: Run,
    data: MomentData,
    frame: MapFrame,
    ways: Mapping[str, LatentPath],
    *,
    memory: int | None,
    progress: Progress,
) -> Slices:
    """Write the maps along each way as `NAME_1.mrc`, …; returns their central slices."""
    steps = {name: _step_names(name, len(way.latents)) for name, way in ways.items()}
    slices: Slices = {name: [] for name in ways}
    places = [(name, step) for name in ways for step in steps[name]]
    if not places:
        return slices
    rows = np.concatenate([np.asarray(moments_at(data.moments, way.latents)) for way in ways.values()])
    maps, _ = maps_by_plan(frame, rows, memory=memory, device=None, source=data.source)
    done = progress.track(zip(places, maps, strict=True), description="Writing maps", total=len(places))
    for (name, step), volume in done:
        write_mrc(run.partial(f"{step}.mrc"), volume, pixel_size=frame.voxel_size, origin=frame.origin)
        slices[name].append(volume[len(volume) // 2])
    return slices


def _step_names(name: str, steps: int) -> list[str]:
    width = len(str(steps))
    return [f"{name}_{step:0{width}d}" for step in range(1, steps + 1)]


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}_{k}" for k in range(1, count + 1)]


def _short(value: float) -> str:
    return f"{value:.7g}"  # what single precision holds


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)
