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

from ._batch import ParticleBatch, empty_for_device
from ._loader_ahead import iterate_ahead
from ._particles import ParticleDataset
from ._shuffle import leaving_places, reading_order

_WINDOW = 2048
_PIECE_BYTES = 2**21  # read at a time: still in the processor's cache when it is put into its places
_PIECES_AHEAD = 4

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

    An epoch takes the stacks in random order and reads each once, from its beginning to its end, into a window of w
    images; every batch of b is drawn from the window, all images in it being as likely, and what is read next takes
    their place. An image so waits a geometric number of batches, w/b on average. A window as large as the dataset
    gives every order with the same probability. A smaller one mixes the images of about 1 + w/s stacks of s images
    each, and batches b/w as many images of one stack as there are in the window; that is to say, make the window many
    stacks large, where the stacks differ and batches ought not to.

    Arguments:
        dataset: The particles.
        batch_size: Particles of a batch.
        key: For the order; `None` keeps that of the dataset.
        window: How many images are shuffled at a time; 2048 unless given, or eight batches where that is more.
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
        """How many images wait to be drawn, at most."""
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
        parts = self._in_order(start) if self.key is None else self._shuffled(_generator(self.key, number), start)
        for _, (rows, images) in zip(range(start, len(self)), parts, strict=False):
            yield self._batch(rows, images)

    def _batch(self, rows: Rows, images: Pixels | None) -> ParticleBatch:
        count = len(rows)
        rows = np.pad(rows, (0, self.batch_size - count), mode="edge")
        if images is not None:
            images[count:] = images[count - 1]
        poses, optics = jax.tree.map(itemgetter(rows), self._described)
        # All of a batch goes to the device at once: a call for every array would take longer than the copying.
        return ParticleBatch(*jax.device_put((images, poses, optics, rows, np.arange(self.batch_size) < count)))

    def _in_order(self, start: int) -> Iterator[Part]:
        parts = self._cut(np.arange(len(self.dataset)))[start:]
        read = self._read(parts)
        for rows in parts:
            images = self._empty()
            _fill(images, np.arange(len(rows)), read)
            yield rows, images

    def _shuffled(self, generator: np.random.Generator, start: int) -> Iterator[Part]:
        order = self._reading_order(generator)
        window = self.window_size
        places = leaving_places(len(order), generator, window=window, batch_size=self.batch_size)
        held = np.arange(window)  # which image, as they are read, waits in each place
        coming = self._cut(np.arange(window, len(order)))
        for left, come in zip(list(itertools.islice(places, start)), coming, strict=False):
            held[left[: len(come)]] = come
        coming = coming[start:]
        first = np.argsort(held)
        read = self._read([order[part] for part in (held[first], *coming)])
        waiting = np.empty((window, *self._shape), np.float32) if self.with_images else None
        _fill(waiting, first, read)
        for left, come in itertools.zip_longest(places, coming, fillvalue=held[:0]):
            images = self._empty()
            if waiting is not None and images is not None:
                np.take(waiting, left, axis=0, out=images[: len(left)], mode="clip")
            yield order[held[left]], images
            held[left[: len(come)]] = come
            _fill(waiting, left[: len(come)], read)

    def _cut(self, rows: Int[np.ndarray, " n"]) -> list[Rows]:
        return [rows[first : first + self.batch_size] for first in range(0, len(rows), self.batch_size)]

    def _empty(self) -> Pixels | None:
        return empty_for_device((self.batch_size, *self._shape)) if self.with_images else None

    def _read(self, parts: Sequence[Rows]) -> Iterator[Pixels]:
        """The images of all parts, one part after the other, in pieces that no part shares with the next."""
        if not self.with_images:
            return iter(())
        size = max(1, _PIECE_BYTES // (4 * math.prod(self._shape)))
        pieces = [part[first : first + size] for part in parts for first in range(0, len(part), size)]
        return map_ahead(self._images, pieces, ahead=_PIECES_AHEAD)

    def _images(self, rows: Rows) -> Pixels:
        """`ParticleDataset.images`, which would find the shape among all particles for every piece."""
        stacks, metadata = self.dataset.stacks, self.dataset.metadata
        assert metadata.stack_of is not None and metadata.index_in_stack is not None  # images would have been refused
        stack_of, indices = metadata.stack_of[rows], metadata.index_in_stack[rows]
        number = int(stack_of[0])
        if (stack_of != number).any():
            return stacks.read(stack_of, indices, shape=self._shape)
        return stacks.images(number).read(stacks.checked(number, indices, shape=self._shape))

    def _reading_order(self, generator: np.random.Generator) -> Int[np.ndarray, " n"]:
        metadata = self.dataset.metadata
        if metadata.stack_of is None or metadata.index_in_stack is None:
            return np.arange(len(self.dataset))
        return reading_order(metadata.stack_of, metadata.index_in_stack, generator)


def _generator(key: PRNGKeyArray, number: int) -> np.random.Generator:
    """Of NumPy, whose draws of a part are quick and the same on every device."""
    return np.random.default_rng(np.asarray(jax.random.key_data(jax.random.fold_in(key, number))))


def _fill(images: Pixels | None, places: Rows, pieces: Iterator[Pixels]) -> None:
    """Put the pieces that come next into these places, until all are filled."""
    filled = 0
    while images is not None and filled < len(places):
        piece = next(pieces)
        for place, image in zip(places[filled : filled + len(piece)].tolist(), piece, strict=True):
            images[place] = image  # one by one takes half as long as an assignment to all of these places
        filled += len(piece)
