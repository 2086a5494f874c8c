"""IMOD's small text files of tilt series: linear transforms and angles."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64

from vitreous._core import InputError, atomic_path

from ._text_lines import numbers, read_text_lines

_TRANSFORM = ("12.7f",) * 4 + ("12.3f",) * 2  # the columns that IMOD's programs write
_ANGLE = "8.2f"


def read_xf(path: str | Path) -> Float64[np.ndarray, "n 6"]:
    r"""The linear transforms of a `.xf`, `.prexf` or `.prexg` file, one for each image of a stack.

    A row is $(a_{11}, a_{12}, a_{21}, a_{22}, d_x, d_y)$, and a point $(x, y)$ of the image goes to

    $$x' = a_{11} x + a_{12} y + d_x, \qquad y' = a_{21} x + a_{22} y + d_y$$

    with both measured in pixels from the centre of the image (IMOD's manual page of `xfmodel` and its guide, "Linear
    transformations").

    Arguments:
        path: The file: six numbers in each line.

    Returns:
        The rows. `transforms[:, :4].reshape(-1, 2, 2)` are the matrices.

    Raises:
        InputError: The file is absent or no text, has no lines, or one without six numbers.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.xf"
        >>> write_xf(path, np.array([[0.0, -1.0, 1.0, 0.0, 2.5, -3.0]]))
        >>> read_xf(path).tolist()
        [[0.0, -1.0, 1.0, 0.0, 2.5, -3.0]]
    """
    return _read_rows(path, 6, "a linear transform is six numbers (a11 a12 a21 a22 dx dy)")


def write_xf(path: str | Path, transforms: Float[np.ndarray, "n 6"]) -> None:
    r"""Write linear transforms as IMOD does: seven decimals of the matrix, three of the shift.

    Arguments:
        path: The file to write, replaced if it exists.
        transforms: As `read_xf` gives them.

    Raises:
        InputError: A folder that cannot be written, or values that are not finite or too large for IMOD's columns.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.xf"
        >>> write_xf(path, np.array([[1.0, 0.0, 0.0, 1.0, 0.25, 0.0]]))
        >>> path.read_text()
        '   1.0000000   0.0000000   0.0000000   1.0000000       0.250       0.000\n'
    """
    _write_rows(path, transforms, _TRANSFORM)


def read_tilt_angles(path: str | Path) -> Float64[np.ndarray, " n"]:
    """The angles of a `.tlt`, `.rawtlt` or `.xtilt` file in degrees, one for each image of a stack.

    Arguments:
        path: The file: one number in each line.

    Returns:
        The angles, in the order of the stack.

    Raises:
        InputError: The file is absent or no text, has no lines, or one without one number.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.tlt"
        >>> write_tilt_angles(path, np.array([-3.0, 0.0, 3.0]))
        >>> read_tilt_angles(path).tolist()
        [-3.0, 0.0, 3.0]
    """
    return _read_rows(path, 1, "an angle is one number")[:, 0]


def write_tilt_angles(path: str | Path, angles_deg: Float[np.ndarray, " n"]) -> None:
    r"""Write angles as IMOD does: degrees with two decimals, one in each line.

    Arguments:
        path: The file to write, replaced if it exists.
        angles_deg: The angles, in the order of the stack.

    Raises:
        InputError: A folder that cannot be written, or values that are not finite or too large for IMOD's columns.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.tlt"
        >>> write_tilt_angles(path, np.array([-60.001, 0.0]))
        >>> path.read_text()
        '  -60.00\n    0.00\n'
    """
    _write_rows(path, np.asarray(angles_deg)[:, None], (_ANGLE,))


def _read_rows(path: str | Path, count: int, meaning: str) -> np.ndarray:
    rows = []
    for number, line in enumerate(read_text_lines(path), start=1):
        values = numbers(line, path=path, number=number)
        if values and len(values) != count:
            raise InputError(
                f"{path}: line {number} holds {len(values)} numbers: {line[:60]!r}, but {meaning}.",
                hint="Check that it is the file you mean.",
            )
        if values:
            rows.append(values)
    if not rows:
        raise InputError(f"{path}: holds no numbers.", hint="Check that it is the file you mean.")
    return np.array(rows, np.float64)


def _write_rows(path: str | Path, rows: Iterable[np.ndarray], formats: tuple[str, ...]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="ascii", newline="\n") as stream:
        for row in rows:
            fields = [f"{value:{form}}" for value, form in zip(row.tolist(), formats, strict=True)]
            for value, field in zip(row.tolist(), fields, strict=True):
                # A field without a space in front would run into the one before it.
                if not (np.isfinite(value) and field.startswith(" ")):
                    raise InputError(
                        f"{path}: {value:g} does not fit into the columns of IMOD's text files.",
                        hint="Check the numbers.",
                    )
            stream.write("".join(fields) + "\n")
