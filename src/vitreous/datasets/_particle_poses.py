"""The poses of particles, from their metadata."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from vitreous._core import InputError
from vitreous.poses import EulerAnglePose

from ._metadata import ParticleMetadata


def count_without_pose(metadata: ParticleMetadata) -> int:
    """How many particles have no pose."""
    angles, offsets = metadata.euler_angles_deg, metadata.offsets
    if angles is None or offsets is None:
        return len(metadata)
    return int((~np.isfinite(np.hstack([angles, offsets]))).any(axis=-1).sum())


def poses_of(metadata: ParticleMetadata, *, source: Path) -> EulerAnglePose:
    """The pose of each particle, batched.

    Arguments:
        metadata: Of n particles.
        source: Where they come from, for errors.

    Raises:
        InputError: The particles, or some of them, have no pose.
    """
    lost = count_without_pose(metadata)
    angles, offsets = metadata.euler_angles_deg, metadata.offsets
    if lost or angles is None or offsets is None:
        raise InputError(
            f"{source}: {lost} of {len(metadata)} particles have no pose: {metadata.pose_problem}.",
            hint="Refine the particles first, leave these out, or give poses in another file.",
        )
    phi, theta, psi = jnp.asarray(angles.T)
    offset_x, offset_y, offset_z = jnp.asarray(offsets.T)
    return jax.vmap(EulerAnglePose)(phi, theta, psi, offset_x=offset_x, offset_y=offset_y, offset_z=offset_z)
