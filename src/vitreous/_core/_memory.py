"""How much memory there is, and refusing work that cannot fit before it starts."""

import ctypes
import math
import sys
from dataclasses import dataclass

from ._errors import InputError
from ._settings import settings

JOB_OVERHEAD = 320 * 2**20
"""Bytes of a job beside its arrays: compiling, batches under way, freed blocks that the C library keeps; 230 to 290 MiB
were measured in simulations and reconstructions."""


@dataclass(frozen=True)
class MemoryBudget:
    """What this process may use, and what it uses already.

    Arguments:
        left: Bytes that it may use beside those that it uses.
        resident: Bytes of its resident set, libraries included: some 300 MB once JAX has compiled something.
        declared: The whole that it was allowed, by an argument or by `VITREOUS_MEMORY`; `None` where nobody said, and
            what is left is what the machine has available.
        source: Who declared it.
    """

    left: int
    resident: int
    declared: int | None
    source: str

    def refusal(self, needed: float, *, what: str, hint: str) -> InputError:
        """The error that says that `what` needs more than is left, and how to allow it more.

        Arguments:
            needed: Bytes, beside those in use.
            what: What needs them.
            hint: How to need less.
        """
        taken = in_words(self.resident)
        if self.declared is None:
            limit = f"{in_words(self.left)} is available"
        else:
            limit = f"{in_words(self.declared)} is allowed by {self.source}, and {taken} are in use already"
            enough = math.ceil((self.resident + needed) / 2**20)
            hint = f"{hint} Or allow it {enough}M (--memory, VITREOUS_MEMORY)."
        return InputError(f"{what} needs about {in_words(needed)}, but {limit}.", hint=hint.strip())


def memory_budget(memory: int | None = None) -> MemoryBudget:
    """The memory that this process may use, by its resident set as the operating system counts it.

    The total is the argument, else `VITREOUS_MEMORY`; what the process holds already is taken off. Where neither is
    given, what is left is what the machine has available now.

    Arguments:
        memory: Bytes that the whole process may use.

    Raises:
        InputError: No memory at all, or a `VITREOUS_MEMORY` that cannot be read.

    Examples:
        >>> memory_budget(2**40).left < 2**40
        True
    """
    import psutil  # here, so that the command line shows its help without it

    if memory is not None and memory < 1:
        raise InputError(f"memory={memory} leaves no memory at all.", hint="Give a number of bytes, such as 4 * 2**30.")
    declared, source = (memory, "--memory") if memory is not None else (settings().memory_bytes, "VITREOUS_MEMORY")
    hand_back_freed_memory()
    resident = psutil.Process().memory_info().rss
    left = psutil.virtual_memory().available if declared is None else max(0, declared - resident)
    return MemoryBudget(left, resident, declared, source)


def hand_back_freed_memory() -> None:
    """Let the C library give the system what was freed, which would count as resident: 20 to 60 MiB after compiling."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # glibc has it, musl has not
        trim(0)


def require_memory(needed: float, *, what: str, hint: str, memory: int | None = None) -> None:
    """Raise unless `needed` bytes fit into what is left of the budget (`memory_budget`).

    Arguments:
        needed: Bytes beside those in use, an estimate of the peak.
        what: What needs them, for the message.
        hint: How to need less.
        memory: Bytes that the whole process may use; `VITREOUS_MEMORY` unless given.

    Raises:
        InputError: There is less.

    Examples:
        >>> require_memory(1000, what="a small map", hint="")
    """
    budget = memory_budget(memory)
    if needed > budget.left:
        raise budget.refusal(needed, what=what, hint=hint)


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
