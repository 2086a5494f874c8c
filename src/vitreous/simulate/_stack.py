"""Writing a stack in two passes, each of which can be interrupted: noise-free images, then the noise on them."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter

import jax
import jax.numpy as jnp
import numpy as np

from vitreous._core import InputError, Pace, Progress, map_ahead
from vitreous.detector import PoissonDetector
from vitreous.grids import ImageConfig
from vitreous.io import MrcStackWriter, read_mrc_images
from vitreous.runs import Run
from vitreous.volumes import FourierVoxelGridVolume

from ._draw import DrawnParticles
from ._images import noise_free_images, with_counting_noise, with_white_noise
from ._options import DEFAULT_SNR, SimulationOptions
from ._specimen_volume import SpecimenVolume

PIXELS_IN_FLIGHT = 2**20
SECONDS_BETWEEN_CHECKPOINTS = 1.0
SIGNAL = ".signal.mrcs"
VARIANCES = ".variances.f64"  # of the images in SIGNAL, appended as they are written
STACK = "particles.mrcs"


def write_signal(
    run: Run, specimen: SpecimenVolume, particles: DrawnParticles, *, config: ImageConfig, progress: Progress
) -> np.ndarray:
    """Write the noise-free images to a scratch stack.

    Returns:
        Their variances over the whole box.
    """
    n, done = len(particles.half_sets), int(run.checkpoint.get("projected", 0))
    if done < n:
        volume = FourierVoxelGridVolume.from_real_voxel_grid(specimen.potential, specimen.voxel_size)
    batches = _batches(n, config, start=done)
    on_host = jax.tree.map(np.asarray, (particles.poses, particles.ctf))

    def project(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        poses, ctf = jax.tree.map(itemgetter(rows), on_host)
        images = np.asarray(noise_free_images(volume, config, poses, ctf=ctf))
        # In double precision the sums do not depend on the size of the batch.
        return images, images.var(axis=(1, 2), dtype=np.float64)

    pace = Pace(SECONDS_BETWEEN_CHECKPOINTS)

    with (
        _writer(run, SIGNAL, config, n, done) as writer,
        run.partial(VARIANCES).open("r+b" if done else "wb") as variances,
    ):
        variances.truncate(8 * done)
        variances.seek(8 * done)
        for images, spread in map_ahead(project, progress.track(batches, description="Projecting", total=len(batches))):
            count = min(len(images), n - writer.written)
            writer.append(images[:count])
            variances.write(spread[:count].tobytes())
            if pace.due() or writer.written == n:
                variances.flush()
                run.save_checkpoint(projected=writer.written)
    return np.fromfile(run.partial(VARIANCES), np.float64)


def write_noisy(
    run: Run, variances: np.ndarray, options: SimulationOptions, *, config: ImageConfig, progress: Progress
) -> float:
    """Write the stack: the scratch images with noise.

    Returns:
        The noise variance per pixel.
    """
    n, done = len(variances), int(run.checkpoint.get("noisy", 0))
    add_noise, variance = _noise(variances, options, float(config.pixel_size))
    batches = _batches(n, config, start=done)

    def noisy(rows: np.ndarray) -> np.ndarray:
        return np.asarray(add_noise(jnp.asarray(read_mrc_images(run.partial(SIGNAL), rows)), jnp.asarray(rows)))

    pace = Pace(SECONDS_BETWEEN_CHECKPOINTS)
    with _writer(run, STACK, config, n, done) as writer:
        for batch in map_ahead(noisy, progress.track(batches, description="Adding noise", total=len(batches))):
            writer.append(batch[: n - writer.written])
            if pace.due() or writer.written == n:
                run.save_checkpoint(projected=n, noisy=writer.written)
    return variance


def _batches(n: int, config: ImageConfig, *, start: int) -> list[np.ndarray]:
    """Rows of equal batches from `start` on; the last one repeats its last row, so that one program serves all."""
    size = max(1, min(256, PIXELS_IN_FLIGHT // (config.shape[0] * config.shape[1]), n))
    return [np.arange(first, first + size).clip(max=n - 1) for first in range(start, n, size)]


def _writer(run: Run, name: str, config: ImageConfig, n: int, done: int) -> MrcStackWriter:
    pixel_size = float(config.pixel_size)
    return MrcStackWriter(run.partial(name), image_shape=config.shape, count=n, pixel_size=pixel_size, written=done)


def _noise(
    variances: np.ndarray, options: SimulationOptions, pixel_size: float
) -> tuple[Callable[[jax.Array, jax.Array], jax.Array], float]:
    """What puts noise on images of given indices, and its variance per pixel (with a dose, of vacuum)."""
    key = jax.random.fold_in(jax.random.key(options.seed), 1)
    if options.dose_per_a2 is not None:
        detector = PoissonDetector(options.dose_per_a2, pixel_size)
        # The stored value is half the ratio of Poisson counts to their mean.
        return partial(with_counting_noise, detector=detector, key=key), 1 / (4 * float(detector.expected_vacuum))
    variance = float(variances.mean()) / (DEFAULT_SNR if options.snr is None else options.snr)
    if not variance > 0:
        raise InputError(
            "the noise-free images are constant, so no noise gives them a signal-to-noise ratio.",
            hint="Check that it holds something: a map that is not flat, or atoms that are occupied.",
        )
    return partial(with_white_noise, variance=jnp.float32(variance), key=key), variance
