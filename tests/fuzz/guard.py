"""What a reader may do while it reads: little memory, little time, and no file outside of its folder."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

SECONDS = 5
BYTES = 2 * 2**30
# Events of sys.addaudithook that change the file system, start a program, reach the network or load a pickle.
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_FORBIDDEN = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class TooSlow(BaseException):
    """Not an `Exception`, so that no reader takes it for damage of a file."""


class Guard:
    """Watches a process from when it is made: hooks of Python cannot be taken away again.

    Arguments:
        folder: The one folder in which files may be made.
    """

    def __init__(self, folder: Path):
        self.folder = os.path.realpath(folder)
        self.trespasses: list[str] = []
        self._watching = False
        sys.addaudithook(self._hear)
        signal.signal(signal.SIGALRM, self._ring)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Count what happens here; raises `TooSlow` after five seconds."""
        self._watching = True
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._watching = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event in _FORBIDDEN:
            self.trespasses.append(f"{event} {arguments!r}")
        elif event in _CHANGES or (event == "open" and self._writes(arguments)):
            self._check(event, arguments[0])
        elif event == "open" and not isinstance(arguments[0], int) and self._is_secret(arguments[0]):
            self.trespasses.append(f"read {arguments[0]}")

    def _is_secret(self, path: Any) -> bool:
        return os.path.realpath(os.fsdecode(path)) == "/etc/passwd"

    def _writes(self, arguments: tuple[Any, ...]) -> bool:
        _, mode, flags = arguments
        return any(letter in (mode or "") for letter in "wax+") or bool((flags or 0) & _WRITING)

    def _check(self, event: str, path: Any) -> None:
        if isinstance(path, int):
            return
        real = os.path.realpath(os.fsdecode(path))
        if real != os.devnull and not real.startswith(self.folder + os.sep):
            self.trespasses.append(f"{event} {real}")

    def _ring(self, number: int, frame: FrameType | None) -> None:
        raise TooSlow


def peak_bytes() -> int:
    """The most memory that this process has held so far."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
