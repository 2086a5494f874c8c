"""cryoSPARC's `.cs` tables as structured arrays."""

import math
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError, atomic_path

from ._cs_compressed import read_compressed
from ._npz import DAMAGE, MAX_HEADER

_NUMPY = b"\x93NUMPY"
_COMPRESSED = b"\x95CSDAT"
_SNAPPY = b"\x94CSDAT"  # what cryosparc-tools 4.1 to 4.4 wrote where they were asked for their newest format


def read_cs(path: str | Path) -> Shaped[np.ndarray, " particles"]:
    """The rows of a cryoSPARC `.cs` file, one field for each column, with cryoSPARC's own names.

    Such a file is a NumPy array of a structured type (NumPy's format NEP 1), or the stream of columns that
    cryosparc-tools writes as its `CSDAT_FORMAT` (version 5 of its `cryosparc.dataset`): `rows["alignments3D/pose"]`,
    `rows["blob/path"]`. Text is bytes of a fixed length in both.

    Arguments:
        path: The `.cs` file.

    Returns:
        A structured array with one axis.

    Raises:
        InputError: The file is absent, truncated, of the compressed kind of 2023, pickled, or no table at all.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "particles.cs"
        >>> write_cs(path, np.zeros(3, [("uid", "u8"), ("components_mode_0/value", "f4")]))
        >>> read_cs(path).dtype.names
        ('uid', 'components_mode_0/value')
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_NUMPY))
            if start == _COMPRESSED:
                return read_compressed(stream, path)
            _demand_numpy(start, path)
            stream.seek(0)
            return _read_numpy(stream, path)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    except DAMAGE as error:
        raise InputError(
            f"{path}: is truncated or damaged ({error}).", hint="Copy it from the job's folder again."
        ) from error


def write_cs(path: str | Path, rows: Shaped[np.ndarray, " particles"]) -> None:
    """Write rows as a `.cs` file in NumPy's format, which cryoSPARC and cryosparc-tools read.

    Text becomes UTF-8 of a fixed length, as in cryoSPARC's own files. The file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        rows: A structured array.

    Raises:
        InputError: Rows without fields, or with Python objects, which only a pickle could store, or a folder that
            cannot be written.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "particles.cs"
        >>> write_cs(path, np.array([(7, "a.mrc")], [("uid", "u8"), ("blob/path", "U8")]))
        >>> read_cs(path)["blob/path"].tolist()
        [b'a.mrc']
    """
    path = Path(path)
    if rows.dtype.names is None:
        raise InputError(f"{path}: an array of type {rows.dtype} has no columns.", hint="Give a structured array.")
    columns = {name: _storable(rows[name], f"{path}: column {name}") for name in rows.dtype.names}
    packed = np.empty(len(rows), [(name, column.dtype, column.shape[1:]) for name, column in columns.items()])
    for name, column in columns.items():
        packed[name] = column
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.lib.format.write_array(stream, packed, allow_pickle=False)


def _demand_numpy(start: bytes, path: Path) -> None:
    if start == _SNAPPY:
        raise InputError(
            f"{path}: is in a compressed format that cryosparc-tools wrote in 2023, which only they read.",
            hint="Convert it with cryosparc-tools 4.4: Dataset.load(path).save(out, format=NUMPY_FORMAT).",
        )
    if start != _NUMPY:
        raise InputError(
            f"{path}: is not a .cs file: its first bytes are neither those of a NumPy array nor of cryosparc-tools.",
            hint="Give the .cs file itself, or the .csg group of the job's outputs.",
        )


def _read_numpy(stream: BinaryIO, path: Path) -> np.ndarray:
    version = np.lib.format.read_magic(stream)
    # The third version differs from the second only in the letters that names of fields may have.
    read_header: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(stream, max_header_size=MAX_HEADER)
    if dtype.hasobject:
        raise InputError(
            f"{path}: holds pickled columns, and reading a pickle can run any program that is hidden in it.",
            hint="Save it again with text of a fixed length: cryoSPARC's own .cs files have it.",
        )
    if dtype.names is None or len(shape) != 1 or dtype.itemsize == 0:
        raise InputError(
            f"{path}: holds an array of shape {shape} and type {dtype}, not a table of particles.",
            hint="Give the .cs file of a cryoSPARC job.",
        )
    # NumPy reserves what a header promises before it reads: a promise is checked against the file first.
    held, promised = path.stat().st_size - stream.tell(), math.prod(shape) * dtype.itemsize
    if not 0 <= promised <= held:
        raise InputError(
            f"{path}: is truncated or damaged: it promises {shape[0]} rows of {dtype.itemsize} bytes, and {held} bytes "
            "follow.",
            hint="Copy it from the job's folder again.",
        )
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=MAX_HEADER)


def _storable(column: np.ndarray, what: str) -> np.ndarray:
    if column.dtype.kind == "U":
        return np.char.encode(column, "utf-8")
    if column.dtype.hasobject or column.dtype.kind not in "fiubcS":
        raise InputError(
            f"{what} is of type {column.dtype}, which a .cs file does not hold.",
            hint="Give numbers, or text of a fixed length: array.astype('U').",
        )
    return column
