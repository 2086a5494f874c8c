"""Molecular dynamics trajectories, through MDAnalysis."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from jaxtyping import Float32, Float64

from vitreous._core import InputError, load_optional, require_memory

from ._atoms import AtomTable


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
        if not len(atoms) or not len(steps):
            raise InputError(
                f"{source}: {len(atoms)} atoms in {len(steps)} frames are no trajectory.",
                hint=f"There are {len(universe.atoms)} atoms and {len(universe.trajectory)} frames; select={select!r}.",
            )
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
    """Read a trajectory in any format that MDAnalysis knows: XTC, TRR, DCD, NetCDF, PDB of many models, …

    Arguments:
        topology: What the atoms are: a PDB, PSF, PRMTOP, TPR, … that names the elements.
        trajectory: Where they are; the topology's own frames if there is none. Several files follow each other.
        select: Which atoms, as in `Trajectory.from_universe`.
        frames: Which frames.

    Raises:
        InputError: MDAnalysis is not installed or cannot read the files, or as in `Trajectory.from_universe`.
    """
    mdanalysis = load_optional("MDAnalysis", extra="trajectories")
    files = [trajectory] if isinstance(trajectory, str | Path) else list(trajectory)
    for path in (topology, *files):
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file.", hint="Check the path.")
    try:
        universe = mdanalysis.Universe(str(topology), *map(str, files))
    except (ValueError, OSError, EOFError, TypeError, KeyError, IndexError) as error:
        raise InputError(
            f"MDAnalysis cannot read {' with '.join(map(str, (topology, *files)))}: {error}",
            hint="Check that the topology and the trajectory are complete, and of the same atoms.",
        ) from error
    return Trajectory.from_universe(universe, select=select, frames=frames)


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
