"""The job that simulates a particle stack."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array

from vitreous._core import NO_PROGRESS, Progress, require_memory
from vitreous.constants import interaction_constant
from vitreous.datasets import write_particles_star
from vitreous.grids import ImageConfig
from vitreous.io import AtomTable, write_mrc
from vitreous.optics import CTF, warn_if_aliased
from vitreous.runs import Run, open_run

from ._draw import DrawnParticles, draw_particles
from ._options import SimulationOptions
from ._render_structure import errors_name
from ._signal import BYTES_PER_PARTICLE, Signal
from ._simulation_report import write_report
from ._specimen_volume import load_specimen
from ._stack import STACK, Noise, measure_signal, noise_for, write_stack

DEFAULT = SimulationOptions()


@dataclass(frozen=True)
class SimulationResult:
    """What a simulation made.

    Arguments:
        folder: The run folder.
        report: The report in it.
        signal_variance: Mean variance of the noise-free images.
        noise_variance: Variance of the noise per pixel; with a dose, its expectation in vacuum.
        summary: Lines that say so.
    """

    folder: Path
    report: Path
    signal_variance: float
    noise_variance: float
    summary: tuple[str, ...]


def simulate_particles(
    source: str | Path | AtomTable,
    folder: str | Path,
    options: SimulationOptions = DEFAULT,
    *,
    memory: int | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> SimulationResult:
    r"""Simulate a stack of single-particle images of a structure or map, as RELION reads it.

    Each image is $-C + n$ with the weak-phase contrast $C = \mathrm{CTF}\cdot\lambda\gamma\int U dz$ in a drawn pose
    (`vitreous.imaging.ImageModel`), and white noise for the SNR asked for or counting noise for the dose. The volume
    beside it is $\lambda\gamma p\,U$: its plain sum of voxels along the beam, times RELION's CTF, is the noise-free
    image. Where given poses have an offset along the beam, `truth.star` keeps it apart from the defocus, as it was
    imaged; `particles.star` has no column for it, and a defocus that holds it. Inelastic loss, the detector's DQE and
    structural noise are not simulated.

    Images are computed and written in batches, while a thread writes everything else; a run that was stopped goes on
    after the last batch.

    Arguments:
        source: PDB, mmCIF or MRC file, or an atom table.
        folder: The run folder to make: `particles.star`, `particles.mrcs`, `truth.star`, `volume.mrc`, `run.json`,
            `report.html`.
        options: What to simulate.
        memory: Bytes that the process may use, its libraries included; `VITREOUS_MEMORY` unless given. The images
            are the same, to rounding, whatever it is.
        overwrite: Replace a finished run.
        progress: Follows the batches.

    Raises:
        InputError: The source cannot be used, the options contradict it, the folder is taken, or the memory does not
            suffice.
    """
    folder = Path(folder)
    source = source if isinstance(source, AtomTable) else Path(source)
    inputs = [Path(path) for path in (source, options.poses) if isinstance(path, str | Path)]
    # What may be wrong with the input shows here, before an earlier run in the folder is overwritten.
    specimen = load_specimen(source, options, memory=memory)
    require_memory(
        BYTES_PER_PARTICLE * options.n,
        what=f"the metadata of --n {options.n}",
        hint="Simulate fewer at a time.",
        memory=memory,
    )
    particles = draw_particles(options)
    config = ImageConfig(specimen.potential.shape[1:], specimen.voxel_size)
    recorded = _recorded(source, options)
    with errors_name(recorded["source"]):
        signal = Signal(specimen, particles, config, memory=memory)
    with open_run(folder, verb="simulate particles", options=recorded, inputs=inputs, overwrite=overwrite) as run:
        warn_if_aliased(particles.ctf, specimen.voxel_size, config.padded_shape, particle_diameter=specimen.diameter)
        with errors_name(recorded["source"]):
            variances = measure_signal(run, signal, progress=progress)
            noise = noise_for(options, variances, pixel_size=specimen.voxel_size)
            with ThreadPoolExecutor(1) as beside:
                described = beside.submit(_describe, run, signal, variances, noise, options)
                write_stack(run, signal, noise, progress=progress)
                described.result()
        results = _results(signal, variances, noise)
        run.results.update(results)
    return SimulationResult(
        folder,
        folder / "report.html",
        results["signal_variance"],
        noise.variance,
        (
            f"{options.n} particles of {specimen.description}, {config.shape[0]} px of {specimen.voxel_size:g} Å, "
            f"SNR {results['snr']:.3g}",
            f"Particles: {folder / 'particles.star'}",
            f"Report: {folder / 'report.html'}",
        ),
    )


def _recorded(source: Path | AtomTable, options: SimulationOptions) -> dict:
    """The options of the run; of an atom table, which is no input file, the hash of all that scatters too."""
    if isinstance(source, Path):
        return {"source": str(source), **asdict(options)}
    columns = np.column_stack([source.positions, source.atomic_numbers, source.b_factors, source.occupancies])
    return {"source": source.source, "atoms_sha256": hashlib.sha256(columns.tobytes()).hexdigest(), **asdict(options)}


def _results(signal: Signal, variances: np.ndarray, noise: Noise) -> dict[str, Any]:
    return {
        "particles": signal.count,
        "box": signal.config.shape[0],
        "pixel_size_a": signal.specimen.voxel_size,
        "center_shift_a": signal.specimen.shift,
        "signal_variance": float(variances.mean()),
        "noise_variance": noise.variance,
        "snr": noise.snr,
    }


def _describe(run: Run, signal: Signal, variances: np.ndarray, noise: Noise, options: SimulationOptions) -> None:
    """Write all but the stack: the tables, the volume in the stack's units, the report."""
    specimen = signal.specimen
    _write_tables(run, signal.particles, variances, signal.config)
    scale = float(interaction_constant(options.voltage_kv)) * specimen.voxel_size
    write_mrc(run.partial("volume.mrc"), specimen.potential * np.float32(scale), pixel_size=specimen.voxel_size)
    write_report(run.partial("report.html"), signal, noise, options)


def _write_tables(run: Run, particles: DrawnParticles, variances: np.ndarray, config: ImageConfig) -> None:
    n = len(variances)
    common = {
        "image_names": [f"{i + 1:06d}@{STACK}" for i in range(n)],
        "image_shape": config.shape,
        "pixel_size": float(config.pixel_size),
        "poses": particles.poses,
        "half_sets": particles.half_sets,
    }
    # RELION's particles have no offset along the beam: it is part of the defocus that RELION would find. The truth
    # keeps both apart, as they were imaged: its defocus is that of the plane from which the offset counts.
    focused = _focused(particles.ctf, particles.poses.offset_z)
    micrograph = {"rlnMicrographName": ["simulated"] * n}
    write_particles_star(run.partial("particles.star"), ctf=focused, extra=micrograph, **common)
    truth = {
        **micrograph,
        "rlnOriginZAngst": -np.asarray(particles.poses.offset_z) + 0.0,
        "vitreousStructureIndex": np.zeros(n, int),
        "vitreousSignalVariance": variances,
    }
    write_particles_star(run.partial("truth.star"), ctf=particles.ctf, extra=truth, **common)


@eqx.filter_jit
@eqx.filter_vmap
def _focused(ctf: CTF, offset_z: Array) -> CTF:
    return ctf.with_defocus_offset(offset_z)
