"""Maps as clouds of points."""

from pathlib import Path

from vitreous._core import FloatLike
from vitreous.volumes import PointCloudVolume

from ._volumes import load_volume


def load_grid_as_cloud(
    path: str | Path, *, voxel_size: FloatLike | None = None, threshold: float = 0.0
) -> PointCloudVolume:
    """A map as a cloud of its voxels above a threshold, which `vitreous.projection.PointCloudProjection` images.

    Arguments:
        path: An MRC or CCP4 map of a potential in Å⁻², such as `vitreous render` writes. Of other units, so are the
            images.
        voxel_size: Å, in place of what the header says.
        threshold: Voxels of at most this value are left out.

    Returns:
        The cloud: positions in Å from voxel n // 2, weights in Å, cut off at the voxels' Nyquist frequency.

    Raises:
        InputError: As `load_volume`, or no voxel is above the threshold.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.eye(4)[:, None] * np.ones((4, 4, 1)), pixel_size=1.5)
        >>> load_grid_as_cloud(path).positions.shape
        (16, 3)
    """
    return PointCloudVolume.from_real_voxel_grid(*load_volume(path, voxel_size=voxel_size), threshold=threshold)
