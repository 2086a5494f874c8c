"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._errors import InputError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends without an error and deleted otherwise.

    Arguments:
        path: The file to make; its folder must exist.

    Returns:
        A context manager whose value is the temporary path (same suffix, so that writers recognise the format).

    Raises:
        InputError: The folder does not exist or cannot be written.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> (folder / "a.txt").read_text()
        'whole'
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise InputError(
            f"{path}: its folder does not exist or cannot be written.",
            hint=f"Make it with `mkdir -p {path.parent}`, or choose another output.",
        )
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.filename != str(temporary):  # something else, that only happened inside the block
            raise
        raise InputError(f"{path}: cannot be written ({error.strerror}).", hint="Choose another output.") from error
    finally:
        temporary.unlink(missing_ok=True)
