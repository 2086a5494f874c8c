"""RELION's columns of aberrations and anisotropic magnification."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError

from ._relion_join import RelionJoin

_TILT = ("rlnBeamTiltX", "rlnBeamTiltY")
_MAGNIFICATION = ("rlnMagMat00", "rlnMagMat01", "rlnMagMat10", "rlnMagMat11")


class RelionAberrations(NamedTuple):
    """Per particle, `None` where trivial for all of them.

    RELION adds the coma of the beam tilt to the odd coefficients, so both count.
    """

    beam_tilt_mrad: Float64[np.ndarray, "n 2"] | None
    odd_zernike: Float64[np.ndarray, "n odd"] | None
    even_zernike: Float64[np.ndarray, "n even"] | None
    magnification: Float64[np.ndarray, "n 2 2"] | None

    @property
    def labels(self) -> str:
        """The labels that say something."""
        names = (", ".join(_TILT), "rlnOddZernike", "rlnEvenZernike", ", ".join(_MAGNIFICATION))
        return ", ".join(name for name, values in zip(names, self, strict=True) if values is not None)


def relion_aberrations(join: RelionJoin) -> RelionAberrations:
    """Read the columns of both tables.

    Raises:
        InputError: A list of coefficients that is none.
    """
    matrix = _together(join, _MAGNIFICATION, (1.0, 0.0, 0.0, 1.0))
    return RelionAberrations(
        beam_tilt_mrad=_together(join, _TILT, (0.0, 0.0)),
        odd_zernike=_zernike(join, "rlnOddZernike"),
        even_zernike=_zernike(join, "rlnEvenZernike"),
        magnification=None if matrix is None else matrix.reshape(-1, 2, 2),
    )


def _together(join: RelionJoin, names: Sequence[str], trivial: Sequence[float]) -> np.ndarray | None:
    table = np.tile(np.asarray(trivial, np.float64), (len(join.particles), 1))
    for column, name in zip(table.T, names, strict=True):
        numbers = join.number(name)
        if numbers is not None:
            column[:] = numbers
    return None if (table == trivial).all() else table


def _zernike(join: RelionJoin, name: str) -> np.ndarray | None:
    """Lists such as [0.1,0.2] as rows, the shorter ones filled with zeros."""
    texts = join.text(name)
    if texts is None:
        return None
    lists, row_of = np.unique(texts, return_inverse=True)
    rows = [_coefficients(text, f"{join.particles.source}: {name}") for text in lists.tolist()]
    table = np.zeros((len(rows), max(map(len, rows))))
    for row, numbers in zip(table, rows, strict=True):
        row[: len(numbers)] = numbers
    return table[row_of.reshape(-1)] if table.any() else None


def _coefficients(text: str, what: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.strip("[]").replace(",", " ").split()]
    except ValueError:
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        raise InputError(f"{what} of {text} is no list of numbers.", hint="Write it as [0.1,0.2,…], or remove it.")
    return numbers
