"""What other libraries raise on bytes that are not what they promise, told as bad input."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitreous._core import InputError

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    UnicodeError,
    ValueError,
    struct.error,
    zlib.error,
)


@contextmanager
def reading(path: str | Path, kind: str) -> Iterator[None]:
    """Turn whatever a library raises while it reads a file into an `InputError` that names the file.

    Arguments:
        path: The file.
        kind: What it should be, with its article, such as "a TIFF file".
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: cannot be read (No such file or directory).", hint="Check the path.") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: cannot be read as {kind} ({reason[:200]}).",
            hint="Check that the path names such a file; if it does, it is damaged: copy or write it again.",
        ) from error
