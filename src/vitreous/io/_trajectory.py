"""Molecular dynamics trajectories."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from jaxtyping import Float32, Float64

from vitreous._core import InputError, require_memory

from ._atoms import AtomTable
from ._trajectory_files import open_trajectory


@dataclass(frozen=True, eq=False, kw_only=True)
class Trajectory:
    """Atoms and where they are in each frame.

    Arguments:
        atoms: The atoms, in the first frame.
        positions: (x, y, z) in Å, of each frame and atom.
        times_ps: The time of each frame in ps.
    """

    atoms: AtomTable
    positions: Float32[np.ndarray, "f n 3"]
    times_ps: Float64[np.ndarray, " f"]

    def __len__(self) -> int:
        return len(self.positions)

    @classmethod
    def from_universe(
        cls, universe: Any, *, select: str = "all", frames: slice | Sequence[int] = slice(None)
    ) -> "Trajectory":
        """The frames of an MDAnalysis universe, which is left at the frame where it was.

        Arguments:
            universe: An `MDAnalysis.Universe`; its topology must name the elements. Make molecules whole first, where
                they cross a periodic boundary (`MDAnalysis.transformations.unwrap`).
            select: Which atoms, in MDAnalysis' language, such as `"protein and not name H*"`.
            frames: Which frames, a slice such as `slice(0, None, 10)` or their numbers from 0.

        Raises:
            InputError: No atom or frame is selected, the topology has no elements, or the frames do not fit into
                memory.
        """
        atoms = universe.select_atoms(select)
        source = str(getattr(universe, "filename", None) or "universe")
        steps = universe.trajectory[frames]
        _check_selection(source, len(atoms), len(steps), of=(len(universe.atoms), len(universe.trajectory)))
        require_memory(
            2 * 12 * len(atoms) * len(steps),
            what=f"{len(steps)} frames of {len(atoms)} atoms",
            hint='Take fewer: frames=slice(0, None, 10), select="protein".',
        )
        numbers = _atomic_numbers(atoms, source)
        here = universe.trajectory.frame
        positions, times = zip(*[(atoms.positions.astype(np.float32), step.time) for step in steps], strict=True)
        universe.trajectory[here]
        return cls(
            atoms=_table(atoms, positions[0], numbers, source),
            positions=np.stack(positions),
            times_ps=np.asarray(times, np.float64),
        )


def read_trajectory(
    topology: str | Path,
    trajectory: str | Path | Sequence[str | Path] = (),
    *,
    select: str = "all",
    frames: slice | Sequence[int] = slice(None),
) -> Trajectory:
    """Read a trajectory: XTC, TRR, DCD, a PDB of many models, or any other format that MDAnalysis knows.

    Only the frames that are wanted are read. The topology is read by MDAnalysis in every case.

    Arguments:
        topology: What the atoms are: a PDB, PSF, PRMTOP, TPR, … that names the elements.
        trajectory: Where they are; the topology's own frames if there is none. Several files follow each other.
        select: Which atoms, as in `Trajectory.from_universe`, of the first frame.
        frames: Which frames, a slice such as `slice(0, None, 10)` or their numbers from 0.

    Returns:
        The atoms and frames.

    Raises:
        InputError: MDAnalysis is not installed, a file is absent, damaged or of other atoms, no atom or frame is
            selected, the topology has no elements, or the frames do not fit into memory.
    """
    files = _Files(topology, trajectory, select=select, frames=frames)
    return files.read(files.numbers)


def iterate_trajectory(
    topology: str | Path,
    trajectory: str | Path | Sequence[str | Path] = (),
    *,
    select: str = "all",
    frames: slice | Sequence[int] = slice(None),
    piece: int = 100,
) -> Iterator[Trajectory]:
    """The same as `read_trajectory` in pieces, of which only one is in memory at a time.

    Arguments:
        topology: As in `read_trajectory`.
        trajectory: As in `read_trajectory`.
        select: As in `read_trajectory`; the same atoms in every piece.
        frames: As in `read_trajectory`.
        piece: How many frames a piece has; the last one has what is left.

    Returns:
        An iterator of pieces, each with the atoms in its own first frame.

    Raises:
        InputError: As `read_trajectory`, or pieces of no frames.
    """
    if piece < 1:
        raise InputError(f"piece={piece}: a piece has one frame at least.", hint="Use piece=100.")
    files = _Files(topology, trajectory, select=select, frames=frames)
    return (files.read(files.numbers[start : start + piece]) for start in range(0, len(files.numbers), piece))


class _Files:
    """Selected atoms and frames of trajectory files."""

    def __init__(
        self,
        topology: str | Path,
        trajectory: str | Path | Sequence[str | Path],
        *,
        select: str,
        frames: slice | Sequence[int],
    ):
        paths = [trajectory] if isinstance(trajectory, str | Path) else list(trajectory)
        self.source = str(topology)
        universe, self._frames = open_trajectory(Path(topology), [Path(path) for path in paths])
        try:
            self.atoms = universe.select_atoms(select)
        except Exception as error:  # MDAnalysis has many of its own for what it does not understand
            raise InputError(
                f"select={select!r}: {error}", hint="Use MDAnalysis' language, such as protein."
            ) from error
        try:
            self.numbers = np.arange(len(self._frames))[frames]
        except IndexError as error:
            raise InputError(
                f"{self.source}: has no frame {frames}, but {len(self._frames)} frames.", hint="They count from 0."
            ) from error
        _check_selection(self.source, len(self.atoms), len(self.numbers), of=(len(universe.atoms), len(self._frames)))
        self._atomic_numbers = _atomic_numbers(self.atoms, self.source)

    def read(self, numbers: np.ndarray) -> Trajectory:
        """Some of the frames.

        Raises:
            InputError: They do not fit into memory, or one of them is damaged.
        """
        require_memory(
            12 * len(self.atoms) * len(numbers),
            what=f"{self.source}: {len(numbers)} frames of {len(self.atoms)} atoms",
            hint='Take fewer: frames=slice(0, None, 10), select="protein", or vitreous.io.iterate_trajectory.',
        )
        positions = np.empty((len(numbers), len(self.atoms), 3), np.float32)
        times = np.empty(len(numbers))
        for place, number in enumerate(numbers.tolist()):
            times[place], everywhere = self._frames.read(number)
            positions[place] = everywhere[self.atoms.indices]
        atoms = _table(self.atoms, positions[0], self._atomic_numbers, self.source)
        return Trajectory(atoms=atoms, positions=positions, times_ps=times)


def _check_selection(source: str, atoms: int, frames: int, *, of: tuple[int, int]) -> None:
    if not atoms or not frames:
        raise InputError(
            f"{source}: {atoms} atoms in {frames} frames are no trajectory.",
            hint=f"There are {of[0]} atoms and {of[1]} frames; select others.",
        )


def _atomic_numbers(atoms: Any, source: str) -> np.ndarray:
    symbols = getattr(atoms, "elements", None)
    if symbols is None or not any(symbols):
        raise InputError(
            f"{source}: the topology does not say which elements the atoms are, so they have no scattering factors.",
            hint='Use a topology that does, or universe.guess_TopologyAttrs(to_guess=["elements"]) if you trust it.',
        )
    return np.array([gemmi.Element(str(symbol)).atomic_number for symbol in symbols], np.int64)


def _table(atoms: Any, positions: np.ndarray, numbers: np.ndarray, source: str) -> AtomTable:
    plain = AtomTable.from_positions(positions, numbers)

    def column(name: str, default: np.ndarray) -> np.ndarray:
        values = getattr(atoms, name, None)
        return default if values is None else np.asarray(values).astype(default.dtype.kind)

    return AtomTable(
        positions=plain.positions,
        atomic_numbers=numbers,
        b_factors=column("tempfactors", plain.b_factors).astype(np.float64),
        occupancies=column("occupancies", plain.occupancies).astype(np.float64),
        names=column("names", plain.names),
        residue_names=column("resnames", plain.residue_names),
        residue_numbers=column("resids", plain.residue_numbers).astype(np.int64),
        chains=column("chainIDs", column("segids", plain.chains)),
        alternates=plain.alternates,
        source=source,
    )
