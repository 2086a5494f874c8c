"""Two maps or files of moments, compared order by order."""

import zipfile
from pathlib import Path

import numpy as np
from jaxtyping import Complex

from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, moment_count

from ._compare import MomentCorrelation, compare_moments
from ._decompose_input import FramedVolumes, frame_source, read_source
from ._decompose_options import DecomposeOptions
from ._memory_job import largest_radius, require_job_memory
from ._moment_data import MomentData
from ._moment_file import read_moment_data
from ._reconstruct_frame import ball_center

Row = Complex[np.ndarray, " moments"]


def compare_files(
    a: str | Path, b: str | Path, *, order: int | None = None, radius: float | None = None, apix: float | None = None
) -> MomentCorrelation:
    """The correlation of two maps in one ball, order by order, from maps or files of moments.

    A map beside a file of moments is decomposed in the ball of the file, at the place where that stood by the origin in
    the header; two maps about their middles, in the largest ball that fits both. Of a bundle's file the consensus map
    is compared. The maps must stand alike (`align_maps`); their boxes and voxel
    sizes may differ.

    Arguments:
        a: A map (MRC) or a file of moments.
        b: Another.
        order: The largest n; the smaller order of the files, or 20 for two maps, unless given.
        radius: Of the ball for two maps, Å.
        apix: Voxel size of maps in Å, in place of what their headers say.

    Returns:
        The table of orders.

    Raises:
        InputError: A file cannot be read, has no such order, or two files of moments have different balls.

    Examples:
        >>> import tempfile
        >>> from vitreous.shape import Moments
        >>> table = Moments.from_arrays(np.array([1.0, 2.0, 1j]), radius=40.0)
        >>> path = table.save(Path(tempfile.mkdtemp()) / "a.npz")
        >>> compare_files(path, path).correlation.round(6).tolist()
        [1.0, 1.0]
    """
    sides = [_read(path, apix) for path in (a, b)]
    files = [side for side in sides if isinstance(side, MomentData)]
    maps = [side for side in sides if not isinstance(side, MomentData)]
    if len(files) == 2:
        check_same_ball(*files)
    if files and radius is not None:
        raise InputError(
            "--radius is for two maps; a file of moments has its own.", hint="Leave it out, or compare the maps."
        )
    options = DecomposeOptions(order=order, radius=radius)
    ball = files[0].radius if files else options.radius or min(_inscribed(framed) for framed in maps)
    if ball is None and maps:
        raise InputError(f"{files[0].source}: does not say the radius of its ball.", hint="Compare it with moments.")
    most = min((data.order for data in files), default=20)
    largest = most if options.order is None else options.order
    center = ball_center(files[0]) if files and files[0].box and files[0].voxel_size else None
    rows = [_row(side, largest, ball, center=center) for side in sides]
    return compare_moments(*rows, radius=ball)


def _read(path: str | Path, apix: float | None) -> MomentData | FramedVolumes:
    path = Path(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return read_moment_data(path)[0]
    return frame_source(read_source(path, voxel_size=apix), DecomposeOptions())


def _inscribed(framed: FramedVolumes) -> float:
    return framed.box // 2 * framed.source.voxel_size


def check_same_ball(a: MomentData, b: MomentData) -> None:
    """Refuse moments of balls of different radii.

    Raises:
        InputError: The radii are known and differ.
    """
    # Voxel sizes in headers are in single precision, and often rounded to four digits.
    if a.radius and b.radius and not np.isclose(a.radius, b.radius, rtol=1e-3, atol=0):
        raise InputError(
            f"{a.source}: its ball has a radius of {a.radius:g} Å, and that of {b.source} {b.radius:g} Å, so their "
            "orders do not compare.",
            hint=f"Decompose both maps with --radius {min(a.radius, b.radius):g}.",
        )


def _row(
    side: MomentData | FramedVolumes,
    order: int,
    radius: float | None,
    *,
    center: tuple[float, float, float] | None,
) -> Row:
    """The moments of one side in a ball about a point in Å, or about the middle of a map's box."""
    if isinstance(side, MomentData):
        if order > side.order:
            raise InputError(
                f"{side.source}: has moments to order {side.order}, and --order {order} is more.",
                hint=f"Use --order {side.order} or less, or decompose the map again.",
            )
        return side.moments[0, : moment_count(order)]
    size, box, path = side.source.voxel_size, side.box, side.source.source
    voxels = (radius or 0) / size
    offset = np.zeros(3) if center is None else (np.array(center) - side.source.middle) / size
    if voxels > largest_radius(box) * (1 + 1e-6) or np.abs(offset).max() > box / 2:
        raise InputError(
            f"{path}: a ball of {radius:g} Å at ({', '.join(f'{value:g}' for value in offset * size)}) Å from its "
            f"middle is not in its box of {box * size:g} Å.",
            hint="Moments are compared where their map stood, by the origin in the header; or give two maps.",
        )
    require_job_memory(box, order=order, radius=voxels, volumes=1, memory=None, source=path)
    # Headers are in single precision, and a centre costs a shift of the map.
    shift = offset if np.abs(offset).max() > 1e-3 else None
    return np.asarray(ZernikePlan(order, box, radius=voxels, center=shift).decompose(side.source.volumes[0]))
