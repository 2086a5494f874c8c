"""An axis of symmetry."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class SymmetryAxis:
    """An axis about which a density repeats itself.

    Arguments:
        fold: How often in a full turn.
        direction: (x, y, z), of length one; of the two senses the one that points up.
        correlation: The least of the density with itself, over the turns by 360° / fold and their multiples, without
            what is the same in every direction.

    Examples:
        >>> SymmetryAxis(4, np.array([0.0, 0.0, 1.0]), 0.98).fold
        4
    """

    fold: int
    direction: Float[np.ndarray, "3"]
    correlation: float
