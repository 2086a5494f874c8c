"""Memory of batches, used again once nobody looks at it."""

import math
import sys

import numpy as np
from jaxtyping import Float32

_ALIGNMENT = 64


class BatchMemory:
    """Arrays for JAX to look at: on a CPU it takes memory of their alignment without a copy, and keeps it as long as
    its own array lives.

    Memory that comes new from the system is filled with zeros, page by page, which takes as long as reading an image
    from the system's cache. So it is kept and handed out again when the last array that looks at it, NumPy's or JAX's,
    is gone. Each view of an array holds a reference to its memory, so the count of these says when.

    Arguments:
        shape: Of a batch of images.

    Examples:
        >>> memory = BatchMemory((2, 8, 8))
        >>> first, second = memory.empty(), memory.empty()
        >>> address = second[1:].ctypes.data
        >>> del second
        >>> memory.empty()[1:].ctypes.data == address
        True
    """

    def __init__(self, shape: tuple[int, int, int]):
        self._shape = shape
        self._size = 4 * math.prod(shape)
        self._kept: list[np.ndarray] = []

    def empty(self) -> Float32[np.ndarray, "b y x"]:
        """An array that nobody else looks at; to be called by one thread, and filled before JAX gets it."""
        for memory, references in zip(self._kept, _references(self._kept), strict=True):
            if references == _UNSEEN:
                return self._view(memory)
        self._kept.append(np.empty(self._size + _ALIGNMENT, np.uint8))
        return self._view(self._kept[-1])

    def _view(self, memory: np.ndarray) -> Float32[np.ndarray, "b y x"]:
        first = -memory.ctypes.data % _ALIGNMENT
        return memory[first : first + self._size].view(np.float32).reshape(self._shape)


def _references(kept: list[np.ndarray]) -> list[int]:
    """How many references there are to each, those of the list and of the question included."""
    return [sys.getrefcount(memory) for memory in kept]


# Asked and not known, since it differs between versions of Python.
_UNSEEN = _references([np.empty(1, np.uint8)])[0]
