"""A dozen particles of two optics groups, three classes and two micrographs."""

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.datasets import ParticleDataset, write_particles_star
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose

N, SHAPE, PIXEL_SIZE = 12, (16, 16), 2.0


def noise(n: int = N, shape: tuple[int, int] = SHAPE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(3.0, 2.0, (n, *shape)).astype(np.float32)


def write_list(path: Path, images: np.ndarray, *, voltage: float = 300.0, pixel_size: float = PIXEL_SIZE) -> Path:
    """Particles with poses, CTFs and everything that they are grouped by, with their images in a stack beside."""
    n = len(images)
    write_mrc(path.with_suffix(".mrcs"), images, pixel_size=pixel_size, image_stack=True)
    k = np.arange(n)
    index = jnp.arange(float(n))
    poses = jax.vmap(lambda i: EulerAnglePose(10 * i, -9 * i, i, offset_x=1.5 * i, offset_y=-0.5 * i))(index)
    ctf = jax.vmap(lambda defocus, kv: CTF(defocus, voltage_kv=kv))(
        10_000 + 500 * index, jnp.where(index % 2, 200.0, voltage)
    )
    write_particles_star(
        path,
        image_names=[f"{number}@{path.stem}.mrcs" for number in k + 1],
        image_shape=images.shape[1:],
        pixel_size=pixel_size,
        poses=poses,
        ctf=ctf,
        half_sets=1 + k % 2,
        extra={
            "rlnClassNumber": 1 + k % 3,
            "rlnMicrographName": np.where(k < n // 2, "mics/a.mrc", "mics/b.mrc"),
            "rlnComment": [f"number{number}" for number in k],
        },
    )
    return path


@pytest.fixture
def make(tmp_path) -> Callable[..., ParticleDataset]:
    """Make a list of particles, and load it."""

    def call(name: str = "particles.star", images: np.ndarray | None = None, **options) -> ParticleDataset:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        return ParticleDataset.load(write_list(path, noise() if images is None else images, **options))

    return call


@pytest.fixture
def particles(make) -> ParticleDataset:
    return make()
