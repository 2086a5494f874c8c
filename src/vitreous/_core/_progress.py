"""How long work tells of its progress, without knowing who listens."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Progress(Protocol):
    """Anything that can follow an iteration: the command line draws a bar on stderr, a notebook may do otherwise."""

    def track(self, steps: Iterable[T], *, description: str, total: int, completed: int = 0) -> Iterator[T]:
        """Yield each of `steps`, reporting it under `description`; `completed` of `total` were done before."""
        ...


class _NoProgress:
    def track(self, steps: Iterable[T], *, description: str, total: int, completed: int = 0) -> Iterator[T]:
        yield from steps


NO_PROGRESS: Progress = _NoProgress()
"""The listener that stays silent: the default of every library function."""
