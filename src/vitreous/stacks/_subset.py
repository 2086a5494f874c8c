"""Some of the particles of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from vitreous._core import NO_PROGRESS, InputError, Progress, check_seed
from vitreous.datasets import ParticleDataset
from vitreous.io import evaluate_expression

from ._outputs import StackReport, write_list


@dataclass(frozen=True)
class SubsetOptions:
    """Which particles are kept: those that satisfy all that is given.

    Arguments:
        where: An expression of the columns of the file, such as `rlnDefocusU < 15000 and rlnClassNumber == 2` (see
            `vitreous.io.evaluate_expression`).
        indices: Rows counted from 0, in the order wanted.
        random: How many are drawn at random, in the order of the file.
        seed: For the draw.

    Raises:
        InputError: Nothing is given, or a number to draw that is not positive.
    """

    where: str | None = None
    indices: Sequence[int] | None = None
    random: int | None = None
    seed: int = 0

    def __post_init__(self):
        check_seed(self.seed)
        if self.where is None and self.indices is None and self.random is None:
            raise InputError(
                "A subset of all particles is all of them.", hint="Say which: --where, --indices or --random."
            )
        if self.random is not None and self.random < 1:
            raise InputError(f"random={self.random} draws no particles.", hint="Draw at least one.")


def subset_rows(particles: ParticleDataset, options: SubsetOptions) -> Int[np.ndarray, " m"]:
    """The rows that satisfy all that is given: of those of `indices`, where the expression holds, some at random.

    Arguments:
        particles: What to choose from.
        options: What is given.

    Raises:
        InputError: An index out of range, an expression that cannot be read or names no column, or fewer particles
            than are to be drawn.
    """
    given = options.indices
    rows = np.arange(len(particles)) if given is None else checked_rows(np.asarray(given, np.int64), particles)
    if options.where is not None:
        kept = evaluate_expression(options.where, particles.names, particles.column)
        rows = rows[kept[rows]]
    if options.random is not None:
        if options.random > len(rows):
            raise InputError(
                f"{particles.source}: {options.random} of {len(rows)} particles cannot be drawn.",
                hint="Draw fewer.",
            )
        drawn = np.random.default_rng(options.seed).choice(len(rows), options.random, replace=False)
        rows = rows[np.sort(drawn)]
    return rows


def checked_rows(rows: Int[np.ndarray, " m"], particles: ParticleDataset) -> Int[np.ndarray, " m"]:
    """The same rows.

    Raises:
        InputError: There is no such row.
    """
    count = len(particles)
    wrong = rows[(rows < 0) | (rows >= count)]
    if len(wrong):
        raise InputError(
            f"{particles.source}: has no row {wrong[0]}; its {count} particles are counted from 0 to {count - 1}.",
            hint="Leave it out; a particle named 000001@… need not be row 0.",
        )
    return rows


def subset_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: SubsetOptions,
    *,
    copy_images: bool = False,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Some of the particles, with all their columns; their images stay where they are, unless they are copied.

    Arguments:
        particles: What to choose from.
        output: `.star` or `.cs`, or `.h5`, which always holds the images.
        options: Which.
        copy_images: Write their images to a new stack beside the list.
        overwrite: Whether existing files may be replaced.
        progress: Follows the images.

    Raises:
        InputError: As `subset_rows`, no particle is left, or the output exists.
    """
    rows = subset_rows(particles, options)
    if len(rows) == 0:
        raise InputError(
            f"{particles.source}: none of its {len(particles)} particles is left.",
            hint="Widen the condition; vitreous info shows the columns and their ranges.",
        )
    return write_list(particles[rows], Path(output), copy_images=copy_images, overwrite=overwrite, progress=progress)
