"""Maps as they are to be decomposed: read, masked, cut out and binned."""

import math
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from vitreous._core import InputError, require_memory
from vitreous.datasets import load_volume, read_latent_bundle
from vitreous.grids import fourier_crop
from vitreous.io import inspect_mrc, npz_members, read_markers

from ._decompose_options import BallExtent, DecomposeOptions
from ._memory_job import job_bytes, largest_radius
from ._zernike3d import zernike3d_ball

Point = Float[np.ndarray, "3"]
_READ_BYTES = 12  # of a voxel as read, joined with other volumes, and cut out
_USUAL_ORDER = 50  # where a resolution is asked for, or nothing


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceVolumes:
    """A map, or a consensus map and its components, and where they stand.

    Arguments:
        volumes: One or more of one box.
        voxel_size: Å.
        origin: (x, y, z) of the first voxel, Å.
        latents: Of each particle.
        source: The file.
    """

    volumes: Float[np.ndarray, "volumes z y x"]
    voxel_size: float
    origin: Point
    latents: Float[np.ndarray, "particles k"] | None
    source: Path

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (z, y, x)."""
        z, y, x = self.volumes.shape[1:]
        return z, y, x

    @property
    def middle(self) -> Point:
        """(x, y, z) of the voxel at index n // 2 of each axis, Å."""
        return self.origin + self.voxel_size * (np.array(self.shape[::-1]) // 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class FramedVolumes:
    """Volumes in a cubic box, and the centre of their ball.

    Arguments:
        source: The volumes.
        center: (x, y, z) of the ball's centre from the voxel at index n // 2, in voxels.
    """

    source: SourceVolumes
    center: tuple[float, float, float]

    @property
    def box(self) -> int:
        """Voxels along a side."""
        return self.source.volumes.shape[-1]


def read_source(path: str | Path, *, voxel_size: float | None = None) -> SourceVolumes:
    """The volumes of a map file or of a bundle of a 3D variability job.

    Raises:
        InputError: The file cannot be read, is neither, or does not say its voxel size.
    """
    path = Path(path)
    if path.is_file() and zipfile.is_zipfile(path):
        if "schema" in npz_members(path):
            raise InputError(
                f"{path}: is a file of vitreous, but no bundle of maps.",
                hint=f"Give a map; see what this holds with: vitreous info {path}",
            )
        bundle = read_latent_bundle(path, voxel_size=voxel_size)
        if bundle.voxel_size is None:
            raise InputError(f"{path}: does not say its voxel size.", hint="Give it in Å: --apix 1.2.")
        return SourceVolumes(
            volumes=bundle.volumes,
            voxel_size=bundle.voxel_size,
            origin=np.zeros(3),
            latents=bundle.latents,
            source=path,
        )
    volume, size = load_volume(path, voxel_size=voxel_size)
    header = inspect_mrc(path)
    # As ChimeraX reads them: the start counts where the header gives no origin.
    origin = np.array(header.origin) if any(header.origin) else np.array(header.start) * size
    return SourceVolumes(volumes=volume[None], voxel_size=size, origin=origin.astype(float), latents=None, source=path)


def require_source_memory(path: str | Path, options: DecomposeOptions, *, memory: int | None) -> None:
    """Refuse a file that cannot be read and decomposed within the memory allowed, by its header alone.

    Raises:
        InputError: There is not enough memory, or the header cannot be read.
    """
    shapes = _shapes(Path(path))
    if not shapes:  # no bundle, as its reader will say
        return
    largest = max(shapes[0])
    box = max(3, round((options.crop_to or largest) / options.bin))
    inscribed = options.radius is None and options.ball is BallExtent.INSCRIBED
    order = _USUAL_ORDER if options.order is None else options.order
    radius = box / 2 if inscribed else largest_radius(box)
    job = job_bytes(box, order=order, radius=radius, volumes=0, refine=options.refine)
    require_memory(
        job + _READ_BYTES * float(sum(map(math.prod, shapes))),
        what=f"{path}: a box of {' × '.join(map(str, shapes[0]))} voxels, to order {order} in one of {box}³,",
        hint="Use a smaller --order, --crop-to or --bin.",
        memory=memory,
    )


def _shapes(path: Path) -> list[tuple[int, ...]]:
    """Of the arrays in a file of maps, by its header."""
    if not (path.is_file() and zipfile.is_zipfile(path)):
        return [inspect_mrc(path).shape]
    members = npz_members(path)
    return [members[name].shape for name in ("consensus_map", "components") if name in members]


def frame_source(source: SourceVolumes, options: DecomposeOptions) -> FramedVolumes:
    """Volumes masked, cut out about the centre that was asked for, and binned.

    Raises:
        InputError: The mask has another box, the centre is outside of the map, the box is no cube, or nothing but
            zeros is left.
    """
    center = _center(source, options.com)
    if options.mask is not None:
        source = _masked(source, options.mask)
    if options.crop_to is not None:
        source = _cut_out(source, options.crop_to, center)
    if len(set(source.shape)) > 1:
        sides = " × ".join(map(str, source.shape))
        raise InputError(
            f"{source.source}: is {sides}, and a ball needs a cube.",
            hint=f"--crop-to {max(source.shape)} fills it up with zeros, --crop-to {min(source.shape)} cuts it.",
        )
    if options.bin != 1:
        source = _binned(source, options.bin)
    if not source.volumes[0].any():
        where = " where it is looked at" if options.mask is not None or options.crop_to is not None else ""
        raise InputError(
            f"{source.source}: every value is 0{where}, so it has no shape.", hint="Check how the map was made."
        )
    # Were rounding to leave anything of a centre in the middle, every volume would be shifted by it.
    x, y, z = (((center - source.middle) / source.voxel_size).round(9) + 0.0).tolist()
    if options.ball is BallExtent.ZERNIKE3D:
        x, y, z = zernike3d_ball(source.shape[0])[1]
    return FramedVolumes(source=source, center=(x, y, z))


def _center(source: SourceVolumes, com: tuple[float, float, float] | Path | None) -> Point:
    if com is None:
        return source.middle
    point = read_markers(com).positions.mean(axis=0) if isinstance(com, Path) else np.array(com)
    index = (point - source.origin) / source.voxel_size
    last = np.array(source.shape[::-1]) - 1
    if (index < 0).any() or (index > last).any():
        corners = (", ".join(f"{value:g}" for value in end) for end in (source.origin, _end(source, last)))
        raise InputError(
            f"{source.source}: the centre ({', '.join(f'{value:g}' for value in point)}) Å is outside of the map, "
            f"which goes from ({next(corners)}) to ({next(corners)}) Å.",
            hint="Give --com in Å, in the map's own frame, as ChimeraX shows it.",
        )
    return point


def _end(source: SourceVolumes, last: Int[np.ndarray, "3"]) -> Point:
    return source.origin + source.voxel_size * last


def _masked(source: SourceVolumes, path: Path) -> SourceVolumes:
    # A mask counts by its voxels, whatever size its header gives them.
    mask, _ = load_volume(path, voxel_size=source.voxel_size)
    if mask.shape != source.shape:
        raise InputError(
            f"{path}: its shape is {' × '.join(map(str, mask.shape))}, but that of {source.source} is "
            f"{' × '.join(map(str, source.shape))}.",
            hint="Give a mask in the box of the map.",
        )
    if not mask.any():
        raise InputError(f"{path}: every value is 0, so it masks everything.", hint="Give another mask.")
    return replace(source, volumes=source.volumes * mask)


def _cut_out(source: SourceVolumes, box: int, center: Point) -> SourceVolumes:
    """A cube about the voxel next to a point; zero where the map ends."""
    middle = np.rint((center - source.origin) / source.voxel_size).astype(int)
    start = middle - box // 2
    low, high = np.maximum(start, 0), np.minimum(start + box, source.shape[::-1])
    inside = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
    target = tuple(slice(a, b) for a, b in zip((low - start)[::-1], (high - start)[::-1], strict=True))
    volumes = np.zeros((len(source.volumes), box, box, box), source.volumes.dtype)
    volumes[:, *target] = source.volumes[:, *inside]
    return replace(source, volumes=volumes, origin=source.origin + start * source.voxel_size)


def _binned(source: SourceVolumes, factor: float) -> SourceVolumes:
    box = source.shape[0]
    smaller = round(box / factor)
    if smaller < 3:
        raise InputError(
            f"{source.source}: --bin {factor:g} leaves {smaller} of {box} voxels.", hint=f"Use {box / 8:g} or less."
        )
    voxel_size = source.voxel_size * box / smaller
    volumes = np.stack([np.asarray(fourier_crop(volume, (smaller,) * 3)) for volume in source.volumes])
    # The voxel at index n // 2 stays where it was.
    origin = source.middle - voxel_size * (smaller // 2)
    return replace(source, volumes=volumes, voxel_size=voxel_size, origin=origin)
