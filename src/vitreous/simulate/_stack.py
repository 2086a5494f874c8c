"""Writing a stack in two passes, each of which can be interrupted: the signal's variance, then images with noise."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from vitreous._core import InputError, Pace, Progress, map_ahead
from vitreous.detector import PoissonDetector
from vitreous.io import MrcStackWriter
from vitreous.runs import Run

from ._images import with_counting_noise, with_white_noise
from ._options import DEFAULT_SNR, SimulationOptions
from ._signal import Signal, variances_of

SECONDS_BETWEEN_CHECKPOINTS = 1.0
VARIANCES = ".variances.f64"  # of the noise-free images, appended as they are measured
STACK = "particles.mrcs"


def measure_signal(run: Run, signal: Signal, *, progress: Progress) -> Float[np.ndarray, " n"]:
    """The variances of the noise-free images over the whole box."""
    done = int(run.checkpoint.get("projected", 0))
    batches = signal.batches(start=done)

    def project(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        images = signal.images(rows)
        return rows, images, variances_of(images)

    pace = Pace(SECONDS_BETWEEN_CHECKPOINTS)
    with run.partial(VARIANCES).open("r+b" if done else "wb") as file:
        file.truncate(8 * done)
        file.seek(8 * done)
        steps = progress.track(batches, description="Projecting", total=len(batches))
        for rows, images, variances in map_ahead(project, steps):
            signal.keep(rows, images)
            count = min(len(rows), signal.count - done)
            file.write(variances[:count].tobytes())
            done += count
            if pace.due():
                file.flush()
                run.save_checkpoint(projected=done)
    return np.fromfile(run.partial(VARIANCES), np.float64)


class Noise(NamedTuple):
    """The noise of a stack.

    Arguments:
        add: Puts it on a batch of images, whose indices in the stack decide what is drawn.
        variance: Per pixel; with a dose, that of vacuum.
        snr: Mean variance of the noise-free images over that of the noise.
    """

    add: Callable[[np.ndarray, np.ndarray], ArrayLike]
    variance: float
    snr: float


def noise_for(options: SimulationOptions, variances: Float[np.ndarray, " n"], *, pixel_size: float) -> Noise:
    """The noise that the options ask for on images of these variances."""
    signal = float(variances.mean())
    if options.dose_per_a2 is not None:
        detector = PoissonDetector(options.dose_per_a2, pixel_size)
        add = partial(with_counting_noise, detector=detector, seed=options.seed)
        # The stored value is half the ratio of Poisson counts to their mean.
        variance = 1 / (4 * float(detector.expected_vacuum))
        return Noise(add, variance, signal / variance)
    snr = DEFAULT_SNR if options.snr is None else options.snr
    if not signal / snr > 0:
        raise InputError(
            "the noise-free images are constant, so no noise gives them a signal-to-noise ratio.",
            hint="Check that it holds something: a map that is not flat, or atoms that are occupied.",
        )
    key = jax.random.fold_in(jax.random.key(options.seed), 1)
    return Noise(partial(with_white_noise, variance=jnp.float32(signal / snr), key=key), signal / snr, snr)


def write_stack(run: Run, signal: Signal, noise: Noise, *, progress: Progress) -> None:
    """Write the images with noise: while a batch is written, the next ones are computed."""
    done = int(run.checkpoint.get("noisy", 0))
    batches = signal.batches(start=done)

    def noisy(rows: np.ndarray) -> np.ndarray:
        return np.asarray(noise.add(signal.images(rows), rows))

    pace = Pace(SECONDS_BETWEEN_CHECKPOINTS)
    shape, count, pixel_size = signal.config.shape, signal.count, float(signal.config.pixel_size)
    with MrcStackWriter(
        run.partial(STACK), image_shape=shape, count=count, pixel_size=pixel_size, written=done
    ) as writer:
        for images in map_ahead(noisy, progress.track(batches, description="Adding noise", total=len(batches))):
            writer.append(images[: count - writer.written])
            if pace.due():
                run.save_checkpoint(projected=count, noisy=writer.written)
