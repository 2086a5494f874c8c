"""Particles in a STAR file, without images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vitreous.datasets import ParticleDataset
from vitreous.io import Table, write_star

N = 40


def particle_columns(n: int = N) -> dict[str, np.ndarray]:
    """Columns of particles of four micrographs, with poses, CTF, classes and ratings."""
    random = np.random.default_rng(0)
    micrograph = np.arange(n) % 4
    return {
        "rlnImageName": np.array([f"{k + 1:06d}@stack.mrcs" for k in range(n)]),
        "rlnMicrographName": np.array([f"movies/mic_{k}.mrc" for k in micrograph]),
        "rlnOpticsGroup": 1 + micrograph // 2,
        "rlnDefocusU": 10_000.0 + 1000 * micrograph + random.uniform(0, 100, n),
        "rlnDefocusV": 9_500.0 + 1000 * micrograph,
        "rlnDefocusAngle": random.uniform(-90, 90, n),
        "rlnCtfMaxResolution": random.uniform(3, 6, n),
        "rlnCtfFigureOfMerit": random.uniform(0, 0.2, n),
        "rlnAngleRot": random.uniform(-180, 180, n),
        "rlnAngleTilt": random.uniform(0, 180, n),
        "rlnAnglePsi": random.uniform(-180, 180, n),
        "rlnOriginXAngst": random.normal(size=n),
        "rlnOriginYAngst": random.normal(size=n),
        "rlnClassNumber": 1 + np.arange(n) % 3,
        "rlnRandomSubset": 1 + np.arange(n) % 2,
    }


@pytest.fixture
def star_file(tmp_path) -> Callable[..., Path]:
    """Write particles; columns given as `None` are left out, others replaced or added."""

    def make(n: int = N, **changes) -> Path:
        columns = {**particle_columns(n), **changes}
        optics = {
            "rlnOpticsGroup": [1, 2],
            "rlnOpticsGroupName": ["first", "second"],
            "rlnVoltage": [300.0, 300.0],
            "rlnSphericalAberration": [2.7, 2.7],
            "rlnAmplitudeContrast": [0.1, 0.1],
            "rlnImagePixelSize": [1.5, 1.5],
            "rlnImageSize": [16, 16],
        }
        path = tmp_path / "particles.star"
        kept = {name: values for name, values in columns.items() if values is not None}
        write_star(path, {"optics": Table(optics), "particles": Table(kept)})
        return path

    return make


@pytest.fixture
def particles(star_file) -> Callable[..., ParticleDataset]:
    """The same, loaded."""
    return lambda *args, **changes: ParticleDataset.load(star_file(*args, **changes))
