"""The job that simulates a particle stack."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.constants import interaction_constant
from vitreous.datasets import write_particles_star
from vitreous.detector import PoissonDetector
from vitreous.grids import ImageConfig
from vitreous.io import AtomTable, MrcStackWriter, read_mrc_images, write_mrc
from vitreous.optics import warn_if_aliased
from vitreous.runs import Run, open_run
from vitreous.volumes import FourierVoxelGridVolume

from ._draw import DrawnParticles, draw_particles
from ._images import noise_free_images, with_counting_noise, with_white_noise
from ._options import SimulationOptions
from ._simulation_report import write_report
from ._specimen_volume import SpecimenVolume, load_specimen

PIXELS_IN_FLIGHT = 2**19
SIGNAL = ".signal.mrcs"
STACK = "particles.mrcs"

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
    source: Path | AtomTable,
    folder: Path,
    options: SimulationOptions = DEFAULT,
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> SimulationResult:
    r"""Simulate a stack of single-particle images of a structure or map, as RELION reads it.

    Each image is $-C + n$ with the weak-phase contrast $C = \mathrm{CTF}\cdot\lambda\gamma\int U dz$ in a drawn pose
    (`vitreous.imaging.ImageModel`), and white noise for the SNR asked for or counting noise for the dose. The volume
    beside it is $\lambda\gamma p\,U$: its plain sum of voxels along the beam, times RELION's CTF, is the noise-free
    image. Inelastic loss, the detector's DQE and structural noise are not simulated.

    Images are computed and written in batches; a run that was stopped goes on after the last batch.

    Arguments:
        source: PDB, mmCIF or MRC file, or an atom table.
        folder: The run folder to make: `particles.star`, `particles.mrcs`, `truth.star`, `volume.mrc`, `run.json`,
            `report.html`.
        options: What to simulate.
        overwrite: Replace a finished run.
        progress: Follows the batches.

    Raises:
        InputError: The source cannot be used, the options contradict it, or the folder is taken.
    """
    folder = Path(folder)
    inputs = [path for path in (source, options.poses) if isinstance(path, Path)]
    with open_run(
        folder, verb="simulate particles", options=_recorded(source, options), inputs=inputs, overwrite=overwrite
    ) as run:
        specimen = load_specimen(source, options)
        particles = draw_particles(options)
        config = ImageConfig(specimen.potential.shape[1:], specimen.voxel_size)
        warn_if_aliased(particles.ctf, specimen.voxel_size, config.padded_shape, particle_diameter=specimen.diameter)
        variances = _write_signal(run, specimen, particles, config, progress=progress)
        noise_variance = _write_noisy(run, variances, options, config, progress=progress)
        _write_tables(run, particles, variances, config)
        scale = float(interaction_constant(options.voltage_kv)) * specimen.voxel_size
        write_mrc(run.partial("volume.mrc"), specimen.potential * np.float32(scale), pixel_size=specimen.voxel_size)
        run.results.update(
            particles=options.n,
            box=config.shape[0],
            pixel_size_a=specimen.voxel_size,
            center_shift_a=specimen.shift,
            signal_variance=float(variances.mean()),
            noise_variance=noise_variance,
            snr=float(variances.mean() / noise_variance),
        )
        write_report(run, specimen, particles, options)
        results = dict(run.results)
    return SimulationResult(
        folder,
        folder / "report.html",
        results["signal_variance"],
        noise_variance,
        (
            f"{options.n} particles of {specimen.description}, {config.shape[0]} px of {specimen.voxel_size:g} Å, "
            f"SNR {results['snr']:.3g}",
            f"Particles: {folder / 'particles.star'}",
            f"Report: {folder / 'report.html'}",
        ),
    )


def _recorded(source: Path | AtomTable, options: SimulationOptions) -> dict:
    return {"source": str(source) if isinstance(source, Path) else source.source, **asdict(options)}


def _batches(n: int, pixels: int) -> Callable[[int], range]:
    size = max(1, min(256, PIXELS_IN_FLIGHT // pixels, n))
    return lambda start: range(start, n, size)


def _write_signal(
    run: Run, specimen: SpecimenVolume, particles: DrawnParticles, config: ImageConfig, *, progress: Progress
) -> np.ndarray:
    """Write the noise-free images to a scratch stack; their variances over the whole box."""
    n, path = len(particles.half_sets), run.partial(SIGNAL)
    variances = np.array(run.checkpoint.get("variances", []), np.float64)
    done = len(variances)
    if done == n:
        return variances
    volume = FourierVoxelGridVolume.from_real_voxel_grid(specimen.potential, specimen.voxel_size)
    batches = _batches(n, config.shape[0] * config.shape[1])(done)
    with MrcStackWriter(
        path, image_shape=config.shape, count=n, pixel_size=specimen.voxel_size, written=done
    ) as writer:
        for first in progress.track(batches, description="Projecting", total=len(batches)):
            rows = np.arange(first, first + batches.step).clip(max=n - 1)
            poses, ctf = jax.tree.map(itemgetter(rows), (particles.poses, particles.ctf))
            images = np.asarray(noise_free_images(volume, config, poses, ctf=ctf))[: n - first]
            writer.append(images)
            variances = np.concatenate([variances, images.var(axis=(1, 2), dtype=np.float64)])
            run.save_checkpoint(variances=variances.tolist())
    return variances


def _write_noisy(
    run: Run, variances: np.ndarray, options: SimulationOptions, config: ImageConfig, *, progress: Progress
) -> float:
    """Write the stack: the scratch images with noise. Returns the noise variance per pixel."""
    n, pixel_size = len(variances), float(config.pixel_size)
    add_noise, variance = _noise(variances, options, pixel_size)
    done = int(run.checkpoint.get("noisy", 0))
    batches = _batches(n, config.shape[0] * config.shape[1])(done)
    with MrcStackWriter(
        run.partial(STACK), image_shape=config.shape, count=n, pixel_size=pixel_size, written=done
    ) as writer:
        for first in progress.track(batches, description="Adding noise", total=len(batches)):
            rows = np.arange(first, first + batches.step).clip(max=n - 1)
            images = add_noise(jnp.asarray(read_mrc_images(run.partial(SIGNAL), rows)), jnp.asarray(rows))
            writer.append(np.asarray(images)[: n - first])
            run.save_checkpoint(variances=variances.tolist(), noisy=writer.written)
    return variance


def _noise(
    variances: np.ndarray, options: SimulationOptions, pixel_size: float
) -> tuple[Callable[[jax.Array, jax.Array], jax.Array], float]:
    """What puts noise on images of given indices, and its variance per pixel (with a dose, of vacuum)."""
    key = jax.random.fold_in(jax.random.key(options.seed), 1)
    if options.dose_per_a2 is not None:
        detector = PoissonDetector(options.dose_per_a2, pixel_size)
        # The stored value is half the ratio of Poisson counts to their mean.
        return partial(with_counting_noise, detector=detector, key=key), 1 / (4 * float(detector.expected_vacuum))
    variance = float(variances.mean()) / options.snr
    if not variance > 0:
        raise InputError(
            "the noise-free images are constant, so no noise gives them a signal-to-noise ratio.",
            hint="Check that the input map is not empty.",
        )
    return partial(with_white_noise, variance=jnp.float32(variance), key=key), variance


def _write_tables(run: Run, particles: DrawnParticles, variances: np.ndarray, config: ImageConfig) -> None:
    n = len(variances)
    common = {
        "image_names": [f"{i + 1:06d}@{STACK}" for i in range(n)],
        "image_shape": config.shape,
        "pixel_size": float(config.pixel_size),
        "poses": particles.poses,
        "half_sets": particles.half_sets,
    }
    # The offset along the beam is part of the defocus that RELION would find.
    focused = eqx.filter_vmap(lambda ctf, pose: ctf.with_defocus_offset(pose.offset_z))(particles.ctf, particles.poses)
    micrograph = {"rlnMicrographName": ["simulated"] * n}
    write_particles_star(run.partial("particles.star"), ctf=focused, extra=micrograph, **common)
    truth = {
        **micrograph,
        "rlnOriginZAngst": -np.asarray(particles.poses.offset_z),
        "vitreousStructureIndex": np.zeros(n, int),
        "vitreousSignalVariance": variances,
    }
    write_particles_star(run.partial("truth.star"), ctf=focused, extra=truth, **common)
