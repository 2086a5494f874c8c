"""Maps or moments in files, laid on each other."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Complex, Float

from vitreous._core import InputError, check_outputs
from vitreous.grids import crop
from vitreous.harmonics import moment_count, rotate_moments
from vitreous.io import inspect_mrc, write_mrc

from ._align import Alignment, align_moments, mirror_moments
from ._align_maps import align_maps
from ._align_rotate_map import aligned_map
from ._compare_files import check_same_ball
from ._density_file import DensityFile, check_radius, coarse_enough, on_cube, read_density
from ._descriptor import MAPS
from ._memory_job import require_job_memory
from ._moment_data import MomentData
from ._moment_file import moments_path, read_moment_data, write_moment_data
from ._rotations import directional, inner_product

_VOLUMES_AT_ONCE = 8  # both maps, their masks, and the finer grid of the NUFFT that turns one


@dataclass(frozen=True)
class AlignOptions:
    """Options of `align_files`, the same as those of `vitreous zernike align`.

    Arguments:
        order: The largest n of the moments that are compared; 30 unless given, or what files of moments have.
        radius: Of the balls in Å; unless given, a quarter more than what holds both densities.
        mirror: Try the other hand too.
        mask: A soft mask in the box of the reference, which multiplies it first.
        auto_mask: Mask both maps softly about their density.
        apix: Voxel size of both maps in Å, in place of what their headers say.

    Raises:
        InputError: A value is out of range.

    Examples:
        >>> AlignOptions().mirror
        True
    """

    order: int | None = None
    radius: float | None = None
    mirror: bool = True
    mask: Path | None = None
    auto_mask: bool = True
    apix: float | None = None

    def __post_init__(self):
        if self.order is not None and self.order < 1:
            raise InputError(f"--order {self.order} knows of no direction.", hint="Use 30.")


@dataclass(frozen=True, eq=False, kw_only=True)
class AlignedFiles:
    """What `align_files` found.

    Arguments:
        alignment: Rotation, shift, hand, and the correlation of the moments.
        order: Up to which n the moments were compared.
        before: Correlation as the two stood: of voxels, or of moments where files of moments were aligned.
        after: The same after the alignment.
        of_maps: Whether maps were aligned; otherwise moments, which say nothing of a shift.
        output: The file written, if any.
    """

    alignment: Alignment
    order: int
    before: float
    after: float
    of_maps: bool
    output: Path | None


def align_files(
    reference: str | Path,
    moving: str | Path,
    output: str | Path | None = None,
    *,
    options: AlignOptions | None = None,
    overwrite: bool = False,
) -> AlignedFiles:
    """The rotation, shift and hand by which a map is laid on another, from files; or rotation and hand, of moments.

    Maps may differ in box and voxel size: they are taken about the middles of their boxes (index n // 2). Moments turn
    about the centre of their ball, which must have one radius. Of a latent space the consensus maps are compared.

    Arguments:
        reference: The map (MRC) that stays, or its moments.
        moving: The map that moves, or its moments.
        output: Where to write what moved: a map on the voxels of the reference, `.mrc` added where it ends otherwise,
            or moments, `.npz` added. Of a latent space all volumes turn.
        options: Order, ball, hands and masks.
        overwrite: Replace an existing output.

    Returns:
        The alignment, and the correlations before and after.

    Raises:
        InputError: A file cannot be read, one is a map and the other moments, the balls of moments differ, an option is
            out of range, or the output exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> from vitreous.shape import Moments
        >>> folder = Path(tempfile.mkdtemp())
        >>> still, turned = (Moments.from_arrays(np.array(m, complex), radius=40.0) for m in ([1, 1, 0], [1, -1, 0]))
        >>> found = align_files(still.save(folder / "a"), turned.save(folder / "b"))
        >>> round(found.before, 4), round(found.after, 4)
        (-1.0, 1.0)
    """
    options = options or AlignOptions()
    of_moments = [Path(path).is_file() and zipfile.is_zipfile(path) for path in (reference, moving)]
    if any(of_moments) and not all(of_moments):
        raise InputError(
            f"{reference} and {moving}: one is a map, and the other a file of moments.",
            hint="Give two maps, for the shift between them too, or decompose the map in the ball of the other.",
        )
    path = None if output is None else _output(Path(output), of_moments=all(of_moments))
    if path is not None:
        check_outputs([path], overwrite=overwrite, what="file")
    return (_moments if all(of_moments) else _maps)(reference, moving, path, options)


def turned_moments(
    data: MomentData, rotation: Float[np.ndarray, "3 3"], *, mirrored: bool = False
) -> Complex[np.ndarray, "dimensions moments"]:
    """The moments of a file after a rotation about the centre of their ball, mirrored through it first if so."""
    rows = jnp.asarray(data.moments)
    matrix = jnp.asarray(rotation, jnp.finfo(rows.dtype).dtype)
    return np.asarray(rotate_moments(mirror_moments(rows) if mirrored else rows, matrix))


def _output(path: Path, *, of_moments: bool) -> Path:
    if of_moments:
        return moments_path(path)
    return path if path.suffix.lower() in MAPS else path.with_name(f"{path.name}.mrc")


def _moments(reference: str | Path, moving: str | Path, output: Path | None, options: AlignOptions) -> AlignedFiles:
    for name, value in (("--mask", options.mask), ("--radius", options.radius), ("--apix", options.apix)):
        if value is not None:
            raise InputError(f"{name} is for maps, and these are moments.", hint="Leave it out, or give the maps.")
    (still, _), (turning, _) = read_moment_data(reference), read_moment_data(moving)
    check_same_ball(still, turning)
    known = min(still.order, turning.order)
    order = known if options.order is None else options.order
    if order > known:
        raise InputError(
            f"--order {order} is more than both files have, which is {known}.", hint=f"Use --order {known} or less."
        )
    rows = [data.moments[0, : moment_count(order)] for data in (still, turning)]
    found = align_moments(*rows, mirror=options.mirror)
    if output is not None:
        write_moment_data(
            output, turning.with_moments(turned_moments(turning, found.rotation, mirrored=found.mirrored))
        )
    before = float(inner_product(*(directional(jnp.asarray(row)) for row in rows)))
    return AlignedFiles(
        alignment=found, order=order, before=before, after=found.correlation, of_maps=False, output=output
    )


def _maps(reference: str | Path, moving: str | Path, output: Path | None, options: AlignOptions) -> AlignedFiles:
    still, turning = (read_density(path, voxel_size=options.apix) for path in (reference, moving))
    masked = still if options.mask is None else _masked(still, options.mask)
    size = still.voxel_size
    box = max(*still.volume.shape, *(int(np.ceil(n * turning.voxel_size / size)) for n in turning.volume.shape))
    order = 30 if options.order is None else options.order
    require_job_memory(
        box, order=order, radius=box / 2, volumes=_VOLUMES_AT_ONCE, memory=None, source=f"{reference} and {moving}"
    )
    check_radius(options.radius, box=box, voxel_size=size)
    fixed, whole = (on_cube(one, box=box, voxel_size=size) for one in (masked, turning))
    (small, coarse), (moved, _) = (coarse_enough(one, size, order=order) for one in (fixed, whole))
    found = align_maps(
        small,
        moved,
        voxel_size=coarse,
        order=order,
        radius=options.radius,
        mirror=options.mirror,
        mask=options.auto_mask,
    )
    laid = np.asarray(crop(aligned_map(whole, found, voxel_size=size), still.volume.shape))
    standing = np.asarray(crop(whole, still.volume.shape))
    if output is not None:
        _write_beside(output, laid, still)
    before, after = (_correlation(still.volume, one) for one in (standing, laid))
    return AlignedFiles(alignment=found, order=order, before=before, after=after, of_maps=True, output=output)


def _masked(density: DensityFile, path: Path) -> DensityFile:
    mask = read_density(path, voxel_size=density.voxel_size).volume
    if mask.shape != density.volume.shape:
        raise InputError(
            f"{path}: its shape is {' × '.join(map(str, mask.shape))}, but that of {density.path} is "
            f"{' × '.join(map(str, density.volume.shape))}.",
            hint="Give a mask in the box of the reference.",
        )
    return replace(density, volume=density.volume * mask)


def _write_beside(path: Path, volume: Float[np.ndarray, "z y x"], reference: DensityFile) -> None:
    """Write a map that overlays the reference in programs that heed the header."""
    header = inspect_mrc(reference.path)
    x, y, z = header.origin if any(header.origin) else (start * reference.voxel_size for start in header.start)
    write_mrc(path, volume, pixel_size=reference.voxel_size, origin=(x, y, z))


def _correlation(a: Float[np.ndarray, "z y x"], b: Float[np.ndarray, "z y x"]) -> float:
    """Pearson's correlation of voxels; 0 where one map is the same everywhere."""
    a, b = (values.astype(float) - values.mean(dtype=float) for values in (a, b))
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.vdot(a, b) / norms) if norms > 0 else 0.0
