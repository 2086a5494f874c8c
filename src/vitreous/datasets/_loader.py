"""Batches of particles, read and shuffled ahead of the computation."""

import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

import jax
import numpy as np
from jaxtyping import Float32, Int, PRNGKeyArray

from vitreous._core import InputError, map_ahead, require_memory
from vitreous.optics import Microscope
from vitreous.poses import EulerAnglePose

from ._batch import ParticleBatch
from ._loader_ahead import iterate_ahead
from ._loader_memory import BatchMemory
from ._particles import ParticleDataset
from ._shuffle import block_size, reading_order, shuffled_in_blocks

_WINDOW = 2048
_STACKS_AT_ONCE = 2  # are read from, each in a thread
_PIECE_BYTES = 2**20  # read at a time: still in the processor's cache when they are put into their batches

Pixels = Float32[np.ndarray, "_ y x"]
Rows = Int[np.ndarray, " _"]
Part = tuple[Rows, Pixels | None]
"""Which particles, and their images."""


@dataclass(frozen=True, eq=False)
class ParticleLoader:
    """A dataset as batches of equal shape, read in threads while the batch before is used.

    However large the dataset, the images in memory are those of a window and of a few batches. With a `key` every
    epoch has an order of its own, which depends on the key, the number of the epoch, the window and the batch size
    alone: the same again today and tomorrow, and from any batch on.

    An epoch takes the stacks in random order and reads each once, from its beginning to its end. A window as large as
    the dataset gives every order of the images with the same probability. In a smaller one of w images, w/2 at a time
    are brought into an order that is as likely as any other, and handed out while the next w/2 are read. A batch then
    mixes the images of about 1 + w/(2s) stacks of s images each: make the window many stacks large, where stacks differ
    and batches ought not to.

    Arguments:
        dataset: The particles.
        batch_size: Particles of a batch.
        key: For the order; `None` keeps that of the dataset.
        window: The most images that are in memory to be shuffled; 2048 unless given, or eight batches where that is
            more.
        prefetch: How many batches are made ahead.
        drop_last: Leave out what does not fill the last batch; else it is filled up (`ParticleBatch.mask`).
        with_images: Read images. Without them a batch has poses and optics, of the same particles in the same order.

    Raises:
        InputError: A batch of no particles, a window smaller than a batch, no whole batch in the dataset, more images
            than memory holds, or a dataset that names no images.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from vitreous.datasets import write_particles_star
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> images = np.arange(5)[:, None, None] * np.ones((8, 8))
        >>> write_mrc(folder / "a.mrcs", images, pixel_size=2.0, image_stack=True)
        >>> names = [f"{n}@a.mrcs" for n in range(1, 6)]
        >>> write_particles_star(folder / "a.star", image_names=names, image_shape=(8, 8), pixel_size=2.0)
        >>> loader = ParticleLoader(ParticleDataset.load(folder / "a.star"), 2)
        >>> [batch.images[:, 0, 0].tolist() for batch in loader]
        [[0.0, 1.0], [2.0, 3.0], [4.0, 4.0]]
        >>> shuffled = ParticleLoader(loader.dataset, 2, key=jax.random.key(0), drop_last=True)
        >>> len(shuffled), sorted(int(row) for batch in shuffled.epoch(7) for row in batch.rows) != [0, 1, 2, 3, 4]
        (2, True)
    """

    dataset: ParticleDataset
    batch_size: int
    key: PRNGKeyArray | None = field(default=None, kw_only=True)
    window: int | None = field(default=None, kw_only=True)
    prefetch: int = field(default=2, kw_only=True)
    drop_last: bool = field(default=False, kw_only=True)
    with_images: bool = field(default=True, kw_only=True)

    def __post_init__(self):
        count = len(self.dataset)
        for name, value in (("batch_size", self.batch_size), ("prefetch", self.prefetch), ("window", self.window)):
            if value is not None and value < 1:
                raise InputError(f"{name}={value} is less than one.", hint=f"Use a positive {name}.")
        if self.window is not None and self.window < min(self.batch_size, count):
            raise InputError(
                f"A window of {self.window} images does not hold a batch of {self.batch_size}.",
                hint=f"Use window={8 * self.batch_size} or more.",
            )
        if len(self) == 0:
            raise InputError(
                f"{self.dataset.source}: its {count} particles do not fill one batch of {self.batch_size}.",
                hint="Use a smaller batch_size, or drop_last=False.",
            )
        if self.with_images:
            self._check_images()

    def __len__(self) -> int:
        """How many batches an epoch has."""
        batches = len(self.dataset) / self.batch_size
        return math.floor(batches) if self.drop_last else math.ceil(batches)

    def __iter__(self) -> Generator[ParticleBatch, None, None]:
        """The batches of epoch 0."""
        return self.epoch(0)

    def epoch(self, number: int, *, start: int = 0) -> Generator[ParticleBatch, None, None]:
        """The batches of an epoch.

        Arguments:
            number: Which epoch, from 0; each has an order of its own where there is a key.
            start: The batch to begin with, counted from 0, to go on where an interruption left off: it and all that
                follow are what they would have been.

        Raises:
            InputError: A batch that the epoch does not have; while iterating, what `ParticleDataset.images` raises.
        """
        if number < 0 or not 0 <= start <= len(self):
            raise InputError(
                f"Epoch {number} has no batch {start}: epochs are counted from 0, and have {len(self)} batches.",
                hint="Use loader.epoch(0), or start=0.",
            )
        return iterate_ahead(self._batches(number, start), ahead=self.prefetch)

    @property
    def window_size(self) -> int:
        """How many images are in memory to be shuffled, at most."""
        images = max(_WINDOW, 8 * self.batch_size) if self.window is None else self.window
        return min(images, len(self.dataset))

    @cached_property
    def _shape(self) -> tuple[int, int]:
        return self.dataset.shape

    def _check_images(self) -> None:
        _ = self.dataset.image_files  # raises where one is missing
        waiting = 0 if self.key is None else self.window_size
        require_memory(
            4 * math.prod(self._shape) * (waiting + (self.prefetch + 2) * self.batch_size),
            what=f"a window of {waiting} images and batches of {self.batch_size}",
            hint="Use a smaller window or batch_size.",
        )

    @cached_property
    def _described(self) -> tuple[EulerAnglePose | None, Microscope | None]:
        """Poses and optics of all particles as NumPy arrays, of which a batch is cut without JAX."""
        poses = self.dataset.poses if self.dataset.has_poses else None
        optics = self.dataset.optics if self.dataset.has_ctf else None
        return jax.tree.map(np.asarray, (poses, optics))

    def _batches(self, number: int, start: int) -> Iterator[ParticleBatch]:
        wanted = range(start, len(self))
        parts = itertools.chain.from_iterable(iterate_ahead(self._blocks(number, start), ahead=1))
        for _, (rows, images) in zip(wanted, parts, strict=False):
            yield self._batch(rows, images)

    def _batch(self, rows: Rows, images: Pixels | None) -> ParticleBatch:
        count = len(rows)
        rows = np.pad(rows, (0, self.batch_size - count), mode="edge")
        poses, optics = jax.tree.map(itemgetter(rows), self._described)
        # All of a batch goes to the device at once: a call for every array would take longer than the copying.
        return ParticleBatch(*jax.device_put((images, poses, optics, rows, np.arange(self.batch_size) < count)))

    def _blocks(self, number: int, start: int) -> Iterator[list[Part]]:
        """The batches that are read together, from one of them on."""
        memory = BatchMemory((self.batch_size, *self._shape)) if self.with_images else None
        count, generator = len(self.dataset), None if self.key is None else _generator(self.key, number)
        rows, size = np.arange(count), self.batch_size
        order = reading_order(self._stack_of, self._index_in_stack, generator)
        if generator is not None:
            size = block_size(count, window=self.window_size, batch_size=self.batch_size)
            rows = shuffled_in_blocks(order, size, generator)
        when_read = np.empty(count, np.int64)
        when_read[order] = np.arange(count)
        first = start * self.batch_size
        while first < count:
            last = min(count, (first // size + 1) * size)
            batches = [rows[at : min(last, at + self.batch_size)] for at in range(first, last, self.batch_size)]
            yield [(part, None) for part in batches] if memory is None else self._read(batches, when_read, memory)
            first = last

    def _read(self, batches: Sequence[Rows], when_read: Int[np.ndarray, " n"], memory: BatchMemory) -> list[Part]:
        """The images of some batches, stack by stack."""
        arrays = [memory.empty() for _ in batches]
        rows = np.concatenate(batches)
        places = [image for batch, array in zip(batches, arrays, strict=True) for image in array[: len(batch)]]
        order = np.argsort(when_read[rows])
        stacks = np.split(order, np.flatnonzero(np.diff(self._stack_of[rows[order]])) + 1)

        def read(stack: Rows) -> None:
            size = max(1, _PIECE_BYTES // arrays[0][0].nbytes)
            for piece in (stack[first : first + size] for first in range(0, len(stack), size)):
                self._read_into(rows[piece], [places[place] for place in piece.tolist()])

        for _ in map_ahead(read, stacks, ahead=_STACKS_AT_ONCE):
            pass  # the places are filled
        for batch, array in zip(batches, arrays, strict=True):
            array[len(batch) :] = array[len(batch) - 1]
        return list(zip(batches, arrays, strict=True))

    def _read_into(self, rows: Rows, images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        """Images of one stack, without looking for the shape among all particles each time."""
        stacks, number = self.dataset.stacks, int(self._stack_of[rows[0]])
        indices = stacks.checked(number, self._index_in_stack[rows], shape=self._shape)
        stacks.images(number).read_into(indices, images)

    @cached_property
    def _stack_of(self) -> Int[np.ndarray, " n"]:
        found = self.dataset.metadata.stack_of
        return np.zeros(len(self.dataset), np.int64) if found is None else found  # of images that are not read

    @cached_property
    def _index_in_stack(self) -> Int[np.ndarray, " n"]:
        found = self.dataset.metadata.index_in_stack
        return np.arange(len(self.dataset)) if found is None else found


def _generator(key: PRNGKeyArray, number: int) -> np.random.Generator:
    """Of NumPy, whose draws of a part are quick and the same on every device."""
    return np.random.default_rng(np.asarray(jax.random.key_data(jax.random.fold_in(key, number))))
