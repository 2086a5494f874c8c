"""Reading and writing the files of the tool zernike3d by name."""

from pathlib import Path

from vitreous._core import InputError
from vitreous.io import npz_members, write_npz

from ._moment_file import moments_path
from ._moments import Moments
from ._zernike3d_file import is_zernike3d, read_zernike3d_data, zernike3d_members


def read_zernike3d(path: str | Path) -> Moments:
    """Moments from a file of zernike3d, of full precision or of eight bits.

    Scale and axes are converted as in `from_zernike3d`; radius and centre are those of `zernike3d_ball`. Bytes are
    decoded to the middle of their bins, and not as the tool's own reader does, which leaves out 180° of every phase.
    `Moments.load` reads such files too.

    Coefficients that the tool computed with its `--bit8` or `--parity` are inexact or wrong, and nothing in the file
    tells; in some of its compute modes the centre voxel of an odd box does not count.

    Arguments:
        path: The file.

    Returns:
        The moments of the map, or of the consensus map and the components of a latent space with its latents.

    Raises:
        InputError: The file cannot be read, is none of zernike3d's, has members that its version 0.1 does not write,
            or is one of eight bits in which a moment is zero: such a byte means the largest magnitude too.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "test.npz"
        >>> write_npz(path, {"dim": 64, "apix": 1.4, "arr_0": [0.1 + 0j]})
        >>> moments = read_zernike3d(path)
        >>> moments.voxdim, moments.apix, round(moments.radius / moments.apix, 3)
        (64, 1.4, 54.56)
    """
    path = Path(path)
    members = npz_members(path)
    if not is_zernike3d(members):
        raise InputError(
            f"{path}: is no file of zernike3d. Its members are: {', '.join(members) or 'none'}.",
            hint="Moments().load(path) reads files of vitreous.",
        )
    data, _ = read_zernike3d_data(path, members)
    return Moments.from_data(data)


def write_zernike3d(path: str | Path, moments: Moments) -> Path:
    """Write moments so that zernike3d reads them, in single precision; the file appears whole or not at all.

    Arguments:
        path: Where to; `.npz` is added where it is missing.
        moments: Moments in the ball of `zernike3d_ball`, the only one that the tool knows.

    Returns:
        The path written.

    Raises:
        InputError: Moments in another ball, without box, voxel size or radius, or a folder that cannot be written.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.shape import zernike3d_ball
        >>> radius, center = zernike3d_ball(64)
        >>> table = Moments.from_arrays(np.array([7.6 + 0j]), radius=radius, voxel_size=1.0, box=64, center=center)
        >>> write_zernike3d(Path(tempfile.mkdtemp()) / "test", table).name
        'test.npz'
    """
    path = moments_path(path)
    write_npz(path, zernike3d_members(moments.data))
    return path
