"""The job that reconstructs a map from particles with known poses."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from vitreous._core import JOB_OVERHEAD, NO_PROGRESS, InputError, Progress, require_memory
from vitreous.datasets import ParticleDataset, load_volume
from vitreous.grids import FourierCorrelation, fourier_shell_correlation
from vitreous.io import inspect_mrc, write_mrc
from vitreous.poses import PointGroup, point_group
from vitreous.runs import Run, open_run

from ._accumulator import FourierAccumulator
from ._compare_maps import check_not_empty, times
from ._half_maps import HalfMaps, Spectra, half_maps
from ._insert import checkpoint_pace, insert_particles
from ._options import ReconstructionOptions
from ._reconstruction_report import write_fsc_table, write_report
from ._resolution import describe_resolution

DEFAULT = ReconstructionOptions()


@dataclass(frozen=True)
class ReconstructionResult:
    """What a reconstruction made.

    Arguments:
        folder: The run folder.
        report: The report in it.
        maps: The half-maps, the map and the correlation of the halves.
        fsc_truth: Correlation of the map with the truth, where one was given.
        summary: Lines that say so.
    """

    folder: Path
    report: Path
    maps: HalfMaps
    fsc_truth: FourierCorrelation | None
    summary: tuple[str, ...]


def reconstruct_particles(
    particles: str | Path,
    folder: str | Path,
    options: ReconstructionOptions = DEFAULT,
    *,
    memory: int | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> ReconstructionResult:
    """Reconstruct half-maps and a map from particles whose poses and CTFs are known.

    Images are inserted into Fourier space with their CTF (`FourierAccumulator`), and with the scale, beam tilt, other
    aberrations and anisotropic magnification that the STAR file gives; a Wiener filter whose strength comes from the
    correlation of the half-maps gives the maps (`half_maps`), and point-group symmetry is imposed while inserting. Peak
    memory does not grow with the number of images. A run that was stopped goes on where it was, unless an image stack
    has another size or time of modification since.

    Arguments:
        particles: STAR file.
        folder: The run folder to make: `half1.mrc`, `half2.mrc`, `map.mrc`, `fsc.csv`, `run.json`, `report.html`.
        options: Symmetry, truth, mask.
        memory: Bytes that the process may use, its libraries included; `VITREOUS_MEMORY` unless given. The maps are
            the same, to rounding, whatever it is.
        overwrite: Replace a finished run.
        progress: Follows the batches.

    Raises:
        InputError: No poses, missing or broken images, images multiplied by their CTF already, maps that do not match,
            a folder that is taken, or too little memory.
    """
    particles, folder = Path(particles), Path(folder)
    dataset = ParticleDataset.load(
        particles, pixel_size=options.apix, contrast=options.contrast, project=options.project
    )
    group = point_group(options.symmetry)
    box = _checked_box(dataset, memory=memory)
    truth, mask = (_matching_map(path, dataset, box, apix=options.apix) for path in (options.truth, options.mask))
    inputs = [path for path in (particles, options.truth, options.mask) if path is not None]
    recorded = {"particles": str(particles), **asdict(options)}
    with open_run(
        folder,
        verb="reconstruct",
        options=recorded,
        inputs=inputs,
        large_inputs=dataset.image_files,
        overwrite=overwrite,
    ) as run:
        halves = _half_sets(dataset, options.seed)
        first, second = (
            _insert_half(run, dataset, group, halves=halves, half=half, memory=memory, progress=progress)
            for half in (1, 2)
        )
        window = FourierAccumulator.empty(8).interpolant
        maps = half_maps(
            first,
            second,
            box=box,
            voxel_size=dataset.pixel_size,
            interpolant=window,
            mask=mask,
            progress=progress,
        )
        against_truth = (
            None
            if truth is None
            else fourier_shell_correlation(maps.map, truth, voxel_size=dataset.pixel_size, mask=mask)
        )
        for name, values in (("half1.mrc", maps.half1), ("half2.mrc", maps.half2), ("map.mrc", maps.map)):
            write_mrc(run.partial(name), values, pixel_size=dataset.pixel_size)
        write_fsc_table(run.partial("fsc.csv"), maps.fsc, against_truth)
        summary = _summary(maps.fsc, against_truth)
        run.results.update(
            particles=len(dataset),
            half_sets=[int((halves == half).sum()) for half in (1, 2)],
            box=box,
            pixel_size_a=dataset.pixel_size,
            symmetry=group.name,
            symmetry_order=group.order,
            masked=mask is not None,
            **{f"resolution_{t}_a": maps.fsc.resolution(t) for t in (0.143, 0.5)},
            **{"resolution_truth_0.5_a": None if against_truth is None else against_truth.resolution(0.5)},
        )
        write_report(run, dataset, maps, against_truth)
    return ReconstructionResult(
        folder, folder / "report.html", maps, against_truth, (*summary, f"Report: {folder / 'report.html'}")
    )


def reconstruction_memory(box: int) -> int:
    """Bytes that the arrays of a reconstruction take, beside the libraries and what any job takes.

    For each voxel of the padded box of twice the edge: 12 for the half grids N and W of both half-sets, and the rest
    while the equations of both are made side by side; 36 were measured with boxes of 128 and 192.

    Arguments:
        box: Edge of the images in pixels.

    Examples:
        >>> reconstruction_memory(128) // 2**20
        640
    """
    return 40 * (2 * box) ** 3


def _checked_box(dataset: ParticleDataset, *, memory: int | None) -> int:
    rows, columns = dataset.shape
    if rows != columns:
        raise InputError(
            f"{dataset.source}: images of {rows} × {columns} pixels are not square.",
            hint="Extract the particles in square boxes.",
        )
    if count := int(dataset.metadata.ctf_premultiplied.sum()):
        raise InputError(
            f"{dataset.source}: {count} of {len(dataset)} particles were multiplied by their CTF already "
            "(rlnCtfDataAreCtfPremultiplied), and a reconstruction would weight them by it once more.",
            hint="Extract the particles without premultiplication.",
        )
    dataset.check_images()
    _ = dataset.poses, dataset.optics, dataset.pixel_size
    require_memory(
        JOB_OVERHEAD + reconstruction_memory(rows),
        what=f"{dataset.source}: a reconstruction in a box of {rows}",
        hint="Downsample the particles.",
        memory=memory,
    )
    return rows


def _matching_map(
    path: str | Path | None, dataset: ParticleDataset, box: int, *, apix: float | None
) -> np.ndarray | None:
    if path is None:
        return None
    # --apix speaks of images and maps without a pixel size; where a header has one, it must agree.
    values, voxel_size = load_volume(path, voxel_size=apix if inspect_mrc(path).pixel_size is None else None)
    if values.shape != (box,) * 3 or not np.isclose(voxel_size, dataset.pixel_size, rtol=1e-3):
        raise InputError(
            f"{path}: a map of {times(values.shape)} voxels of {voxel_size:g} Å does not match images of {box} pixels "
            f"of {dataset.pixel_size:g} Å.",
            hint="Give a map in the particles' box and pixel size.",
        )
    check_not_empty(path, values)
    return values


def _half_sets(dataset: ParticleDataset, seed: int) -> np.ndarray:
    halves = dataset.half_sets
    if halves is None:
        halves = np.random.default_rng(seed).permutation(1 + np.arange(len(dataset)) % 2)
    if len(np.unique(halves)) != 2:
        raise InputError(
            f"{dataset.source}: half-maps need particles in both half-sets, and all {len(dataset)} are in one.",
            hint="Remove the column rlnRandomSubset to have half-sets assigned, or use at least two particles.",
        )
    return halves


def _insert_half(
    run: Run,
    dataset: ParticleDataset,
    group: PointGroup,
    *,
    halves: np.ndarray,
    half: int,
    memory: int | None,
    progress: Progress,
) -> Spectra:
    """The spectra of one half-set, going on from a saved accumulator where there is one."""
    pace = checkpoint_pace()
    saved, spectra = run.partial(f".half{half}.accumulator.npz"), run.partial(f".half{half}.spectra.npz")
    if spectra.exists():
        numerator, weight = _load(spectra, "numerator", "weight")
        return numerator, weight
    accumulator, start = FourierAccumulator.empty(dataset.shape[0]), 0
    if saved.exists():
        numerator, weight, count = _load(saved, "numerator", "weight", "count")
        accumulator = eqx.tree_at(lambda a: (a.numerator, a.weight), accumulator, (numerator, weight))
        start = int(count)

    def checkpoint(so_far: FourierAccumulator, count: int) -> None:
        # The count is in the same file, so that no particle is added twice or lost, whenever the run is killed.
        _save(saved, numerator=so_far.numerator, weight=so_far.weight, count=count)

    accumulator = insert_particles(
        dataset,
        np.flatnonzero(halves == half),
        accumulator,
        group=group,
        start=start,
        checkpoint=checkpoint,
        memory=memory,
        progress=progress,
        description=f"Inserting half-set {half}",
    )
    lattice, _ = group.lattice_subgroup_cosets()
    numerator, weight = accumulator.spectra(lattice, progress=progress, description=f"Completing half-set {half}")
    if pace.due():
        _save(spectra, numerator=numerator, weight=weight)
    return numerator, weight


def _load(path: Path, *names: str) -> list[Array]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [jnp.asarray(arrays[name]) for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(
            f"{path}: the interrupted run's state cannot be read ({error}).", hint="Start anew with --overwrite."
        ) from error


def _save(path: Path, **arrays: object) -> None:
    temporary = path.with_suffix(".new.npz")
    on_host: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez(temporary, **on_host)
    temporary.replace(path)


def _summary(fsc: FourierCorrelation, truth: FourierCorrelation | None) -> tuple[str, ...]:
    halves = ", ".join(f"{describe_resolution(fsc, threshold)} at FSC {threshold}" for threshold in (0.143, 0.5))
    lines = [f"Resolution of the half-maps: {halves}"]
    if truth is not None:
        lines.append(f"Map against truth: {describe_resolution(truth, 0.5)} at FSC 0.5")
    return tuple(lines)
