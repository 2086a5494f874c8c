"""Files that are to be written, looked at before the work begins."""

import os
from collections.abc import Iterable
from pathlib import Path

from ._errors import InputError


def check_outputs(
    paths: Iterable[str | Path], *, overwrite: bool, what: str = "file", reading: Iterable[Path] = ()
) -> None:
    """Refuse to write where something is, or where nothing can be.

    Arguments:
        paths: The files to write.
        overwrite: Whether existing files may be replaced.
        what: What they are, for the message.
        reading: Files that they are made of, none of which may be replaced.

    Raises:
        InputError: A file exists and may not be replaced, is read, is a folder, or is in a folder that cannot be
            written.

    Examples:
        >>> import tempfile
        >>> check_outputs([Path(tempfile.mkdtemp()) / "map.mrc"], overwrite=False, what="map")
    """
    read = {path.resolve() for path in reading}
    for path in map(Path, paths):
        if path.is_dir():
            raise InputError(f"{path}: is a folder, not a {what}.", hint="Give the name of a file in it.")
        if path.resolve() in read:
            raise InputError(f"{path}: is read by this job and cannot be its output.", hint="Choose another name.")
        if path.exists() and not overwrite:
            raise InputError(f"{path}: exists already.", hint="Replace it with --overwrite, or choose another output.")
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise InputError(
                f"{path}: its folder does not exist or cannot be written.",
                hint=f"Make it with `mkdir -p {path.parent}`, or choose another output.",
            )
