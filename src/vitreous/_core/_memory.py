"""Refusing work that cannot fit, before it starts."""

import psutil

from ._errors import InputError
from ._settings import settings


def require_memory(needed: float, *, what: str, hint: str) -> None:
    """Raise unless `needed` bytes are within `VITREOUS_MEMORY`, or else within what the machine has available.

    Arguments:
        needed: Bytes, an estimate of the peak.
        what: What needs them, for the message.
        hint: How to need less.

    Raises:
        InputError: There is less.

    Examples:
        >>> require_memory(1000, what="a small map", hint="")
    """
    budget = settings().memory_bytes
    available = psutil.virtual_memory().available if budget is None else budget
    if needed > available:
        limit = "is available" if budget is None else "is allowed by VITREOUS_MEMORY"
        have = f"{available / 2**30:.1f} GiB {limit}"
        raise InputError(f"{what} needs about {needed / 2**30:.1f} GiB, but {have}.", hint=hint)
