"""NumPy's `.npz` archives as arrays by name, never as pickles."""

import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from vitreous._core import InputError, atomic_path

# What NumPy and zipfile raise on bytes that are not what they promise.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
# A structured array with many long names has a long header; NumPy's own limit of 10 000 characters is short of that.
MAX_HEADER = 100_000

T = TypeVar("T")


@dataclass(frozen=True)
class NpzMember:
    """What the header of an array in an archive says.

    Arguments:
        shape: Its axes.
        dtype: Its type.
    """

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def is_pickled(self) -> bool:
        """Whether it holds Python objects, which are not read."""
        return self.dtype.hasobject


def npz_members(path: str | Path) -> dict[str, NpzMember]:
    """What an `.npz` archive holds, in the order of the file, by its headers alone.

    Arguments:
        path: The archive.

    Returns:
        Name (without `.npy`) to shape and type.

    Raises:
        InputError: The file is absent, no such archive, or has a member that is no array.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> write_npz(path, {"dim": 64, "latents": np.zeros((5, 2))})
        >>> {name: member.shape for name, member in npz_members(path).items()}
        {'dim': (), 'latents': (5, 2)}
    """
    path = Path(path)
    with _open(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        return {name: _member(archive, name, path, _header) for name in names}


def read_npz(path: str | Path, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """Arrays of an `.npz` archive, whatever the file's ending.

    A pickled member (text of varying length, `None`, any other Python object) can run any program when it is read, so
    it is refused; other members of the same file can be read by name.

    Arguments:
        path: The archive.
        names: Which members; all where `None`.

    Returns:
        Name to array.

    Raises:
        InputError: The file is absent, no such archive, truncated or damaged, or has no such member, or the member
            is pickled.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> write_npz(path, {"dim": 64, "values": [1.0, 2.0]})
        >>> read_npz(path, ["values"])["values"].tolist()
        [1.0, 2.0]
    """
    path = Path(path)
    with _open(path) as archive:
        held = [name.removesuffix(".npy") for name in archive.namelist()]
        wanted = held if names is None else list(names)
        for name in wanted:
            if name not in held:
                raise InputError(
                    f"{path}: has no member {name}. Its members are: {', '.join(held) or 'none'}.",
                    hint="Check that it is the file you mean, of the kind that is wanted here.",
                )
        return {name: _member(archive, name, path, _array) for name in wanted}


def write_npz(path: str | Path, members: Mapping[str, Any]) -> None:
    """Write arrays as a compressed `.npz` archive; the file appears whole or not at all.

    Equal arrays give equal bytes: no time is stored.

    Arguments:
        path: The file to write, replaced if it exists. No ending is added.
        members: Name to array, number or text.

    Raises:
        InputError: A folder that cannot be written, or a member that could only be pickled.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> write_npz(path, {"latents": np.zeros((5, 2))})
        >>> with np.load(path) as archive:
        ...     print(archive["latents"].shape)
        (5, 2)
    """
    arrays = {name: np.asarray(values) for name, values in members.items()}
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise InputError(
                f"{path}: member {name} holds Python objects, which only a pickle could store.",
                hint="Give numbers, or text of a fixed length.",
            )
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise InputError(
            f"{path}: is not an .npz archive, or is truncated ({error}).",
            hint="Check the path, or make the file again.",
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    except (ValueError, NotImplementedError, UnicodeError) as error:
        raise InputError(f"{path}: is a damaged archive ({error}).", hint="Make or copy the file again.") from error


def _member(archive: zipfile.ZipFile, name: str, path: Path, read: Callable[[Any], T]) -> T:
    entry = f"{name}.npy" if f"{name}.npy" in archive.namelist() else name
    try:
        with archive.open(entry) as stream:
            return read(stream)
    except _PickledError as error:
        raise InputError(
            f"{path}: member {name} is pickled, and reading a pickle can run any program that is hidden in it.",
            hint="Ask for it as numbers or text of a fixed length: in NumPy, array.astype(float) or .astype('S').",
        ) from error
    except DAMAGE as error:
        raise InputError(
            f"{path}: member {name} is truncated or damaged ({error}).", hint="Make or copy the file again."
        ) from error


def _header(stream: Any) -> NpzMember:
    version = np.lib.format.read_magic(stream)
    # The third version differs from the second only in the letters that names of fields may have.
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream, max_header_size=MAX_HEADER)
    return NpzMember(shape, dtype)


def _array(stream: Any) -> np.ndarray:
    start = stream.tell()
    if _header(stream).is_pickled:
        raise _PickledError
    stream.seek(start)
    return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=MAX_HEADER)


class _PickledError(Exception):
    """The member holds Python objects."""
