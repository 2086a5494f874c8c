"""Maps as arrays with a voxel size."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous._core import FloatLike, InputError
from vitreous.io import MrcFile, inspect_mrc, read_mrc


def load_volume(
    path: str | Path, *, voxel_size: FloatLike | None = None, index: int | None = None, require_cube: bool = False
) -> tuple[Float32[np.ndarray, "z y x"], float]:
    """A map as an array and its voxel size, refused where either is in doubt.

    A box as long as several cubes, which the header claims to be one volume, is taken as that with a `UserWarning`.

    Arguments:
        path: An MRC or CCP4 map.
        voxel_size: Å, in place of what the header says.
        index: Which volume, counted from 0, of a file that holds several behind each other.
        require_cube: Refuse a map whose sides differ, for mathematics that needs a cube.

    Returns:
        The map (z, y, x) and its voxel size in Å.

    Raises:
        InputError: The file cannot be read, holds images, holds several volumes (and no `index` is given), values that
            are not finite, no voxel size, or a voxel size that differs between the axes.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.zeros((4, 4, 4)), pixel_size=1.5)
        >>> volume, voxel_size = load_volume(path)
        >>> volume.shape, voxel_size
        ((4, 4, 4), 1.5)
    """
    description = inspect_mrc(path)
    if description.is_image_stack:
        count, rows, columns = description.shape
        raise InputError(
            f"{path}: holds {count} images of {rows} × {columns}, not a volume.", hint="Give a map (.mrc, .map)."
        )
    size = _voxel_size(description, voxel_size)
    if index is None and description.is_volume_stack:
        count, (sections, rows, columns) = description.volume_count, description.shape
        raise InputError(
            f"{path}: is a stack of {count} volumes of {sections // count} × {rows} × {columns} in one file "
            f"({sections} × {rows} × {columns}), and which is meant is not said.",
            hint=f"Take one out in Python: load_volume({str(path)!r}, index=0), and write it with "
            "vitreous.io.write_mrc.",
        )
    volume, _ = read_mrc(path)
    if index is not None:
        if not 0 <= index < description.volume_count:
            raise InputError(
                f"{path}: holds {description.volume_count} volumes, so there is no index {index}.",
                hint=f"Choose an index from 0 to {description.volume_count - 1}.",
            )
        volume = np.split(volume, description.volume_count)[index]
    elif description.cube_count > 1:
        warnings.warn(
            f"{path}: is taken as the one volume that its header claims, but {' × '.join(map(str, volume.shape))} is "
            f"the shape of {description.cube_count} volumes of {volume.shape[2]}³.",
            UserWarning,
            stacklevel=2,
        )
    if require_cube and len(set(volume.shape)) > 1:
        raise InputError(
            f"{path}: is {' × '.join(map(str, volume.shape))}, and a cube is needed here.",
            hint="Crop or pad it: vitreous.grids.crop(volume, (n, n, n)) or vitreous.grids.pad.",
        )
    return volume, size


def _voxel_size(description: MrcFile, given: FloatLike | None) -> float:
    if given is not None:
        size = float(given)
        if not (np.isfinite(size) and size > 0):
            raise InputError(f"voxel_size={size:g} Å must be positive.", hint="Give it in Å, such as --apix 1.2.")
        return size
    sizes = description.pixel_size
    if sizes is None:
        raise InputError(
            f"{description.path}: its header has no voxel size, and without it no length or resolution is known.",
            hint="Give it in Å: --apix 1.2 (in Python voxel_size=1.2).",
        )
    if max(sizes) > min(sizes) * 1.001:
        raise InputError(
            f"{description.path}: its voxel size differs between the axes: "
            f"{' × '.join(f'{size:g}' for size in sizes)} Å (x, y, z), but voxels must be cubes.",
            hint="If the header is wrong, give it in Å: --apix 1.2 (in Python voxel_size=1.2). Else resample the map.",
        )
    return sizes[0]
