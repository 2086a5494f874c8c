"""Moments in files, turned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, check_outputs

from ._align_files import turned_moments
from ._moment_data import MomentData
from ._moment_file import moments_path, read_moment_data, write_moment_data

_ORTHOGONAL = 1e-4  # of a matrix that is a rotation: what four printed digits leave


def rotate_file(
    source: str | Path,
    output: str | Path,
    rotation: Float[Array | np.ndarray, "3 3"],
    *,
    mirrored: bool = False,
    overwrite: bool = False,
) -> tuple[Path, MomentData]:
    """Write the moments of a density turned about the centre of its ball.

    Arguments:
        source: A file of moments; of a latent space every volume turns.
        output: Where to write them; `.npz` is added where it is missing.
        rotation: Active, on vectors (x, y, z).
        mirrored: Mirror the density through the centre first.
        overwrite: Replace an existing file.

    Returns:
        The path written, and what it holds.

    Raises:
        InputError: The source is no file of moments, the matrix no rotation, or the output exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> from vitreous.shape import Moments
        >>> folder = Path(tempfile.mkdtemp())
        >>> path = Moments.from_arrays(np.array([1, 1, 0], complex), radius=40.0).save(folder / "along_z")
        >>> _, turned = rotate_file(path, folder / "turned", np.diag([1.0, -1.0, -1.0]))
        >>> (turned.moments.real.round(4) + 0).tolist()
        [[1.0, -1.0, 0.0]]
    """
    matrix = np.asarray(rotation, float)
    off = np.abs(np.matmul(matrix, matrix.T) - np.eye(3)).max()
    if not off < _ORTHOGONAL or np.linalg.det(matrix) < 0:
        raise InputError(
            f"the matrix is no rotation: R Rᵀ is off by {off:.2g} and its determinant is {np.linalg.det(matrix):.4g}.",
            hint="Give a rotation; a change of hand is mirrored=True besides.",
        )
    path = moments_path(output)
    check_outputs([path], overwrite=overwrite, what="file of moments")
    data, _ = read_moment_data(source)
    turned = replace(data, moments=turned_moments(data, matrix, mirrored=mirrored))
    write_moment_data(path, turned)
    return path, turned
