"""The box that moments are drawn in."""

from dataclasses import dataclass

from vitreous._core import InputError

from ._moment_data import MomentData


@dataclass(frozen=True)
class MapFrame:
    """A box of voxels about the middle of a ball.

    Arguments:
        box: Voxels along a side.
        voxel_size: Å.
        radius: Of the ball, Å.
        origin: (x, y, z) of the first voxel, Å.
    """

    box: int
    voxel_size: float
    radius: float
    origin: tuple[float, float, float]


def frame_of(data: MomentData, *, dimensions: int | None = None, apix: float | None = None) -> MapFrame:
    """The box and voxels that were asked for; the edge in Å of the map that was decomposed is kept where they leave it.

    Arguments:
        data: Ball, box and voxel size as decomposed.
        dimensions: Voxels along a side.
        apix: Voxel size, Å.

    Returns:
        The frame. The middle of the ball is at the voxel at index n // 2, and the origin is where that lay.

    Raises:
        InputError: The moments do not say their ball, or neither box nor voxel size can be known.
    """
    if data.radius is None:
        raise InputError(
            f"{data.source}: does not say the radius of its ball, so no map has a scale.",
            hint="Set it in Python: moments.radius = 80.0 (Å), and save it again.",
        )
    edge = 2 * data.radius if data.box is None or data.voxel_size is None else data.box * data.voxel_size
    if dimensions is None and apix is None:
        dimensions, apix = data.box, data.voxel_size
    if dimensions is None and apix is None:
        raise InputError(
            f"{data.source}: does not say the box or voxel size of its map.", hint="Give --dimensions or --apix."
        )
    box = dimensions if dimensions is not None else max(3, round(edge / (apix or edge)))
    voxel_size = apix if apix is not None else edge / box
    x, y, z = (place - box // 2 * voxel_size for place in ball_center(data))
    return MapFrame(box, voxel_size, data.radius, (x, y, z))


def ball_center(data: MomentData) -> tuple[float, float, float]:
    """(x, y, z) in Å of the middle of the ball, in the frame of the map that was decomposed."""
    half = ((data.box or 0) // 2) * (data.voxel_size or 0.0)
    x, y, z = (first + half + offset for first, offset in zip(data.origin, data.center, strict=True))
    return x, y, z
