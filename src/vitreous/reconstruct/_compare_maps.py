"""Two maps in files, compared."""

from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.datasets import load_volume
from vitreous.grids import FourierCorrelation, fourier_shell_correlation
from vitreous.io import inspect_mrc


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
    _check_alike(a, first, size, b, second, other_size)
    weights = None
    if mask is not None:
        # A mask without a voxel size takes that of the maps.
        weights, mask_size = load_volume(mask, voxel_size=size if inspect_mrc(mask).pixel_size is None else voxel_size)
        _check_alike(a, first, size, mask, weights, mask_size)
    return fourier_shell_correlation(first, second, voxel_size=size, mask=weights)


def check_not_empty(path: str | Path, volume: np.ndarray) -> None:
    """Refuse a map that nothing can be compared with.

    Raises:
        InputError: Every value is 0.
    """
    if not volume.any():
        raise InputError(f"{path}: every value is 0, so it has no correlation.", hint="Check how the map was made.")


def times(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return " × ".join(map(str, shape))


def _check_alike(
    a: str | Path, first: np.ndarray, size: float, b: str | Path, second: np.ndarray, other_size: float
) -> None:
    if first.shape != second.shape:
        raise InputError(
            f"{b}: its shape is {times(second.shape)} but that of {a} is {times(first.shape)}, so they share no "
            "shells.",
            hint="Give maps of one box; vitreous.grids.crop or pad changes a box.",
        )
    if not np.isclose(size, other_size, rtol=1e-3, atol=0):
        raise InputError(
            f"{b}: its voxels are {other_size:g} Å but those of {a} are {size:g} Å, so their shells differ.",
            hint="If a header is wrong, give the size with --apix; else rescale one map (vitreous.grids.rescale).",
        )
    check_not_empty(a, first)
    check_not_empty(b, second)
