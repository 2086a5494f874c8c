"""The noise-free images of a simulation: made in batches, and kept while they fit."""

from operator import itemgetter

import jax
import numpy as np
from jaxtyping import Float, Float32, Int

from vitreous._core import memory_budget, plan_batches
from vitreous.grids import ImageConfig
from vitreous.volumes import FourierVoxelGridVolume

from ._draw import DrawnParticles
from ._images import noise_free_images
from ._specimen_volume import SpecimenVolume

PIXELS_IN_FLIGHT = 2**20
KEPT_BYTES = 768 * 2**20  # at most, and a quarter of the memory that is left: 12 000 images of 128²
BYTES_PER_PIXEL = 48  # of a batch, beside its projection: a second one under way, noise, images that wait for the disk
BYTES_PER_PARTICLE = 4000  # columns of numbers, and the text of two tables


class Signal:
    """Noise-free images, which are asked for twice: their variance decides how strong the noise on them is.

    The second time they come from memory as far as they fit. The others are made again: a scratch file would have to
    be written and read, and a slow disk has enough to do with the stack.

    Arguments:
        specimen: The potential.
        particles: Poses and optics.
        config: Shape and pixel size.
        memory: Bytes that the process may use.

    Raises:
        InputError: Not even one image fits beside the volume.
    """

    def __init__(
        self, specimen: SpecimenVolume, particles: DrawnParticles, config: ImageConfig, *, memory: int | None = None
    ):
        self.specimen = specimen
        self.particles = particles
        self.config = config
        self.count = len(particles.half_sets)
        self._volume = FourierVoxelGridVolume.from_real_voxel_grid(specimen.potential, specimen.voxel_size)
        self._on_host = jax.tree.map(np.asarray, (particles.poses, particles.ctf))
        self._kept: dict[int, np.ndarray] = {}
        rows, columns = config.shape
        plan = plan_batches(
            noise_free_images,
            self._volume,
            config,
            batch=self._on_host,
            memory=memory,
            most=max(1, min(256, PIXELS_IN_FLIGHT // (rows * columns))),
            extra_bytes=BYTES_PER_PARTICLE * self.count,
            extra_bytes_per_element=BYTES_PER_PIXEL * rows * columns,
            what=f"simulating one image of {rows} × {columns} pixels",
            hint="Use a smaller --box, or a larger --pixel-size.",
        )
        self._batch_size = plan.batch_size
        self._room = min(KEPT_BYTES, max(0, memory_budget(memory).left - plan.needed) // 4)

    def batches(self, *, start: int) -> list[Int[np.ndarray, " n"]]:
        """Rows of equal batches from `start` on; the last one repeats its last row, so that one program serves all."""
        size, count = self._batch_size, self.count
        return [np.arange(first, first + size).clip(max=count - 1) for first in range(start, count, size)]

    def images(self, rows: Int[np.ndarray, " n"]) -> Float32[np.ndarray, "n y x"]:
        """The images of a batch, kept or made; may be called from several threads."""
        kept = self._kept.get(int(rows[0]))
        if kept is not None:
            return kept
        particles = jax.tree.map(itemgetter(rows), self._on_host)
        return np.asarray(noise_free_images(self._volume, self.config, particles), np.float32)

    def keep(self, rows: Int[np.ndarray, " n"], images: Float32[np.ndarray, "n y x"]) -> None:
        """Keep the images of a batch for the next time, if there is room."""
        if images.nbytes <= self._room:
            self._kept[int(rows[0])] = images
            self._room -= images.nbytes


def variances_of(images: Float32[np.ndarray, "n y x"]) -> Float[np.ndarray, " n"]:
    """The variance of each image over the whole box; in double precision, so that it depends on the image alone."""
    size = images.shape[1] * images.shape[2]
    flat = images.reshape(-1, size)
    squares = np.einsum("ni,ni->n", flat, flat, dtype=np.float64)
    return squares / size - flat.mean(axis=1, dtype=np.float64) ** 2
