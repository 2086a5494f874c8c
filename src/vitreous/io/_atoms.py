"""A plain table of atoms."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import gemmi
import numpy as np
from jaxtyping import Bool, Float64, Int, Real, Shaped

from vitreous._core import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class AtomTable:
    """Atoms as arrays, in the order of the file.

    Arguments:
        positions: (x, y, z) in Å.
        atomic_numbers: 1 for hydrogen and deuterium; 0 where the file's element is unknown (`X`), which is kept here
            and refused, by name, where scattering factors are looked up.
        b_factors: Isotropic B in Å².
        occupancies: Between 0 and 1. Alternate locations are all present and share the occupancy of their atom.
        names: Atom names, such as `CA`.
        residue_names: Such as `ALA`.
        residue_numbers: As in the file.
        chains: Chain names.
        alternates: The label of an alternate location, else empty.
        source: Where the atoms come from.

    Examples:
        >>> atoms = AtomTable.from_positions(np.array([[0.0, 0, 0], [2, 0, 0]]), np.array([6, 8]))
        >>> len(atoms), atoms.describe(1)
        (2, "atom 2 'O' of UNK 1, chain A (positions)")
        >>> centred, shift = atoms.centred()
        >>> shift.tolist(), centred.positions[:, 0].tolist()
        ([-1.0, 0.0, 0.0], [-1.0, 1.0])
    """

    positions: Float64[np.ndarray, "n 3"]
    atomic_numbers: Int[np.ndarray, " n"]
    b_factors: Float64[np.ndarray, " n"]
    occupancies: Float64[np.ndarray, " n"]
    names: Shaped[np.ndarray, " n"]
    residue_names: Shaped[np.ndarray, " n"]
    residue_numbers: Int[np.ndarray, " n"]
    chains: Shaped[np.ndarray, " n"]
    alternates: Shaped[np.ndarray, " n"]
    source: str = "atoms"

    def __post_init__(self):
        lengths = {name: len(array) for name, array in self._arrays().items()}
        if len(set(lengths.values())) > 1:
            raise InputError(
                f"{self.source}: the arrays of an atom table have one length, not {lengths}.",
                hint="Give one value per atom in each array.",
            )

    @classmethod
    def from_positions(
        cls,
        positions: Real[np.ndarray, "n 3"],
        atomic_numbers: Int[np.ndarray, " n"],
        *,
        b_factors: Real[np.ndarray, " n"] | None = None,
        occupancies: Real[np.ndarray, " n"] | None = None,
        source: str = "positions",
    ) -> "AtomTable":
        """Atoms that belong to no chain: each its own residue `UNK` of chain A, named by its element.

        Arguments:
            positions: (x, y, z) in Å.
            atomic_numbers: Per atom.
            b_factors: Å², 0 where `None`.
            occupancies: 1 where `None`.
            source: Where the atoms come from.
        """
        n = len(positions)
        return cls(
            positions=positions.astype(np.float64),
            atomic_numbers=atomic_numbers,
            b_factors=np.zeros(n) if b_factors is None else b_factors.astype(np.float64),
            occupancies=np.ones(n) if occupancies is None else occupancies.astype(np.float64),
            names=np.array([gemmi.Element(int(z)).name.upper() for z in atomic_numbers], np.str_),
            residue_names=np.full(n, "UNK"),
            residue_numbers=np.arange(n),
            chains=np.full(n, "A"),
            alternates=np.full(n, ""),
            source=source,
        )

    def __len__(self) -> int:
        return len(self.positions)

    def select(self, rows: Bool[np.ndarray, " n"] | Int[np.ndarray, " m"] | slice | Sequence[int]) -> "AtomTable":
        """The atoms of a mask, of indices, or of a slice."""
        picked = rows if isinstance(rows, slice) else np.asarray(rows, dtype=None if len(rows) else np.int64)
        return replace(self, **{name: array[picked] for name, array in self._arrays().items()})

    def centred(self) -> tuple["AtomTable", Float64[np.ndarray, "3"]]:
        """The atoms with their mean (unweighted) at the origin, and the shift (x, y, z) in Å that was added."""
        shift = 0.0 - self.positions.mean(axis=0)
        return self.shifted(shift), shift

    def shifted(self, shift: Float64[np.ndarray, "3"]) -> "AtomTable":
        """The atoms moved by (x, y, z) in Å."""
        return replace(self, positions=self.positions + shift)

    def describe(self, index: int) -> str:
        """One atom in words, for messages: `atom 17 'CA' of ALA 5, chain A (file.pdb)`."""
        i = range(len(self))[index]
        alternate = f", location {self.alternates[i]}" if self.alternates[i] else ""
        return (
            f"atom {i + 1} {str(self.names[i])!r} of {self.residue_names[i]} {self.residue_numbers[i]}, "
            f"chain {self.chains[i] or '(no name)'}{alternate} ({self.source})"
        )

    def _arrays(self) -> dict[str, np.ndarray]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "source"}
