"""An iterator that works ahead of who uses it."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def iterate_ahead(items: Iterator[T], *, ahead: int) -> Generator[T, None, None]:
    """The same items in the same order, of which up to `ahead` are made in a thread before they are asked for.

    What stops the thread stops the caller, when it gets there; a caller that stops early stops the thread.

    Examples:
        >>> list(iterate_ahead(iter("abc"), ahead=2))
        ['a', 'b', 'c']
    """
    pool = ThreadPoolExecutor(1)  # one thread, since an iterator has one state
    try:
        pending = deque(pool.submit(next, items, _END) for _ in range(ahead))
        while (item := pending.popleft().result()) is not _END:
            pending.append(pool.submit(next, items, _END))
            yield item  # type: ignore[misc]
    finally:
        pool.shutdown(cancel_futures=True)
        close = getattr(items, "close", None)
        if close is not None:  # of a generator, whose own threads end with it
            close()
