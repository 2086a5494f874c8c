"""The demo: a structure becomes particles becomes a map."""

import os
import shutil
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import jax
import numpy as np

from vitreous._core import JOB_OVERHEAD, NO_PROGRESS, InputError, Progress, check_seed, require_memory
from vitreous.datasets import ParticleDataset, load_volume
from vitreous.grids import fourier_shell_correlation, frequencies, power_spectrum, shell_average
from vitreous.poses import point_group
from vitreous.reconstruct import (
    ReconstructionOptions,
    describe_resolution,
    expected_fsc,
    reconstruct_particles,
    reconstruction_memory,
)
from vitreous.runs import Run, RunState, open_run, read_run
from vitreous.simulate import SimulationOptions, embedded_specimen, simulate_particles

from ._demo_report import DemoCurves, write_report

SIMULATED = ("particles.star", "particles.mrcs", "truth.star", "volume.mrc")
RECONSTRUCTED = ("half1.mrc", "half2.mrc", "map.mrc", "fsc.csv")


@dataclass(frozen=True)
class DemoOptions:
    """Options of `run_demo`, the same as those of `vitreous demo`.

    Arguments:
        n: Number of particles.
        box: Edge of the images in pixels.
        pixel_size: Å.
        snr: Signal-to-noise ratio.
        seed: Of all that is drawn.

    Raises:
        InputError: Fewer than two particles, which make no half-maps, or a seed out of range.

    Examples:
        >>> DemoOptions().snr
        0.15
    """

    n: int = 2000
    box: int = 80
    pixel_size: float = 1.6
    snr: float = 0.15
    seed: int = 0

    def __post_init__(self):
        if self.n < 2:
            raise InputError(f"--n {self.n} is too few for two half-maps.", hint="Use 2000, or at least 2.")
        check_seed(self.seed)


DEFAULT = DemoOptions()


@dataclass(frozen=True)
class DemoResult:
    """What the demo made.

    Arguments:
        folder: The run folder.
        report: The report in it.
        summary: Lines that say so.
    """

    folder: Path
    report: Path
    summary: tuple[str, ...]


def run_demo(
    folder: str | Path,
    options: DemoOptions = DEFAULT,
    *,
    memory: int | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> DemoResult:
    """Simulate particles of the embedded specimen, reconstruct them, and hold the result against what theory expects.

    The specimen is an octahedral cage of α-helices; it is reconstructed with its symmetry O and, beside it, without.
    The correlation of the half-maps is drawn with the one that the known signal and noise predict
    (`vitreous.reconstruct.expected_fsc`).

    Arguments:
        folder: The run folder to make: all that `vitreous simulate particles` and `vitreous reconstruct` write, the
            reconstruction without symmetry in `c1/`.
        options: How many particles, and of what quality.
        memory: Bytes that the process may use, its libraries included; `VITREOUS_MEMORY` unless given.
        overwrite: Replace a finished run.
        progress: Follows the batches.

    Raises:
        InputError: An option out of range, a folder that is taken, or too little memory.
    """
    folder = Path(folder)
    simulation = SimulationOptions(
        n=options.n, box=options.box, pixel_size=options.pixel_size, snr=options.snr, seed=options.seed
    )
    # Before an earlier run in the folder is overwritten.
    require_memory(
        JOB_OVERHEAD + reconstruction_memory(options.box),
        what=f"--box {options.box}",
        hint="Use a smaller --box.",
        memory=memory,
    )
    with open_run(folder, verb="demo", options=asdict(options), overwrite=overwrite) as run:
        simulated = run.partial(".simulation")
        if not _is_complete(simulated):
            with warnings.catch_warnings():
                # The small box is a choice, which the report explains.
                warnings.filterwarnings("ignore", message="a box of .* too small for the CTF")
                simulate_particles(embedded_specimen(), simulated, simulation, memory=memory, progress=progress)
        curves = {}
        for symmetry in ("O", "C1"):
            made = run.partial(f".{symmetry}")
            asked = ReconstructionOptions(symmetry=symmetry, truth=simulated / "volume.mrc")
            if not _is_complete(made):
                reconstruct_particles(simulated / "particles.star", made, asked, memory=memory, progress=progress)
            curves[symmetry] = _curves(simulated, made, symmetry)
        _publish(run, simulated, SIMULATED)
        _publish(run, run.partial(".O"), RECONSTRUCTED)
        _publish(run, run.partial(".C1"), RECONSTRUCTED, prefix="c1/")
        run.results.update(_results(curves, read_run(simulated).results))
        write_report(run, simulated, options=simulation, curves=curves)
    return DemoResult(folder, folder / "report.html", _summary(curves, folder))


def _is_complete(folder: Path) -> bool:
    return (folder / "run.json").exists() and read_run(folder).state is RunState.COMPLETE


def _publish(run: Run, source: Path, names: tuple[str, ...], prefix: str = "") -> None:
    """Hand the files of an inner run to the demo's own, without a second copy where the file system can."""
    for name in names:
        target = run.partial(prefix + name)
        target.unlink(missing_ok=True)
        try:
            os.link(source / name, target)
        except OSError:  # a file system without hard links
            shutil.copyfile(source / name, target)


def _curves(simulated: Path, made: Path, symmetry: str) -> DemoCurves:
    """Measured correlations and the one that the simulation's signal and noise predict."""
    truth, voxel_size = load_volume(simulated / "volume.mrc")
    halves = [load_volume(made / f"half{i}.mrc")[0] for i in (1, 2)]
    density, _ = load_volume(made / "map.mrc")
    particles = ParticleDataset.load(simulated / "particles.star")
    box = len(truth)
    modes = frequencies((box, box), voxel_size)
    mean_ctf_squared = jax.jit(lambda ctf: jax.vmap(lambda one: one(modes) ** 2)(ctf).mean(0))(particles.ctf)
    expected, plain = (
        expected_fsc(
            np.asarray(power_spectrum(truth)) / box**2,
            read_run(simulated).results["noise_variance"],
            np.asarray(shell_average(mean_ctf_squared, (box, box))),
            n_images=len(particles) / 2,
            symmetry_order=point_group(symmetry).order,
            edge_correction=edge_correction,
        )
        for edge_correction in (True, False)
    )
    return DemoCurves(
        halves=fourier_shell_correlation(*halves, voxel_size=voxel_size),
        truth=fourier_shell_correlation(density, truth, voxel_size=voxel_size),
        expected=expected,
        plain=plain,
        map=density,
    )


def _results(curves: dict[str, DemoCurves], simulation: dict) -> dict:
    def numbers(curve: DemoCurves) -> dict:
        def deviation(expected: np.ndarray) -> float:
            return float(np.abs(np.asarray(curve.halves.correlation) - expected)[4:].max())

        return {
            "resolution_0.143_a": curve.halves.resolution(0.143),
            "resolution_0.5_a": curve.halves.resolution(0.5),
            "resolution_truth_0.5_a": curve.truth.resolution(0.5),
            "nyquist_a": float(curve.halves.resolution_a[-1]),
            "largest_deviation_from_expected_fsc": deviation(curve.expected),
            "largest_deviation_from_plain_ssnr": deviation(curve.plain),
        }

    return {"simulation": simulation} | {symmetry: numbers(curve) for symmetry, curve in curves.items()}


def _summary(curves: dict[str, DemoCurves], folder: Path) -> tuple[str, ...]:
    reached = {symmetry: describe_resolution(curve.halves, 0.143) for symmetry, curve in curves.items()}
    return (
        f"Resolution reached: {reached['O']} with symmetry O, {reached['C1']} without, at FSC 0.143",
        f"Report: {folder / 'report.html'}",
    )
