"""One writer at a time."""

import errno
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitreous._core import InputError

if sys.platform == "win32":
    import msvcrt

    _HELD = PermissionError

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int, path: Path) -> None:
        os.close(descriptor)  # an open file cannot be removed
        try:
            _remove_if_unused(path)
        except PermissionError:
            return  # the next process has opened it already, and will remove it
else:
    import fcntl

    _HELD = BlockingIOError

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int, path: Path) -> None:
        try:
            _remove_if_unused(path)  # while it is held, so that no other process works in a folder that goes
        finally:
            os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` while the block runs.

    Its folder is made if it is absent, and removed afterwards if nothing else is in it. The lock belongs to the
    process, not to the file: a process that is killed lets go of it.

    Raises:
        InputError: Another process holds it.
    """
    descriptor = _acquire(path)
    try:
        yield
    finally:
        _release(descriptor, path)


def _acquire(path: Path) -> int:
    while True:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor, path)
            if _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder finished and removed it in between: try the new one


def _lock(descriptor: int, path: Path) -> None:
    try:
        _try_to_lock(descriptor)
    except _HELD as error:
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


def _remove_if_unused(path: Path) -> None:
    if all(other == path for other in path.parent.iterdir()):
        shutil.rmtree(path.parent)
