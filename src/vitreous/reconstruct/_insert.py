"""Running through a dataset, batch by batch, into an accumulator."""

from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact, Int

from vitreous._core import NO_PROGRESS, Pace, Progress
from vitreous.datasets import ParticleDataset
from vitreous.grids import frequencies
from vitreous.optics import Microscope
from vitreous.poses import AbstractPose, PointGroup

from ._accumulator import FourierAccumulator

POINTS_IN_FLIGHT = 2**19  # Fourier pixels of one batch: about 20 MB of positions and values
SECONDS_BETWEEN_CHECKPOINTS = 60.0

Checkpoint = Callable[[FourierAccumulator, int], None]


def insert_particles(
    dataset: ParticleDataset,
    rows: Int[np.ndarray, " n"],
    accumulator: FourierAccumulator,
    *,
    group: PointGroup,
    start: int = 0,
    checkpoint: Checkpoint | None = None,
    progress: Progress = NO_PROGRESS,
    description: str = "Inserting particles",
) -> FourierAccumulator:
    """Add particles of a dataset to an accumulator, reading the images batch by batch.

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
        progress: Follows the batches.
        description: For the progress.
    """
    _, copies = group.lattice_subgroup_cosets()
    box = accumulator.box
    size = max(1, min(256, POINTS_IN_FLIGHT // box**2))
    poses = dataset.poses
    focused = jax.vmap(Microscope.with_defocus_offset)(dataset.optics, poses.offset_z)
    optics = jax.tree.map(np.asarray, focused)
    rotations = np.asarray(_rotation_matrices(poses), np.float32)
    offsets = np.stack([poses.offset_x, poses.offset_y], axis=-1).astype(np.float32) / dataset.pixel_size
    sign = np.float32(dataset.contrast.sign)
    modes = frequencies((box, box), dataset.pixel_size).astype(jnp.float32)
    pace = Pace(SECONDS_BETWEEN_CHECKPOINTS)
    batches = range(start, len(rows), size)
    for first in progress.track(batches, description=description, total=-(-len(rows) // size), completed=start // size):
        count = min(size, len(rows) - first)
        # One program serves every batch: the last is filled with copies of a particle, of transfer zero.
        batch = np.pad(rows[first : first + count], (0, size - count), mode="edge")
        microscopes = jax.tree.map(itemgetter(batch), optics)
        matrices = microscopes.magnification
        data = _Batch(
            images=jnp.asarray(dataset.images(batch)),
            transfer=_transfer(microscopes, sign * (np.arange(size) < count), modes),
            rotations=jnp.asarray(rotations[batch]),
            offsets=jnp.asarray(offsets[batch]),
            magnification=None if matrices is None else jnp.asarray(matrices, jnp.float32),
            copies=jnp.asarray(copies, jnp.float32),
        )
        accumulator = _insert(data, accumulator)
        if checkpoint is not None and pace.due():
            checkpoint(accumulator, first + count)
    return accumulator


class _Batch(NamedTuple):
    images: Float[Array, "n y x"]
    transfer: Inexact[Array, "n y xh"]
    rotations: Float[Array, "n 3 3"]
    offsets: Float[Array, "n 2"]
    magnification: Float[Array, "n 2 2"] | None
    copies: Float[Array, "g 3 3"]


@eqx.filter_jit(donate="all-except-first")
def _insert(batch: _Batch, accumulator: FourierAccumulator) -> FourierAccumulator:
    return accumulator.insert(
        batch.images,
        batch.transfer,
        batch.rotations,
        offsets=batch.offsets,
        magnification=batch.magnification,
        copies=batch.copies,
    )


@jax.jit
@jax.vmap
def _rotation_matrices(pose: AbstractPose) -> Float[Array, "3 3"]:
    return pose.rotation_matrix


@eqx.filter_jit
def _transfer(
    optics: Microscope, scale: Float[np.ndarray | Array, " n"], modes: Float[Array, "y xh 2"]
) -> Inexact[Array, "n y xh"]:
    transfer = scale[:, None, None] * eqx.filter_vmap(lambda microscope: microscope(modes))(optics)
    return transfer.astype(jnp.complex64 if jnp.iscomplexobj(transfer) else jnp.float32)
