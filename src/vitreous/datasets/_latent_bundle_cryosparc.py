"""A latent bundle from the files that cryoSPARC's 3D variability analysis writes."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.io import read_cs

from ._latent_bundle import LatentBundle
from ._latent_columns import component_latents
from ._volumes import load_volume

_COMPONENT = re.compile(r"component_?(\d+)")


def bundle_from_cryosparc(
    consensus: str | Path,
    components: Sequence[str | Path],
    particles: str | Path | None,
    *,
    voxel_size: float | None = None,
) -> LatentBundle:
    """A latent bundle from cryoSPARC's own files: a map, component maps and the particles of the job.

    Component maps are matched to the columns `components_mode_k/value` by the number in their names
    (`…component_3.mrc` is k = 3), whatever the order in which they are given: a shell puts `component_10` before
    `component_2`.

    Arguments:
        consensus: The map (`…_map.mrc`).
        components: The component maps.
        particles: The table of the job (`…_particles.cs`), or `None` for a bundle of maps alone.
        voxel_size: Å, in place of what the maps' headers say.

    Returns:
        The bundle, components by number.

    Raises:
        InputError: A file that cannot be read, a name without a number or a number twice, boxes or voxel sizes that
            differ, or other component maps than the table has columns.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> paths = [folder / name for name in ("J1_map.mrc", "J1_component_1.mrc", "J1_component_0.mrc")]
        >>> for value, path in enumerate(paths):
        ...     write_mrc(path, np.full((4, 4, 4), value), pixel_size=1.5)
        >>> bundle = bundle_from_cryosparc(paths[0], paths[1:], None)
        >>> bundle.components[:, 0, 0, 0].tolist(), bundle.voxel_size
        ([2.0, 1.0], 1.5)
    """
    numbered = _by_number([Path(path) for path in components])
    maps = [load_volume(path, voxel_size=voxel_size) for path in (consensus, *numbered.values())]
    for path, (volume, size) in zip(numbered.values(), maps[1:], strict=True):
        if volume.shape != maps[0][0].shape:
            raise InputError(
                f"{path}: has the shape {volume.shape}, and the consensus map {consensus} has {maps[0][0].shape}.",
                hint="Give the maps of one job.",
            )
        # The headers are written in single precision.
        if abs(size - maps[0][1]) > 1e-4 * maps[0][1]:
            raise InputError(
                f"{path}: has voxels of {size:g} Å, and the consensus map {consensus} of {maps[0][1]:g} Å.",
                hint="Give the maps of one job, or their voxel size: --apix 1.2 (in Python voxel_size=1.2).",
            )
    latents = None
    if particles is not None:
        latents, modes = component_latents(read_cs(particles), source=str(particles))
        if modes != tuple(numbered):
            raise InputError(
                f"{particles}: has latents of the components {_list(modes)}, but maps are given of {_list(numbered)}.",
                hint="Give every component map of the job, and the particles of the same job.",
            )
    return LatentBundle(
        consensus=maps[0][0],
        components=np.stack([volume for volume, _ in maps[1:]]),
        latents=latents,
        voxel_size=maps[0][1],
    )


def _by_number(paths: list[Path]) -> dict[int, Path]:
    if not paths:
        raise InputError("no component map is given.", hint="Give the job's …component_*.mrc files.")
    numbers = {}
    for path in paths:
        found = _COMPONENT.findall(path.name)
        if not found:
            raise InputError(
                f"{path}: its name does not say which component it is.",
                hint="Name it as cryoSPARC does: …component_0.mrc, …component_1.mrc, …",
            )
        number = int(found[-1])
        if number in numbers:
            raise InputError(
                f"{path} and {numbers[number]} are both component {number} by their names.",
                hint="Give the maps of one job, each once (and not the half-maps).",
            )
        numbers[number] = path
    return dict(sorted(numbers.items()))


def _list(numbers: Sequence[int] | dict[int, Path]) -> str:
    return ", ".join(map(str, numbers))
