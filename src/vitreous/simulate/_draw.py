"""Drawing the particles: where each stands and how it was focused."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, PointGroup, euler_from_rotation, point_group, random_asymmetric_unit

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
    if options.poses is not None and options.symmetry.upper() != "C1":
        raise InputError(
            f"--symmetry {options.symmetry} draws orientations, but {options.poses} gives them.",
            hint="Leave out --symmetry or --poses.",
        )
    random = np.random.default_rng(options.seed)
    poses = _random_poses(options, random) if options.poses is None else _given_poses(options.poses, options.n)
    half_sets = random.permutation(1 + np.arange(options.n) % 2)
    return DrawnParticles(poses, _random_ctf(options, random), half_sets)


def _rounded(values: object) -> jax.Array:
    return jnp.asarray(np.round(np.asarray(values, np.float64), DECIMALS), jnp.result_type(float))


def _random_poses(options: SimulationOptions, random: np.random.Generator) -> EulerAnglePose:
    phi, theta, psi = _random_angles(options.n, point_group(options.symmetry), jax.random.key(options.seed))
    x, y = random.uniform(-options.shift, options.shift, (2, options.n))
    return _batch_of_poses(phi, theta, psi, x, y, np.zeros(options.n))


@partial(jax.jit, static_argnums=(0, 1))
def _random_angles(n: int, group: PointGroup, key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    return jax.vmap(euler_from_rotation)(random_asymmetric_unit(n, group, key=key))


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
    @jax.jit
    @jax.vmap
    def pose(phi, theta, psi, x, y, z):
        return EulerAnglePose(phi, theta, psi, offset_x=x, offset_y=y, offset_z=z)

    return pose(*map(_rounded, (phi, theta, psi, x, y, z)))


def _random_ctf(options: SimulationOptions, random: np.random.Generator) -> CTF:
    mean = random.uniform(*options.defocus, options.n)
    difference = random.uniform(*options.astigmatism, options.n)
    angle = random.uniform(0, 180, options.n)

    @jax.jit
    @jax.vmap
    def ctf(defocus_u, defocus_v, angle):
        return CTF(
            defocus_u,
            defocus_v,
            angle,
            voltage_kv=options.voltage_kv,
            cs_mm=options.cs_mm,
            amplitude_contrast=options.amplitude_contrast,
        )

    return ctf(*map(_rounded, (mean + difference / 2, mean - difference / 2, angle)))
