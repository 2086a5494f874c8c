"""cryoSPARC's `.cs` tables as structured arrays."""

from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError

from ._npz import DAMAGE, MAX_HEADER

_NUMPY = b"\x93NUMPY"
_COMPRESSED = b"\x94CSDAT"  # what cryosparc-tools writes where it is not asked for NumPy's format


def read_cs(path: str | Path) -> Shaped[np.ndarray, " particles"]:
    """The rows of a cryoSPARC `.cs` file, one field for each column, with cryoSPARC's own names.

    Such a file is a NumPy array of a structured type: `rows["alignments3D/pose"]`, `rows["blob/path"]`.

    Arguments:
        path: The `.cs` file.

    Returns:
        A structured array with one axis.

    Raises:
        InputError: The file is absent, truncated, of cryoSPARC's compressed kind, pickled, or no table at all.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "particles.cs"
        >>> rows = np.zeros(3, [("uid", "u8"), ("components_mode_0/value", "f4")])
        >>> with path.open("wb") as stream:
        ...     np.save(stream, rows)
        >>> read_cs(path).dtype.names
        ('uid', 'components_mode_0/value')
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_NUMPY))
            stream.seek(0)
            if start == _COMPRESSED:
                raise InputError(
                    f"{path}: is in cryoSPARC's compressed format, which only its own tools read.",
                    hint="Convert it with cryosparc-tools: Dataset.load(path).save(out, format=NUMPY_FORMAT).",
                )
            if start != _NUMPY:
                raise InputError(
                    f"{path}: is not a .cs file: its first bytes are not those of a NumPy array.",
                    hint="Give the .cs file itself, not a .csg group or another export of the job.",
                )
            rows = np.lib.format.read_array(stream, allow_pickle=False, max_header_size=MAX_HEADER)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    except DAMAGE as error:
        raise _unreadable(path, error) from error
    if rows.dtype.names is None or rows.ndim != 1:
        raise InputError(
            f"{path}: holds an array of shape {rows.shape} and type {rows.dtype}, not a table of particles.",
            hint="Give the .cs file of a cryoSPARC job.",
        )
    return rows


def _unreadable(path: Path, error: Exception) -> InputError:
    if "Object arrays" in str(error):
        return InputError(
            f"{path}: holds pickled columns, and reading a pickle can run any program that is hidden in it.",
            hint="Save it again with text of a fixed length: cryoSPARC's own .cs files have it.",
        )
    return InputError(f"{path}: is truncated or damaged ({error}).", hint="Copy it from the job's folder again.")
