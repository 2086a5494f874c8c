"""Two maps in files, compared."""

from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.datasets import load_volume
from vitreous.grids import FourierCorrelation, fourier_shell_correlation


def compare_maps(
    a: str | Path, b: str | Path, *, mask: str | Path | None = None, voxel_size: float | None = None
) -> FourierCorrelation:
    """The Fourier shell correlation of two map files.

    Arguments:
        a: A map.
        b: Another of the same shape and voxel size.
        mask: A map of the same shape that multiplies both.
        voxel_size: Å, in place of what the headers say.

    Returns:
        The curve; its method `resolution` tells where it crosses a threshold.

    Raises:
        InputError: A file is no map, has no voxel size, or differs in shape or voxel size from the first.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.random.default_rng(0).normal(size=(8, 8, 8)), pixel_size=2.0)
        >>> compare_maps(path, path).resolution(0.143) is None  # a map agrees with itself to Nyquist
        True
    """
    first, size = load_volume(a, voxel_size=voxel_size)
    second, other_size = load_volume(b, voxel_size=voxel_size)
    _check_shape(a, first, b, second)
    if not np.isclose(size, other_size, rtol=1e-3, atol=0):
        raise InputError(
            f"{b}: its voxels are {other_size:g} Å but those of {a} are {size:g} Å, so their shells differ.",
            hint="If a header is wrong, give the size with --apix; else rescale one map (vitreous.grids.rescale).",
        )
    weights = None
    if mask is not None:
        weights, _ = load_volume(mask, voxel_size=size)
        _check_shape(a, first, mask, weights)
    return fourier_shell_correlation(first, second, voxel_size=size, mask=weights)


def _check_shape(a: str | Path, first: np.ndarray, b: str | Path, second: np.ndarray) -> None:
    if first.shape != second.shape:
        raise InputError(
            f"{b}: its shape is {_times(second)} but that of {a} is {_times(first)}, so they share no shells.",
            hint="Give maps of one box; vitreous.grids.crop or pad changes a box.",
        )


def _times(volume: np.ndarray) -> str:
    return " × ".join(str(size) for size in volume.shape)
