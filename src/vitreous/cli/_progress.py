"""How the command line shows progress: a bar on a terminal, a line now and then elsewhere; always on stderr."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from vitreous._core import Progress

T = TypeVar("T")

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def console_progress() -> Iterator[Progress]:
    """Something that library functions can report to while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    bars = Bars(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bars:
        yield _Terminal(bars)


class _Terminal:
    def __init__(self, bars: Bars):
        self._bars = bars

    def track(self, steps: Iterable[T], *, description: str, total: int, completed: int = 0) -> Iterator[T]:
        task = self._bars.add_task(description, total=total, completed=completed)
        for step in steps:
            yield step
            self._bars.advance(task)


class _Lines:
    def track(self, steps: Iterable[T], *, description: str, total: int, completed: int = 0) -> Iterator[T]:
        began = last = time.monotonic()
        for step in steps:
            yield step
            completed += 1
            if time.monotonic() - last > _SECONDS_BETWEEN_LINES and completed < total:
                last = time.monotonic()
                print(f"{description}: {completed} of {total}", file=sys.stderr, flush=True)
        seconds = time.monotonic() - began
        print(f"{description}: {completed} of {total}, {seconds:.1f} s", file=sys.stderr, flush=True)
