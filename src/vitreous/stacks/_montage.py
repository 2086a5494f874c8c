"""Pictures of particles side by side."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress, check_outputs, check_seed
from vitreous.datasets import ParticleDataset
from vitreous.report import image_grid, save_figure

from ._outputs import StackReport, files_of

_MOST = 1000
_FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class MontageOptions:
    """Which particles are shown, and how.

    Arguments:
        count: How many, the first of the list.
        random: Draw them at random instead, and show them in the order of the list.
        seed: For the draw.
        columns: How many in a row; three to six, whichever fits best, unless given.
        label: Write each particle's row, counted from 0, above its image.

    Raises:
        InputError: No particles or more than a thousand, or no columns.
    """

    count: int = 30
    random: bool = False
    seed: int = 0
    columns: int | None = None
    label: bool = True

    def __post_init__(self):
        check_seed(self.seed)
        if not 1 <= self.count <= _MOST:
            raise InputError(f"count={self.count} is not from 1 to {_MOST}.", hint="Use 30, for one page.")
        if self.columns is not None and self.columns < 1:
            raise InputError(f"columns={self.columns} leaves no place for images.", hint="Use 1 or more.")


def montage(
    particles: ParticleDataset,
    output: str | Path,
    options: MontageOptions = MontageOptions(),
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Images of particles side by side in one picture, each with grey levels of its own and the first with a scale bar.

    Arguments:
        particles: With their images.
        output: `.png`, `.svg` or `.pdf`.
        options: Which, and how.
        overwrite: Whether an existing file may be replaced.
        progress: Follows the one step that there is.

    Raises:
        InputError: Another ending, the output exists, or an image cannot be read.
    """
    output = Path(output)
    if output.suffix.lower() not in _FORMATS:
        raise InputError(f"{output}: is no picture.", hint=f"Use an ending of {', '.join(_FORMATS)}.")
    check_outputs([output], overwrite=overwrite, what="picture", reading=files_of(particles, pixels=True))
    count = min(options.count, len(particles))
    rows = np.arange(count)
    if options.random:
        rows = np.sort(np.random.default_rng(options.seed).choice(len(particles), count, replace=False))
    titles = [str(row) for row in rows.tolist()] if options.label else []
    size = float(particles.metadata.pixel_sizes[rows[0]])
    for _ in progress.track(range(1), description="Drawing", total=1):
        figure = image_grid(
            particles.images(rows),
            pixel_size=size if np.isfinite(size) else None,
            titles=titles,
            columns=options.columns,
        )
        save_figure(figure, output)
    return StackReport((output,), count)
