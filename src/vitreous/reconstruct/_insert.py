"""Running through a dataset, batch by batch, into an accumulator."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from vitreous._core import NO_PROGRESS, Pace, Progress, map_ahead, plan_batches
from vitreous.datasets import ParticleDataset
from vitreous.grids import frequencies
from vitreous.optics import Microscope
from vitreous.poses import EulerAnglePose, PointGroup

from ._accumulator import FourierAccumulator

POINTS_IN_FLIGHT = 2**19  # Fourier pixels of one batch: 2 MB of pixels, and three times that in spectra
BYTES_PER_PIXEL = 16  # of a batch, beside what inserting it takes: the images that are read meanwhile, and wait
SECONDS_BETWEEN_CHECKPOINTS = 60.0

Checkpoint = Callable[[FourierAccumulator, int], None]


def checkpoint_pace() -> Pace:
    """Says when it is worth the time to save what an interruption would lose."""
    return Pace(SECONDS_BETWEEN_CHECKPOINTS)


def insert_particles(
    dataset: ParticleDataset,
    rows: Int[np.ndarray, " n"],
    accumulator: FourierAccumulator,
    *,
    group: PointGroup,
    start: int = 0,
    checkpoint: Checkpoint | None = None,
    memory: int | None = None,
    progress: Progress = NO_PROGRESS,
    description: str = "Inserting particles",
) -> FourierAccumulator:
    """Add particles of a dataset to an accumulator, reading each batch of images while the one before is added.

    All that the dataset says of its optics counts (`ParticleDataset.optics`): the CTF with its scale, beam tilt and
    other aberrations, and anisotropic magnification.

    Only the copies that the grid itself does not have as symmetry are inserted (`PointGroup.lattice_subgroup_cosets`);
    the rest are summed exactly, once, by `FourierAccumulator.spectra`.

    Arguments:
        dataset: Images with poses and CTFs, not multiplied by their CTF.
        rows: Which of its particles, in order.
        accumulator: What to add to; not usable afterwards, as its memory is taken over.
        group: Symmetry of the particle.
        start: How many of `rows` the accumulator already holds.
        checkpoint: Called now and then with the accumulator and how many of `rows` it holds.
        memory: Bytes that the process may use, which decide how many images a batch has; `VITREOUS_MEMORY` unless
            given.
        progress: Follows the batches.
        description: For the progress.

    Raises:
        InputError: Not even one image fits beside the accumulator.
    """
    _, copies = group.lattice_subgroup_cosets()
    particles = jax.tree.map(np.asarray, (dataset.poses, dataset.optics))
    shared = _Shared(
        pixel_size=jnp.asarray(dataset.pixel_size, jnp.float32),
        sign=jnp.asarray(dataset.contrast.sign, jnp.float32),
        copies=jnp.asarray(copies, jnp.float32),
    )
    size = _batch_size(accumulator, shared, particles, memory=memory)

    def read(first: int) -> _Batch:
        count = min(size, len(rows) - first)
        # One program serves every batch: the last is filled with copies of a particle, of transfer zero.
        picked = np.pad(rows[first : first + count], (0, size - count), mode="edge")
        poses, optics = jax.tree.map(itemgetter(picked), particles)
        return _Batch(dataset.images(picked), poses, optics, np.arange(size) < count)

    pace = checkpoint_pace()
    starts = range(start, len(rows), size)
    batches = zip(starts, map_ahead(read, starts, ahead=1), strict=True)
    for first, batch in progress.track(
        batches, description=description, total=-(-len(rows) // size), completed=start // size
    ):
        # Waited for, since JAX would take in dozens of batches before the first is done, and keep them all.
        accumulator = jax.block_until_ready(_insert(accumulator, shared, batch))
        if checkpoint is not None and pace.due():
            checkpoint(accumulator, min(first + size, len(rows)))
    return accumulator


class _Shared(NamedTuple):
    pixel_size: Float[Array, ""]
    sign: Float[Array, ""]
    copies: Float[Array, "g 3 3"]


class _Batch(NamedTuple):
    images: Float[np.ndarray, "n y x"]
    poses: EulerAnglePose
    optics: Microscope
    counts: Bool[np.ndarray, " n"]


def _batch_size(
    accumulator: FourierAccumulator,
    shared: _Shared,
    particles: tuple[EulerAnglePose, Microscope],
    *,
    memory: int | None,
) -> int:
    """How many images are inserted at a time: as many as are of use, unless they do not fit."""
    box = accumulator.box
    most = max(1, min(256, POINTS_IN_FLIGHT // box**2))
    poses, optics = jax.tree.map(itemgetter(slice(1)), particles)
    one = _Batch(np.zeros((1, box, box), np.float32), poses, optics, np.ones(1, bool))
    plan = plan_batches(
        _insert,
        accumulator,
        shared,
        batch=jax.tree.map(lambda x: jax.ShapeDtypeStruct((most, *x.shape[1:]), x.dtype), one),
        memory=memory,
        extra_bytes_per_element=BYTES_PER_PIXEL * box**2,
        what=f"inserting one image of {box} × {box} pixels",
        hint="Downsample the particles.",
    )
    return plan.batch_size


@partial(jax.jit, donate_argnums=0)
def _insert(accumulator: FourierAccumulator, shared: _Shared, batch: _Batch) -> FourierAccumulator:
    modes = frequencies((accumulator.box,) * 2, shared.pixel_size)

    def one(pose: EulerAnglePose, optics: Microscope, scale: Array) -> tuple[Array, ...]:
        transfer = scale * optics.with_defocus_offset(pose.offset_z)(modes)
        return transfer, pose.rotation_matrix, jnp.stack([pose.offset_x, pose.offset_y]) / shared.pixel_size

    described = jax.vmap(one)(batch.poses, batch.optics, shared.sign * batch.counts)
    transfer, rotations, offsets = (x.astype(jnp.complex64 if jnp.iscomplexobj(x) else jnp.float32) for x in described)
    matrices = batch.optics.magnification
    return accumulator.insert(
        jnp.asarray(batch.images),
        transfer,
        rotations,
        offsets=offsets,
        magnification=None if matrices is None else matrices.astype(jnp.float32),
        copies=shared.copies,
    )
