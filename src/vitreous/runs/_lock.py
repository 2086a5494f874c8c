"""One writer at a time."""

import errno
import fcntl
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitreous._core import InputError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; its folder is made if it is absent.

    The lock belongs to the process, not to the file: a process that is killed lets go of it.

    Raises:
        InputError: Another process holds it.
    """
    descriptor = _acquire(path)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _flock(descriptor, path)
            if _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder finished and removed it in between: try the new one


def _flock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        folder = path.parent.parent
        raise InputError(
            f"{folder}: another process is working in this folder.",
            hint="Wait for it to end, or choose another output folder.",
        ) from error
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
            raise
        warnings.warn(f"{path}: this file system has no locks; do not run the same job twice at once.", stacklevel=2)


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
