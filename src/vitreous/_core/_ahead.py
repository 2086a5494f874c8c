"""Computing the next batch while this one is written."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_ahead(function: Callable[[T], R], items: Iterable[T], *, ahead: int = 2) -> Iterator[R]:
    """`map(function, items)`, with up to `ahead` calls running in threads of their own.

    Results come in order, and at most `ahead` of them wait. Compiled programs leave the interpreter to others while
    they run, so batches are computed side by side and beside the caller's reading and writing.

    Arguments:
        function: What to call with each item; thread-safe.
        items: Taken one by one as calls end.
        ahead: How many calls are under way.

    Examples:
        >>> list(map_ahead(lambda x: x * x, range(4)))
        [0, 1, 4, 9]
    """
    with ThreadPoolExecutor(ahead) as pool:
        pending: deque = deque()
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
