"""The job that analyses a latent space by its invariants."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.runs import Run, open_run

from ._latent_components import LatentComponents, latent_components, latent_scores
from ._latent_neighbours import LatentNeighbours, latent_neighbours
from ._latent_path import LatentPath, latent_path, latents_along
from ._latent_space import LatentSpace
from ._latents_files import write_components, write_maps, write_neighbours, write_path, write_scores
from ._latents_options import LatentsOptions, State
from ._latents_report import write_report
from ._moment_data import MomentData
from ._moment_file import read_moment_data
from ._reconstruct_frame import MapFrame, frame_of

DEFAULT = LatentsOptions()


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentsResult:
    """What `analyse_latents` found.

    Arguments:
        folder: The run folder.
        components: The principal components of the invariants.
        scores: Of each particle along them.
        path: The way from one state to the other, if asked for.
        neighbours: In the other latent space, if asked for.
        maps: How many were written.
    """

    folder: Path
    components: LatentComponents
    scores: Float[np.ndarray, "particles components"]
    path: LatentPath | None
    neighbours: LatentNeighbours | None
    maps: int

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines for a reader."""
        explained = ", ".join(f"{100 * part:.1f} %" for part in self.components.explained)
        lines = [f"{len(self.scores)} particles; components of their invariants explain {explained}"]
        if self.path is not None:
            particles = self.path.particle
            lines.append(f"path of {len(particles)} particles from {particles[0]} to {particles[-1]}")
        if self.neighbours is not None:
            median = np.median(self.neighbours.distance[:, 0])
            lines.append(f"nearest particles of the other space: median distance {median:.4g}")
        return (*lines, f"{self.maps} maps", f"Report: {self.folder / 'report.html'}")


def analyse_latents(
    source: str | Path,
    folder: str | Path,
    options: LatentsOptions = DEFAULT,
    *,
    memory: int | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> LatentsResult:
    """Find how the shapes of a latent space's particles differ, from their rotation-invariant norms.

    The invariants of every particle follow from the moments of consensus map and components (`latent_invariants`);
    their principal components say what varies (`latent_components`), whatever the job called its own, and maps along
    each show it (`latents_along`). A path leads from one state to another over particles between them (`latent_path`),
    and another latent space is compared particle by particle (`latent_neighbours`, normalised, as two maps rarely have
    one scale).

    Arguments:
        source: Moments of a bundle with its latents (`decompose_map`).
        folder: The run folder to make: `scores.csv`, `components.npz`, `component_1_1.mrc` … from the lowest to the
            highest scores, with a path `path.csv` and `path_001.mrc` …, with another space `neighbours.csv`, and
            `run.json`, `figures/` and `report.html`.
        options: Components, maps, path and comparison.
        memory: Bytes that the whole process may use; `VITREOUS_MEMORY` unless given.
        overwrite: Replace a finished run.
        progress: Told of every map.

    Returns:
        Components, scores, path and neighbours.

    Raises:
        InputError: A file is none of moments or has no latents, a state is no particle or has another number of
            coordinates, no way leads from one state to the other, the spaces differ in order or radius, the maps do not
            fit into memory, or the folder is taken.

    Examples:
        >>> import tempfile
        >>> from vitreous.shape import Moments
        >>> folder = Path(tempfile.mkdtemp())
        >>> moments, z = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex), np.linspace(-1, 1, 9)[:, None]
        >>> saved = Moments.from_arrays(moments, radius=9.0, voxel_size=1.0, box=18, latents=z).save(folder / "m.npz")
        >>> done = analyse_latents(saved, folder / "run", LatentsOptions(components=1, maps=1, steps=3))
        >>> print(done.maps, *done.summary[:1])
        3 9 particles; components of their invariants explain 100.0 %
    """
    source, folder = Path(source), Path(folder)
    data, space = _read(source)
    frame = frame_of(data, dimensions=options.dimensions, apix=options.apix)
    inputs = [source] if options.compare is None else [source, options.compare]
    recorded = {"source": str(source), **asdict(options)}
    with open_run(folder, verb="zernike latents", options=recorded, inputs=inputs, overwrite=overwrite) as run:
        found = _analysed(folder, space, options)
        found = replace(found, maps=_write(run, data, frame, found, options, memory=memory, progress=progress))
        run.results.update(_results(found, frame))
    return found


def _read(path: Path) -> tuple[MomentData, LatentSpace]:
    data, _ = read_moment_data(path)
    if data.latents is None or len(data.moments) < 2:
        raise InputError(
            f"{path}: has no latents of particles, so it is no latent space.",
            hint="Decompose a bundle that has them: vitreous zernike bundle map.mrc component_*.mrc --particles "
            "particles.cs -o job.npz, then vitreous zernike decompose job.npz -o moments.npz.",
        )
    return data, LatentSpace(data.moments, data.latents, radius=data.radius)


def _analysed(folder: Path, space: LatentSpace, options: LatentsOptions) -> LatentsResult:
    components = latent_components(space, count=options.components, normalised=options.normalised)
    path = neighbours = None
    if options.path is not None:
        start, end = (_particle(state, space) for state in options.path)
        joined = min(options.neighbours, len(space.latents) - 1)
        path = latent_path(space, start, end, neighbours=joined, normalised=options.normalised)
    if options.compare is not None:
        neighbours = latent_neighbours(space, _read(options.compare)[1], neighbours=options.nearest)
    scores = latent_scores(components, space)
    return LatentsResult(folder=folder, components=components, scores=scores, path=path, neighbours=neighbours, maps=0)


def _particle(state: State, space: LatentSpace) -> int:
    """The particle that a state names, or that is nearest to it, by coordinates divided by their spread."""
    if isinstance(state, int):
        return state
    latents = np.asarray(space.latents)
    if len(state) != latents.shape[1]:
        raise InputError(
            f"a state of {len(state)} coordinates is none of a latent space of {latents.shape[1]} components.",
            hint="Give one coordinate for each component, or the number of a particle.",
        )
    spread = latents.std(axis=0)
    return int(np.argmin((((latents - state) / np.where(spread > 0, spread, 1)) ** 2).sum(axis=1)))


def _write(
    run: Run,
    data: MomentData,
    frame: MapFrame,
    found: LatentsResult,
    options: LatentsOptions,
    *,
    memory: int | None,
    progress: Progress,
) -> int:
    """Write all files; returns how many maps."""
    latents = np.asarray(found.components.space.latents)
    write_components(run.partial("components.npz"), found.components)
    write_scores(run.partial("scores.csv"), latents, found.scores)
    ways = {
        f"component_{k + 1}": latents_along(found.scores[:, k], latents, steps=min(options.steps, len(latents)))
        for k in range(min(options.maps, found.scores.shape[1]))
    }
    if found.path is not None:
        write_path(run.partial("path.csv"), found.path)
        ways["path"] = found.path
    if found.neighbours is not None:
        write_neighbours(run.partial("neighbours.csv"), found.neighbours)
    slices = write_maps(run, data, frame, ways, memory=memory, progress=progress)
    write_report(run, found.scores, found.components, slices, ways, voxel_size=frame.voxel_size)
    return sum(map(len, slices.values()))


def _results(found: LatentsResult, frame: MapFrame) -> dict[str, Any]:
    path, neighbours = found.path, found.neighbours
    return {
        "particles": len(found.scores),
        "order": found.components.space.order,
        "radius_a": frame.radius,
        "box": frame.box,
        "voxel_size_a": frame.voxel_size,
        "maps": found.maps,
        "explained": found.components.explained.tolist(),
        "path": None if path is None else path.particle.tolist(),
        "median_distance": None if neighbours is None else float(np.median(neighbours.distance[:, 0])),
    }
