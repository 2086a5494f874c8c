"""A volume whose moments are set one by one."""

import numpy as np
from jaxtyping import Complex

from vitreous.harmonics import moment_count, moment_index


class PendingVolume:
    """Moments that were set so far; those that were not are zero."""

    def __init__(self) -> None:
        self.order = 0
        self._values: dict[int, complex | np.generic] = {}

    def __len__(self) -> int:
        return len(self._values)

    def set(self, n: int, l: int, m: int, *, moment: complex | np.generic) -> None:
        """Set a moment, or with m < 0 the one of −m that belongs to it."""
        value = moment if isinstance(moment, np.complexfloating) else complex(moment)
        self._values[moment_index(n, l, abs(m))] = value if m >= 0 else (-1) ** m * np.conj(value)
        self.order = max(self.order, n)

    def row(self) -> Complex[np.ndarray, " moments"]:
        """The moments as an array, in the precision that the most precise was given in."""
        values = list(self._values.values())
        row = np.zeros(moment_count(self.order), np.result_type(np.complex64, *map(np.asarray, values)))
        row[list(self._values)] = values
        return row
