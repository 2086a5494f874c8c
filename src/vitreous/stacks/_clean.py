"""Particles that no reconstruction should see, and why."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from vitreous._core import NO_PROGRESS, InputError, Progress, atomic_path, check_outputs
from vitreous.datasets import ParticleDataset

from ._outputs import Images, StackReport, batch_size, check_output, files_of, holds_images, write_list

_NORMAL = 1.4826  # standard deviation of a normal distribution over its median absolute deviation
_LEAST = 1e-3  # of the typical standard deviation: less is rounding, as between images that were normalised


@dataclass(frozen=True)
class CleanOptions:
    """What makes a particle a bad one, beside an image that is missing, constant or not finite.

    Arguments:
        deviations: How far the mean or the standard deviation of an image may be from the median of all, in robust
            standard deviations (1.4826 times the median absolute deviation).

    Raises:
        InputError: `deviations` is not positive.
    """

    deviations: float = 8.0

    def __post_init__(self):
        if not self.deviations > 0:
            raise InputError(f"deviations={self.deviations} would leave nothing.", hint="Use 5 to 10.")


@dataclass(frozen=True)
class BadParticle:
    """A particle to leave out.

    Arguments:
        row: Its row, counted from 0.
        reason: Why, in words.
    """

    row: int
    reason: str


def find_bad_particles(
    particles: ParticleDataset, options: CleanOptions = CleanOptions(), *, progress: Progress = NO_PROGRESS
) -> tuple[BadParticle, ...]:
    """The particles whose images cannot be read, hold NaN, are constant, or are unlike all others.

    Arguments:
        particles: With their images, or most of them.
        options: What is unlike.
        progress: Follows the batches.

    Returns:
        In the order of the list, each with the first reason that was found.

    Raises:
        InputError: The list names no images, or images of several sizes.
    """
    size, bad = batch_size(particles.shape), {}
    means, deviations = np.full((2, len(particles)), np.nan)
    starts = range(0, len(particles), size)
    for first in progress.track(starts, description="Looking at images", total=len(starts)):
        rows = np.arange(first, min(first + size, len(particles)))
        for row, image in _readable(particles, rows, bad):
            means[row], deviations[row] = image.mean(dtype=np.float64), image.std(dtype=np.float64)
            if image.min() == image.max():
                bad[row] = f"its image is constant ({image.flat[0]:g})"
    good = np.isfinite(means)
    good[list(bad)] = False
    scale = np.median(deviations[good]) if good.any() else 0.0
    for what, values in (("mean", means), ("standard deviation", deviations)):
        for row in np.flatnonzero(_outliers(values, good, options.deviations, least=_LEAST * scale)):
            centre = np.median(values[good])
            bad.setdefault(int(row), f"the {what} of its image, {values[row]:.4g}, is far from the usual {centre:.4g}")
    return tuple(BadParticle(row, bad[row]) for row in sorted(bad))


def clean_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: CleanOptions = CleanOptions(),
    *,
    removed: str | Path | None = None,
    copy_images: bool = False,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> tuple[StackReport, tuple[BadParticle, ...]]:
    """The particles without the bad ones (`find_bad_particles`), with all their columns.

    Arguments:
        particles: With their images, or most of them.
        output: `.star` or `.cs`, or `.h5`, which always holds the images.
        options: What makes a particle a bad one.
        removed: Where to write those left out, as CSV: row counted from 0, and reason.
        copy_images: Write the images of the others to a new stack beside the list.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Returns:
        What was written, and what was left out.

    Raises:
        InputError: All are bad, or an output exists.
    """
    output = Path(output)
    source = files_of(particles, pixels=False)
    check_output(output, source, pixels=copy_images or holds_images(output), overwrite=overwrite)
    check_outputs([] if removed is None else [removed], overwrite=overwrite, reading=source)
    bad = find_bad_particles(particles, options, progress=progress)
    if len(bad) == len(particles):
        raise InputError(
            f"{particles.source}: all {len(bad)} particles are bad; of the first, {bad[0].reason}.",
            hint="Mend the images, or the paths to them.",
        )
    good = np.setdiff1d(np.arange(len(particles)), [particle.row for particle in bad])
    report = write_list(particles[good], output, copy_images=copy_images, overwrite=overwrite, progress=progress)
    files = report.files
    if removed is not None:
        _write_removed(Path(removed), bad)
        files = (*files, Path(removed))
    return StackReport(files, len(good), (f"{len(bad)} of {len(particles)} left out",)), bad


def _readable(particles: ParticleDataset, rows: np.ndarray, bad: dict[int, str]) -> Iterator[tuple[int, Images]]:
    """Each image that can be read; of the others, what the reader said goes to `bad`."""
    try:
        yield from zip(rows.tolist(), particles.images(rows), strict=True)
    except InputError as error:
        if len(rows) == 1:
            bad[int(rows[0])] = error.message.rstrip(".")
            return
        middle = len(rows) // 2  # few are bad, and halves that are not are read at once
        for half in (rows[:middle], rows[middle:]):
            yield from _readable(particles, half, bad)


def _outliers(
    values: Float64[np.ndarray, " n"], good: Bool[np.ndarray, " n"], deviations: float, *, least: float
) -> Bool[np.ndarray, " n"]:
    if not good.any():
        return good
    distance = np.abs(values - np.median(values[good]))
    spread = _NORMAL * np.median(distance[good])
    return good & (distance > max(deviations * spread, least))


def _write_removed(path: Path, bad: tuple[BadParticle, ...]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("row", "reason"))
        writer.writerows((particle.row, particle.reason) for particle in bad)
