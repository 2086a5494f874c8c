"""What a file of frames is, and reading its bytes."""

import abc
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Float32, Shaped

from vitreous._core import InputError


class AbstractFrames(abc.ABC):
    """The frames of a trajectory file, read one by one when asked for."""

    atom_count: int
    """How many atoms each frame has."""

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å.

        Arguments:
            frame: Counted from 0.

        Raises:
            InputError: The file is damaged there.
        """


def cut_off(path: Path, frame: int) -> InputError:
    """The error of a file that ends inside of a frame."""
    return InputError(
        f"{path}: ends within frame {frame} (counted from 0).",
        hint="Copy the file again, or let its program repair it (such as gmx trjconv or catdcd).",
    )


def damaged(path: Path, frame: int, what: str) -> InputError:
    """The error of a frame that cannot be what the file's format makes it."""
    return InputError(f"{path}: frame {frame} (counted from 0) is damaged: {what}.", hint="Copy the file again.")


def open_frames(path: Path) -> BinaryIO:
    """The file, opened for reading.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error


def positions_of(
    values: Shaped[np.ndarray, "n 3"], factor: float, *, path: Path, frame: int
) -> Float32[np.ndarray, "n 3"]:
    """Positions in Å from those of a file.

    Arguments:
        values: (x, y, z) of each atom.
        factor: Å per unit of theirs.
        path: The file, for the error.
        frame: Counted from 0, likewise.

    Raises:
        InputError: One is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # found out below
        positions = (values * np.float64(factor)).astype(np.float32)
    if not np.isfinite(positions).all():
        raise damaged(path, frame, "it has positions that are not finite")
    return positions
