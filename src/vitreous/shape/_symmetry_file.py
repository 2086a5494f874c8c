"""The symmetry of maps and moments in files."""

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, moment_count

from ._align_envelope import density_center, density_mask, mask_radius
from ._density_file import check_radius, coarse_enough, on_cube, read_density
from ._memory_job import require_job_memory
from ._moment_file import read_moment_data
from ._symmetry import Symmetry, find_symmetry

_ROOM = 1.25  # of the ball about the mask


@dataclass(frozen=True, eq=False, kw_only=True)
class FileSymmetry:
    """What `symmetry_of_file` found.

    Arguments:
        symmetry: The point group, its axes and how it lies.
        order: Up to which n moments were compared.
        center: (x, y, z) in Å from the voxel at index n // 2, through which the axes pass.
        radius: Of the ball in Å, `None` where a file does not say it.
    """

    symmetry: Symmetry
    order: int
    center: tuple[float, float, float]
    radius: float | None


def symmetry_of_file(
    path: str | Path,
    *,
    order: int | None = None,
    radius: float | None = None,
    max_fold: int = 12,
    threshold: float = 0.8,
    mask: bool = True,
    apix: float | None = None,
) -> FileSymmetry:
    """The point group of a map or of moments in a file (`find_symmetry`).

    A map is masked softly (`density_mask`) and decomposed about the centre of its density, where the axes of a
    symmetric specimen meet. Moments are taken as they are: they must have been decomposed about that point.

    Arguments:
        path: A map (MRC) or a file of moments; of a latent space the consensus map.
        order: The largest n that is compared; 20 for maps unless given, and what a file of moments has.
        radius: Of the ball in Å, for maps; unless given, a quarter more than what holds the density.
        max_fold: The most folds that an axis may have.
        threshold: The least correlation of a symmetry.
        mask: Whether to mask a map.
        apix: Voxel size of a map in Å, in place of its header's.

    Returns:
        The group, the order and the ball.

    Raises:
        InputError: The file cannot be read, has no density or no such order, or an option is out of range.

    Examples:
        >>> import tempfile
        >>> from vitreous.harmonics import moment_index
        >>> from vitreous.shape import Moments
        >>> moments = np.zeros(34, complex)
        >>> moments[[moment_index(5, 5, 3), moment_index(3, 1, 0)]] = 1
        >>> saved = Moments.from_arrays(moments, radius=40.0).save(Path(tempfile.mkdtemp()) / "a.npz")
        >>> symmetry_of_file(saved).symmetry.name
        'C3'
    """
    path = Path(path)
    if order is not None and order < 1:
        raise InputError(f"--order {order} knows of no direction.", hint="Use 20.")
    if path.is_file() and zipfile.is_zipfile(path):
        return _of_moments(path, order, max_fold, threshold)
    density = read_density(path, voxel_size=apix)
    box = max(density.volume.shape)
    order = 20 if order is None else order
    require_job_memory(box, order=order, radius=box / 2, volumes=4, memory=None, source=path)
    check_radius(radius, box=box, voxel_size=density.voxel_size)
    cube = on_cube(density, box=box, voxel_size=density.voxel_size)
    cube, size = coarse_enough(cube, density.voxel_size, order=order)
    moments, center, reach = _about_the_density(cube, order, None if radius is None else radius / size, mask=mask)
    found = find_symmetry(moments, max_fold=max_fold, threshold=threshold)
    x, y, z = (center * size).tolist()
    return FileSymmetry(symmetry=found, order=order, center=(x, y, z), radius=reach * size)


def _of_moments(path: Path, order: int | None, max_fold: int, threshold: float) -> FileSymmetry:
    data, _ = read_moment_data(path)
    order = data.order if order is None else order
    if order > data.order:
        raise InputError(
            f"{path}: has moments to order {data.order}, and --order {order} is more.",
            hint=f"Use --order {data.order} or less, or give the map.",
        )
    found = find_symmetry(data.moments[0, : moment_count(order)], max_fold=max_fold, threshold=threshold)
    return FileSymmetry(symmetry=found, order=order, center=data.center, radius=data.radius)


def _about_the_density(
    volume: Float[np.ndarray, "z y x"], order: int, radius: float | None, *, mask: bool
) -> tuple[Complex[np.ndarray, " moments"], Float[np.ndarray, "3"], float]:
    """Moments of a ball about the centre of a map's density, that centre and the radius, in voxels."""
    center, envelope = np.asarray(density_center(volume), float), density_mask(volume)
    most = float(len(volume) // 2)
    reach = min(math.ceil(_ROOM * mask_radius(envelope, center)), most) if radius is None else radius
    plan = ZernikePlan(order, len(volume), radius=reach, center=center)
    return np.asarray(plan.decompose(volume * np.asarray(envelope) if mask else volume)), center, float(reach)
