"""Maps in files, brought to one cube of voxels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from vitreous._core import InputError
from vitreous.datasets import load_volume
from vitreous.grids import fourier_crop, pad, rescale

from ._memory_job import largest_radius

# What an order needs of a specimen that fills half the width of its box, and the least that is worth the saving.
_VOXELS_PER_ORDER, _LEAST_BOX = 4, 96


@dataclass(frozen=True, eq=False, kw_only=True)
class DensityFile:
    """A map as its file has it.

    Arguments:
        volume: The map.
        voxel_size: Å.
        path: The file.
    """

    volume: Float32[np.ndarray, "z y x"]
    voxel_size: float
    path: Path


def read_density(path: str | Path, *, voxel_size: float | None = None) -> DensityFile:
    """The map of a file.

    Raises:
        InputError: The file cannot be read, is no map, does not say its voxel size, or is zero everywhere.
    """
    volume, size = load_volume(path, voxel_size=voxel_size)
    if not volume.any():
        raise InputError(f"{path}: every value is 0, so it has no shape.", hint="Check how the map was made.")
    return DensityFile(volume=volume, voxel_size=size, path=Path(path))


def on_cube(density: DensityFile, *, box: int, voxel_size: float) -> Float[np.ndarray, "z y x"]:
    """A map in a cube of voxels of some size, about the same middle (index n // 2); zero beyond the map.

    Arguments:
        density: The map.
        box: Voxels along a side; as long as the map, or longer.
        voxel_size: Å.
    """
    # Headers keep voxel sizes in single precision.
    if np.isclose(density.voxel_size, voxel_size, rtol=1e-5, atol=0):
        return np.asarray(pad(density.volume, (box,) * 3))
    return np.asarray(rescale(density.volume, density.voxel_size, new_spacing=voxel_size, shape=(box,) * 3))


def check_radius(radius: float | None, *, box: int, voxel_size: float) -> None:
    """Refuse a ball with the whole cube inside of it, or with hardly a voxel.

    Raises:
        InputError: The radius is given, and too large or too small.
    """
    most = largest_radius(box) * voxel_size
    if radius is not None and not voxel_size <= radius <= most:
        raise InputError(
            f"a ball of {radius:g} Å does not fit a box of {box}³ voxels of {voxel_size:g} Å.",
            hint=f"Give a radius of {voxel_size:g} to {most:.6g} Å, or leave it out.",
        )


def coarse_enough(
    volume: Float[np.ndarray, "z y x"], voxel_size: float, *, order: int
) -> tuple[Float[np.ndarray, "w v u"], float]:
    """A cube in as few voxels as moments to an order need, and their size in Å; as it is where it has no more."""
    edge, box = len(volume), max(_LEAST_BOX, _VOXELS_PER_ORDER * order)
    if edge <= box:
        return volume, voxel_size
    return np.asarray(fourier_crop(volume, (box,) * 3)), voxel_size * edge / box
