"""From a structure or map file to the potential that is imaged."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vitreous._core import JOB_OVERHEAD, InputError, require_memory
from vitreous.datasets import load_volume
from vitreous.grids import Sampling, crop, pad, rescale
from vitreous.io import AtomTable, is_mrc, read_atoms

from ._options import SimulationOptions
from ._render_structure import BYTES_PER_VOXEL, render_map


@dataclass(frozen=True)
class SpecimenVolume:
    """A potential on the grid of the images.

    Arguments:
        potential: Å⁻², a cube of the image's box, band-limited.
        voxel_size: Å.
        shift: By how much the atoms were moved (x, y, z), Å; zero for a map.
        diameter: Of the smallest sphere about the origin that holds the atoms, or 99 % of a map's power, Å.
        description: One line for the report.
    """

    potential: np.ndarray
    voxel_size: float
    shift: tuple[float, float, float]
    diameter: float
    description: str


def load_specimen(source: Path | AtomTable, options: SimulationOptions, *, memory: int | None = None) -> SpecimenVolume:
    """The potential of a PDB, mmCIF or MRC file, or of an atom table.

    Arguments:
        source: A file, recognised by its ending or else by its content, or atoms that were read or built before.
        options: Box, pixel size, and how to treat the source.
        memory: Bytes that the process may use; `VITREOUS_MEMORY` unless given.

    Raises:
        InputError: The file is not what it should be, or the box does not fit in memory.
    """
    if isinstance(source, Path) and is_mrc(source):
        return _from_map(source, options, memory)
    atoms = source if isinstance(source, AtomTable) else read_atoms(source, assembly=options.assembly)
    return _from_atoms(atoms, options, memory)


def _from_atoms(atoms: AtomTable, options: SimulationOptions, memory: int | None) -> SpecimenVolume:
    box, pixel_size = options.box or 128, options.pixel_size or 1.5
    _check_memory(box, memory, rendering=BYTES_PER_VOXEL)
    if len(atoms) == 0:
        raise InputError(f"{atoms.source}: holds no atoms, so there is nothing to image.", hint="Give at least one.")
    shift = np.zeros(3)
    if options.center:
        atoms, shift = atoms.centred()
    extent = np.abs(atoms.positions).max()
    if extent > box * pixel_size / 2:
        raise InputError(
            f"{atoms.source}: atoms lie up to {extent:.0f} Å from the centre, outside a box of {box} pixels "
            f"of {pixel_size:g} Å.",
            hint=f"Use --box {int(np.ceil(2.2 * extent / pixel_size / 2) * 2)}"
            + ("." if options.center else ", or leave out --no-center."),
        )
    potential = render_map(
        atoms, shape=(box, box, box), voxel_size=pixel_size, sampling=Sampling.BANDLIMITED, solvent=options.solvent
    )
    return SpecimenVolume(
        np.asarray(potential, np.float32),
        pixel_size,
        (float(shift[0]), float(shift[1]), float(shift[2])),
        2 * float(np.linalg.norm(atoms.positions, axis=1).max()),
        f"{Path(atoms.source).name} ({len(atoms)} atoms)",
    )


def _from_map(path: Path, options: SimulationOptions, memory: int | None) -> SpecimenVolume:
    values, voxel_size = load_volume(path, voxel_size=options.apix)
    if not values.any():
        raise InputError(f"{path}: every value is 0, so there is nothing to image.", hint="Check how the map was made.")
    pixel_size = options.pixel_size or voxel_size
    box = options.box or max(2, round(max(values.shape) * voxel_size / pixel_size))
    _check_memory(box, memory)
    if not np.isclose(pixel_size, voxel_size, rtol=1e-6):
        values = np.asarray(rescale(values, voxel_size, new_spacing=pixel_size))
    for resize, target in ((pad, [max(n, box) for n in values.shape]), (crop, [box] * 3)):
        values = resize(values, tuple(target))
    potential = np.asarray(values, np.float32)
    return SpecimenVolume(
        potential, pixel_size, (0.0, 0.0, 0.0), _diameter(potential, pixel_size), f"the map {path.name}"
    )


def _diameter(potential: np.ndarray, voxel_size: float) -> float:
    """Of the sphere about the origin that holds 99 % of a map's power, in Å, and at most the box."""
    z, y, x = (np.square(np.arange(n) - n // 2) for n in potential.shape)
    power = np.cumsum(np.bincount((z[:, None, None] + y[:, None] + x).ravel(), potential.ravel() ** 2))
    radius = int(np.ceil(np.sqrt(np.searchsorted(power, 0.99 * power[-1]))))
    return voxel_size * min(2 * radius, *potential.shape)


def _check_memory(box: int, memory: int | None, *, rendering: int = 0) -> None:
    """Refuse a box that does not fit: its Fourier grid, or what drawing atoms on it needs, bytes per voxel."""
    # The padded Fourier grid (1.5 times the edge, half of it, 8 bytes) stands three times while it is made, beside
    # the map's own copies.
    padded, plain = (1.5 * box) ** 3, float(box) ** 3
    needed = JOB_OVERHEAD + max(3 * 4 * padded + 6 * 4 * plain, rendering * plain)
    require_memory(needed, what=f"--box {box}", hint="Use a smaller --box or a larger --pixel-size.", memory=memory)
