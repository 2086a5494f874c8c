"""The frames of trajectory files of any format, with the atoms that a topology names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError, load_optional

from ._trajectory_base import AbstractFrames
from ._trajectory_dcd import DcdFrames
from ._trajectory_trr import TrrFrames
from ._trajectory_xtc import XtcFrames

# Readers of our own for what MDAnalysis reads with C libraries, which write outside of their memory where a file is
# damaged, and beside which it leaves files with the places of the frames.
_OWN = {".xtc": XtcFrames, ".trr": TrrFrames, ".dcd": DcdFrames}


class UniverseFrames(AbstractFrames):
    """The frames of an MDAnalysis universe, for all formats that only MDAnalysis reads.

    Arguments:
        universe: An `MDAnalysis.Universe`.
        source: What it was made of, for errors.
    """

    atom_count: int

    def __init__(self, universe: Any, source: str):
        self.atom_count = len(universe.atoms)
        self._trajectory, self._source = universe.trajectory, source

    def __len__(self) -> int:
        return len(self._trajectory)

    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å."""
        try:
            step = self._trajectory[frame]
            positions = np.array(step.positions, np.float32)
            time = float(step.time)
        except Exception as error:  # whatever its readers stumble over in a damaged file
            raise _unreadable(self._source, error) from error
        if not np.isfinite(positions).all():
            raise InputError(
                f"{self._source}: frame {frame} (counted from 0) has positions that are not finite.",
                hint="Leave the frame out.",
            )
        return time, positions


class JoinedFrames(AbstractFrames):
    """The frames of several files, one after the other.

    Arguments:
        parts: The files' frames, of the same atoms.
    """

    atom_count: int

    def __init__(self, parts: Sequence[AbstractFrames]):
        self.atom_count = parts[0].atom_count
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å."""
        number = int(np.searchsorted(self._ends, frame, side="right"))
        part = self._parts[number]
        return part.read(frame - int(self._ends[number]) + len(part))


def open_trajectory(topology: Path, files: Sequence[Path]) -> tuple[Any, AbstractFrames]:
    """A universe of the topology's atoms, and the frames of the files; of the topology where there are none.

    The universe is in the first frame.

    Raises:
        InputError: MDAnalysis is not installed, a file is absent or damaged, or files are of other atoms.
    """
    mdanalysis = load_optional("MDAnalysis", extra="trajectories")
    for path in (topology, *files):
        if not path.is_file():
            raise InputError(f"{path}: no such file.", hint="Check the path.")
    source = " with ".join(map(str, (topology, *files)))
    own = bool(files) and all(path.suffix.lower() in _OWN for path in files)
    try:
        universe = mdanalysis.Universe(str(topology), *([] if own else map(str, files)))
        count = len(universe.atoms)
    except Exception as error:  # whatever its readers stumble over in a damaged file
        raise _unreadable(source, error) from error
    if not own:
        return universe, UniverseFrames(universe, source)
    parts = [_OWN[path.suffix.lower()](path) for path in files]
    for path, part in zip(files, parts, strict=True):
        if part.atom_count != count:
            raise InputError(
                f"{path}: is of {part.atom_count} atoms, and {topology} names {count}.",
                hint="Give the topology of the simulation, or of the atoms that were written.",
            )
    frames = JoinedFrames(parts)
    universe.load_new(frames.read(0)[1][None], order="fac")
    return universe, frames


def _unreadable(source: str, error: Exception) -> InputError:
    return InputError(
        f"MDAnalysis cannot read {source}: {str(error) or type(error).__name__}",
        hint="Check that the topology and the trajectory are complete, and of the same atoms.",
    )
