"""Refusing work that cannot fit, before it starts."""

import math

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
    import psutil  # here, so that the command line shows its help without it

    budget = settings().memory_bytes
    available = psutil.virtual_memory().available if budget is None else budget
    if needed > available:
        limit = "is available" if budget is None else "is allowed by VITREOUS_MEMORY"
        raise InputError(f"{what} needs about {in_words(needed)}, but {in_words(available)} {limit}.", hint=hint)


def in_words(size: float) -> str:
    """A number of bytes as a reader would say it.

    Examples:
        >>> in_words(3 * 2**30), in_words(500)
        ('3.0 GiB', '500 B')
    """
    if size < 1024:
        return f"{size:.0f} B"
    exponent = min(int(math.log(size, 1024)), 6)
    return f"{size / 1024**exponent:.1f} {' KMGTPE'[exponent]}iB"
