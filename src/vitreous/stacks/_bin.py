"""Coarser pixels, by cropping spectra."""

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import numpy as np

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset
from vitreous.grids import fourier_crop

from ._change import change_images
from ._outputs import Images, StackReport, batch_size

_SAME_SCALE = 1e-6  # by how much the pixels of a rectangular image may differ along x and y


@dataclass(frozen=True)
class BinOptions:
    """How coarse pixels become; one of the three is given.

    Arguments:
        factor: By how much larger they become, such as 2 for half as many along each side.
        pixel_size: How large they become, in Å.
        box: How many there are along the longer side of the new images.

    Raises:
        InputError: None or several are given, or one that is not positive.
    """

    factor: float | None = None
    pixel_size: float | None = None
    box: int | None = None

    def __post_init__(self):
        given = {name: value for name, value in vars(self).items() if value is not None}
        if len(given) != 1 or not all(math.isfinite(value) and value > 0 for value in given.values()):
            raise InputError(
                f"Binning by {given or 'nothing'} does not say how large the new pixels are.",
                hint="Give one positive number: factor=2, or pixel_size=… in Å, or box=….",
            )

    def new_shape(self, shape: tuple[int, int], pixel_size: float) -> tuple[int, int]:
        """Rows and columns of the new images: even, unless the factor divides the old ones.

        Arguments:
            shape: Rows and columns of the old images.
            pixel_size: Å of the old pixels.

        Raises:
            InputError: The new images would be larger, of no pixels, or of pixels that are no squares.

        Examples:
            >>> BinOptions(factor=2).new_shape((100, 100), 1.0), BinOptions(pixel_size=1.5).new_shape((101, 101), 1.0)
            ((50, 50), (68, 68))
        """
        longer = max(shape)
        new = self.box
        if new is None:
            factor = self.factor if self.factor is not None else (self.pixel_size or pixel_size) / pixel_size
            exact = all(n % factor == 0 for n in shape)
            new = round(longer / factor) if exact else 2 * round(longer / factor / 2)
        rows, columns = (round(n * new / longer) for n in shape)
        if not 2 <= new <= longer or min(rows, columns) < 2:
            raise InputError(
                f"Images of {shape[0]} × {shape[1]} pixels of {pixel_size:g} Å cannot be binned to {rows} × {columns}.",
                hint="Choose a factor above 1, a larger pixel_size, or a smaller box. Padding spectra is not binning.",
            )
        if abs(rows * shape[1] - columns * shape[0]) > _SAME_SCALE * rows * shape[1]:
            raise InputError(
                f"Images of {shape[0]} × {shape[1]} pixels would have {rows} × {columns}, which are not squares.",
                hint="Use a factor that divides both sides, or make the images square first: vitreous stack crop.",
            )
        return rows, columns


def bin_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: BinOptions,
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Particles with fewer and larger pixels, by Fourier cropping (`vitreous.grids.fourier_crop`).

    Frequencies beyond the new Nyquist are removed and the others left as they are, so CTFs stay right, and the mean of
    an image stays. The origin pixel ⌊n/2⌋ stays the origin, so poses and origins in Å stay right. The list gets the
    new pixel size, which is the old one times the ratio of the sides, and the new image size.

    Arguments:
        particles: With their images; of one pixel size.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5` for all in one.
        options: How coarse.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: The new images would be no smaller than the old ones, the output exists, or an image cannot be
            read.

    Examples:
        >>> from vitreous.stacks import create_stack
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_mrc(folder / "a.mrcs", np.ones((2, 8, 8)), pixel_size=1.5, image_stack=True)
        >>> _ = create_stack([folder / "a.mrcs"], folder / "b.star")
        >>> _ = bin_stack(ParticleDataset.load(folder / "b.star"), folder / "c.star", BinOptions(factor=2))
        >>> binned = ParticleDataset.load(folder / "c.star")
        >>> binned.shape, binned.pixel_size, float(binned.images()[0, 1, 2])
        ((4, 4), 3.0, 1.0)
    """
    old = particles.shape
    shape = options.new_shape(old, particles.pixel_size)
    pixel_size = particles.pixel_size * old[1] / shape[1]
    size = batch_size(old)
    crop = jax.jit(jax.vmap(partial(fourier_crop, shape=shape)))

    def binned(images: Images, _: int) -> Images:
        count = len(images)
        full = np.concatenate([images, np.zeros((min(size, len(particles)) - count, *old), np.float32)])
        return np.asarray(crop(full), np.float32)[:count]  # always of one size, which is compiled once

    return change_images(
        particles,
        output,
        binned,
        table=particles.table.with_sampling(shape, old=particles.pixel_size, new=pixel_size),
        shape=shape,
        pixel_size=pixel_size,
        notes=[f"{shape[0]} × {shape[1]} pixels of {pixel_size:.6g} Å, of {old[0]} × {old[1]}"],
        overwrite=overwrite,
        progress=progress,
    )
