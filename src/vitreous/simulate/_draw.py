"""Drawing the particles: where each stands and how it was focused."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

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


def _rounded(values: object) -> Array:
    return jnp.asarray(np.round(np.asarray(values, np.float64), DECIMALS), jnp.result_type(float))


def _random_poses(options: SimulationOptions, random: np.random.Generator) -> EulerAnglePose:
    phi, theta, psi = _random_angles(options.n, point_group(options.symmetry), jax.random.key(options.seed))
    x, y = random.uniform(-options.shift, options.shift, (2, options.n))
    return _poses(*map(_rounded, (phi, theta, psi, x, y, np.zeros(options.n))))


@partial(jax.jit, static_argnums=(0, 1))
def _random_angles(n: int, group: PointGroup, key: Array) -> tuple[Array, Array, Array]:
    return jax.vmap(euler_from_rotation)(random_asymmetric_unit(n, group, key=key))


def _given_poses(path: Path, n: int) -> EulerAnglePose:
    dataset = ParticleDataset.load(path)
    if len(dataset) < n:
        raise InputError(
            f"{path}: holds {len(dataset)} poses, fewer than the {n} particles asked for.",
            hint=f"Use --n {len(dataset)}.",
        )
    given = dataset[:n].poses
    fields = (given.phi, given.theta, given.psi, given.offset_x, given.offset_y, given.offset_z)
    return _poses(*map(_rounded, fields))


@jax.jit
@jax.vmap
def _poses(phi: Array, theta: Array, psi: Array, x: Array, y: Array, z: Array) -> EulerAnglePose:
    return EulerAnglePose(phi, theta, psi, offset_x=x, offset_y=y, offset_z=z)


def _random_ctf(options: SimulationOptions, random: np.random.Generator) -> CTF:
    mean = random.uniform(*options.defocus, options.n)
    difference = random.uniform(*options.astigmatism, options.n)
    angle = random.uniform(0, 180, options.n)
    defoci = map(_rounded, (mean + difference / 2, mean - difference / 2, angle))
    return _ctf(*defoci, options.voltage_kv, options.cs_mm, options.amplitude_contrast)


@jax.jit
@partial(jax.vmap, in_axes=(0, 0, 0, None, None, None))
def _ctf(u: Array, v: Array, angle: Array, voltage_kv: Array, cs_mm: Array, amplitude_contrast: Array) -> CTF:
    return CTF(u, v, angle, voltage_kv=voltage_kv, cs_mm=cs_mm, amplitude_contrast=amplitude_contrast)
