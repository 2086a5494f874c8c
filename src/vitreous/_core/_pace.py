"""Doing something now and then."""

import time


class Pace:
    """Says when it is time again: at most once in so many seconds, counted from its making.

    Arguments:
        seconds: How long to wait in between.

    Examples:
        >>> Pace(3600.0).due(), Pace(0.0).due()
        (False, True)
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether the time has passed; if so, it starts again."""
        now = time.monotonic()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True
