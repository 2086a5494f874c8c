"""How the images of a tilt series are projections of a tomogram: angles, shifts and matrices."""

import numpy as np
from jaxtyping import Float, Float64

from vitreous._core import InputError


def tilt_rotations(angles_deg: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3 3"]:
    r"""The rotation of the tomogram that each image of a tilt series shows.

    $$R = R_z(\psi)\, R_y(\theta)\, R_x(\omega)$$

    is active: it turns the tomogram, and the beam along z then projects it onto the image's x and y. $\theta$ is the
    tilt about the tilt axis, $\omega$ a tilt across it, and $\psi$ the direction of the axis in the image: that of +y
    turned by $\psi$ from +x towards +y. They are RELION's `rlnTomoYTilt`, `rlnTomoXTilt` and `rlnTomoZRot` (Burt et
    al., *FEBS Open Bio* 2024, 14, 1788), and `rlnTomoProjX`, `Y`, `Z` are the rows of R.

    Arguments:
        angles_deg: $(\omega, \theta, \psi)$ of each image, degrees.

    Returns:
        The rotations.

    Examples:
        >>> tilt_rotations(np.array([[0.0, 90.0, 0.0]])).round(6)[0, 0].tolist()
        [0.0, 0.0, 1.0]
    """
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.deg2rad(angles_deg)).T, np.sin(np.deg2rad(angles_deg)).T
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.moveaxis(np.array(rows, np.float64), -1, 0)


def tilt_angles(rotations: Float[np.ndarray, "n 3 3"]) -> Float64[np.ndarray, "n 3"]:
    r"""The angles $(\omega, \theta, \psi)$ in degrees of rotations, the inverse of `tilt_rotations` for |θ| < 90°.

    Arguments:
        rotations: Matrices, times any positive factor.

    Examples:
        >>> tilt_angles(tilt_rotations(np.array([[1.0, -60.0, 85.0]]))).round(6).tolist()
        [[1.0, -60.0, 85.0]]
    """
    r = rotations.astype(np.float64)
    theta = np.arctan2(-r[:, 2, 0], np.hypot(r[:, 2, 1], r[:, 2, 2]))
    omega = np.arctan2(r[:, 2, 1], r[:, 2, 2])
    psi = np.arctan2(r[:, 1, 0], r[:, 0, 0])
    return np.rad2deg(np.stack([omega, theta, psi], axis=-1))


def projection_matrices(
    angles_deg: Float[np.ndarray, "n 3"],
    shifts: Float[np.ndarray, "n 2"],
    *,
    pixel_size: float,
    image_shape: tuple[int, int],
    tomogram_shape: tuple[int, int, int],
) -> Float64[np.ndarray, "n 4 4"]:
    r"""The matrices that take a voxel of a tomogram to a pixel of each image, as RELION's `rlnTomoProjX` to `W`.

    $$p = R\,(r - r_0) + \begin{pmatrix} p_0 + s / a \\ 0 \end{pmatrix}$$

    with $r$ and $p$ in pixels of the image from its first pixel, $r_0$ and $p_0$ half the sizes, $s$ the shift and $a$
    the pixel size; the third coordinate of $p$ is the height along the beam over the tomogram's middle.

    Arguments:
        angles_deg: As of `tilt_rotations`.
        shifts: (x, y) in Å of the tomogram's middle in the image, from the image's middle: RELION's
            `rlnTomoXShiftAngst` and `Y`.
        pixel_size: Å, of the images; the tomogram is counted in voxels of that size.
        image_shape: Rows and columns of an image.
        tomogram_shape: Sections, rows and columns of the tomogram.

    Returns:
        For each image a matrix for (x, y, z, 1).

    Examples:
        >>> matrices = projection_matrices(
        ...     np.zeros((1, 3)), np.zeros((1, 2)), pixel_size=2.0, image_shape=(10, 20), tomogram_shape=(4, 30, 40)
        ... )
        >>> (matrices[0] @ [20.0, 15.0, 2.0, 1.0]).tolist()
        [10.0, 5.0, 0.0, 1.0]
    """
    matrices = np.zeros((len(angles_deg), 4, 4))
    matrices[:, :3, :3] = tilt_rotations(angles_deg)
    matrices[:, 3, 3] = 1
    middle = np.array(tomogram_shape[::-1]) / 2
    matrices[:, :3, 3] = -matrices[:, :3, :3] @ middle
    matrices[:, :2, 3] += np.array(image_shape[::-1]) / 2 + shifts / pixel_size
    return matrices


def vectors(texts: np.ndarray, *, length: int | None, source: str, column: str) -> list[Float64[np.ndarray, " k"]]:
    """The numbers of cells such as `[0.1,-2,3,4]`.

    Arguments:
        texts: One cell per row.
        length: How many numbers each has; any number of them where `None`.
        source: Where they come from, for the error.
        column: Their column, likewise.

    Raises:
        InputError: A cell is not that.
    """
    rows = []
    for number, text in enumerate(texts.tolist(), start=1):
        try:
            values = np.array(
                [float(word) for word in str(text).strip().removeprefix("[").removesuffix("]").split(",")]
            )
        except ValueError:
            values = np.array([np.nan])
        if not np.isfinite(values).all() or (length is not None and len(values) != length):
            raise InputError(
                f"{source}: row {number} of {column} is {str(text)[:60]!r}, not a list of "
                f"{'' if length is None else f'{length} '}numbers such as [1,0,0,0].",
                hint="Correct the file.",
            )
        rows.append(values)
    return rows
