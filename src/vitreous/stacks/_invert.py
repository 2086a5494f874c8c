"""The other contrast."""

from pathlib import Path

import numpy as np

from vitreous._core import NO_PROGRESS, Progress
from vitreous.datasets import ParticleDataset
from vitreous.optics import Contrast

from ._change import change_images
from ._outputs import Images, StackReport


def invert_stack(
    particles: ParticleDataset,
    output: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Particles with images of the opposite sign: protein that was dark is bright, or the other way.

    A STAR file does not say which it is; cryoSPARC's `blob/sign` does, and changes with the images.

    Arguments:
        particles: With their images.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5` for all in one.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: The output exists, or an image cannot be read.
    """
    table = particles.table
    if "blob/sign" in table.names:
        table = table.with_columns({"blob/sign": -table.column("blob/sign")})
    now = Contrast.DARK if particles.contrast is Contrast.BRIGHT else Contrast.BRIGHT

    def inverted(images: Images, _: int) -> Images:
        return np.negative(images)

    return change_images(
        particles,
        output,
        inverted,
        table=table,
        notes=[f"protein is {now.value} now, if it was {particles.contrast.value}"],
        overwrite=overwrite,
        progress=progress,
    )
