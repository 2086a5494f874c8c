"""Particles as RELION lists them, with everything that a file can say about an image."""

from pathlib import Path

import numpy as np

from vitreous.datasets import ParticleDataset
from vitreous.io import Table, write_star

COUNT = 16
"""Of particles: model images of one number of them are compiled once for all tests."""

# Of tilt, trefoil and tetrafoil alone, as cryoSPARC holds them.
EVEN = [0, 3 * 0.5, 0, 3 * -0.3, 0.2, 0.5, 0, -0.3, 0.4]
ODD = [2 * 0.3, 2 * -0.2, 0.25, 0.3, -0.2, 0.15]
MAGNIFICATION = {"rlnMagMat00": 1.01, "rlnMagMat01": 0.004, "rlnMagMat10": -0.003, "rlnMagMat11": 0.992}


def write_sample(path: Path, *, optics=None, particles=None, count: int = COUNT) -> Path:
    """A STAR file of two optics groups with poses, astigmatism, phase shifts and half-sets.

    Arguments:
        path: The file.
        optics: More columns of the optics table: one value for both groups, or one for each.
        particles: More columns of the particles.
        count: How many.
    """
    rng = np.random.default_rng(5)
    groups = 1 + np.arange(count) % 2
    defocus = rng.uniform(8_000, 16_000, count)
    columns = {
        "rlnImageName": [f"{k // 2 + 1:06d}@stack_{k % 2}.mrcs" for k in range(count)],
        "rlnMicrographName": [f"mic_{k % 3}.mrc" for k in range(count)],
        "rlnCoordinateX": rng.uniform(0, 3000, count).round(2),
        "rlnCoordinateY": rng.uniform(0, 2000, count).round(2),
        "rlnAngleRot": rng.uniform(-180, 180, count),
        "rlnAngleTilt": rng.uniform(0, 180, count),
        "rlnAnglePsi": rng.uniform(-180, 180, count),
        "rlnOriginXAngst": rng.normal(0, 4, count),
        "rlnOriginYAngst": rng.normal(0, 4, count),
        "rlnDefocusU": defocus,
        "rlnDefocusV": defocus - rng.uniform(300, 900, count),
        "rlnDefocusAngle": rng.uniform(10, 80, count),
        "rlnPhaseShift": rng.uniform(0, 20, count),
        "rlnCtfBfactor": rng.uniform(0, 30, count),
        "rlnCtfScalefactor": rng.uniform(0.8, 1.2, count),
        "rlnOpticsGroup": groups,
        "rlnRandomSubset": 1 + np.arange(count) // 3 % 2,
        "rlnClassNumber": 1 + np.arange(count) % 4,
        **(particles or {}),
    }
    table = {
        "rlnOpticsGroupName": ["one", "two"],
        "rlnOpticsGroup": [1, 2],
        "rlnVoltage": [300.0, 200.0],
        "rlnSphericalAberration": [2.7, 2.0],
        "rlnAmplitudeContrast": [0.1, 0.07],
        "rlnImagePixelSize": [1.5, 1.5],
        "rlnImageSize": [128, 128],
        "rlnImageDimensionality": [2, 2],
        **{name: [value] * 2 if np.ndim(value) == 0 else value for name, value in (optics or {}).items()},
    }
    write_star(path, {"optics": Table(table), "particles": Table(columns)})
    return path


def write_aberrated(path: Path, **changes) -> Path:
    """The same with aberrations that cryoSPARC has columns for, beam tilt and anisotropic magnification."""
    texts = {
        name: "[" + ",".join(map(str, values)) + "]"
        for name, values in {"rlnEvenZernike": EVEN, "rlnOddZernike": ODD}.items()
    }
    aberrations = {**texts, "rlnBeamTiltX": 0.3, "rlnBeamTiltY": -0.2, **MAGNIFICATION}
    return write_sample(path, optics={**aberrations, **changes.pop("optics", {})}, **changes)


def changed(dataset: ParticleDataset, **columns) -> ParticleDataset:
    """The dataset with columns that are functions of the old ones: `rlnDefocusAngle=lambda angle: -angle`."""
    return dataset.with_columns({name: function(dataset.column(name)) for name, function in columns.items()})
