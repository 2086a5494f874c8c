"""Drawing the particles: where each stands and how it was focused."""

from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, euler_from_rotation, point_group, random_asymmetric_unit

from ._options import SimulationOptions

DECIMALS = 6  # as the STAR file will hold them, so that what is read back is what was imaged


class DrawnParticles(NamedTuple):
    """Batches (leading axis n) of what differs between particles.

    Arguments:
        poses: Orientations and offsets.
        ctf: Optics.
        half_sets: 1 or 2.
    """

    poses: EulerAnglePose
    ctf: CTF
    half_sets: np.ndarray


def draw_particles(options: SimulationOptions) -> DrawnParticles:
    """Orientations uniform on SO(3) or its asymmetric unit, uniform offsets, defoci and astigmatism.

    Every number is rounded to what the STAR file holds.

    Raises:
        InputError: The file of poses has fewer than n, or none.
    """
    keys = jax.random.split(jax.random.key(options.seed), 5)
    poses = (
        _random_poses(options, keys[0], keys[1]) if options.poses is None else _given_poses(options.poses, options.n)
    )
    half_sets = np.array(jax.random.permutation(keys[4], 1 + np.arange(options.n) % 2))
    return DrawnParticles(poses, _random_ctf(options, keys[2], keys[3]), half_sets)


def _rounded(values: object) -> jax.Array:
    return jnp.asarray(np.round(np.asarray(values, np.float64), DECIMALS), jnp.result_type(float))


def _random_poses(options: SimulationOptions, key: jax.Array, offset_key: jax.Array) -> EulerAnglePose:
    rotations = random_asymmetric_unit(options.n, point_group(options.symmetry), key=key)
    phi, theta, psi = jax.vmap(euler_from_rotation)(rotations)
    x, y = jax.random.uniform(offset_key, (2, options.n), minval=-options.shift, maxval=options.shift)
    return _batch_of_poses(phi, theta, psi, x, y, np.zeros(options.n))


def _given_poses(path: Path, n: int) -> EulerAnglePose:
    dataset = ParticleDataset.load(path)
    if len(dataset) < n:
        raise InputError(
            f"{path}: holds {len(dataset)} poses, fewer than the {n} particles asked for.",
            hint=f"Use --n {len(dataset)}.",
        )
    poses = dataset[:n].poses
    return _batch_of_poses(poses.phi, poses.theta, poses.psi, poses.offset_x, poses.offset_y, poses.offset_z)


def _batch_of_poses(phi, theta, psi, x, y, z) -> EulerAnglePose:
    phi, theta, psi, x, y, z = map(_rounded, (phi, theta, psi, x, y, z))
    return jax.vmap(EulerAnglePose)(phi, theta, psi, offset_x=x, offset_y=y, offset_z=z)


def _random_ctf(options: SimulationOptions, key: jax.Array, angle_key: jax.Array) -> CTF:
    mean, difference = (
        np.asarray(jax.random.uniform(k, (options.n,), minval=low, maxval=high))
        for k, (low, high) in zip(jax.random.split(key), (options.defocus, options.astigmatism), strict=True)
    )
    angle = jax.random.uniform(angle_key, (options.n,), maxval=180.0)

    def one(u, v, angle):
        return CTF(
            u,
            v,
            angle,
            voltage_kv=options.voltage_kv,
            cs_mm=options.cs_mm,
            amplitude_contrast=options.amplitude_contrast,
        )

    return jax.vmap(one)(_rounded(mean + difference / 2), _rounded(mean - difference / 2), _rounded(angle))
