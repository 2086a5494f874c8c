"""What must be the same for all particles."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError


def common_value(values: Float64[np.ndarray, " n"], what: str, *, source: Path) -> float:
    """The one positive value that all particles have.

    Arguments:
        values: One per particle; NaN or 0 where unknown.
        what: What they are, for errors.
        source: The particles' file, for errors.

    Raises:
        InputError: A value is unknown, or they differ.

    Examples:
        >>> common_value(np.array([1.5, 1.5]), "pixel size", source=Path("a.star"))
        1.5
    """
    if not np.isfinite(values).all() or (values <= 0).any():
        raise InputError(f"{source}: has no {what}.", hint="Give pixel_size=… in Å when loading.")
    if values.max() > values.min() * (1 + 1e-4):
        raise InputError(
            f"{source}: its particles have different {what}s: {np.unique(values).tolist()}.",
            hint="Work on one optics group at a time: dataset.groups(GroupBy.OPTICS_GROUP).",
        )
    return float(values[0])
