"""A box of relaxed water."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Float64, Int
from scipy.spatial import KDTree

from vitreous._core import FloatLike, InputError, as_float, positive
from vitreous.io import AtomTable

_MOLECULES_PER_A3 = 0.602214076 / 18.01528  # at 1 g/cm³
_BOND_A = 1.2  # an O-H bond is 0.96 Å long, and the next hydrogen 1.7 Å away
_TOUCHING_A = 2.2  # oxygens of water come no closer than 2.4 Å


class WaterBox(eqx.Module):
    r"""Water molecules in a cube that repeats in every direction.

    Such a box comes out of a molecular dynamics simulation; none is in the package.

    Arguments:
        molecules: Positions (x, y, z) in Å of oxygen, hydrogen and hydrogen of each molecule, anywhere.
        side: Side of the cube in Å.

    Raises:
        InputError: There are no molecules, or the side is not positive.

    Examples:
        >>> water = np.array([[[0.0, 0.0, 0.0], [0.76, 0.59, 0.0], [-0.76, 0.59, 0.0]]])
        >>> box = WaterBox(water, 3.1)
        >>> round(float(box.density_g_cm3), 3), round(float(box.with_density(0.94).side), 3)
        (1.004, 3.169)
    """

    molecules: Float[Array, "m 3 3"]
    side: Float[Array, ""]

    def __init__(self, molecules: Float[Array | np.ndarray, "m 3 3"], side: FloatLike):
        self.molecules = as_float(molecules)
        self.side = positive(side, name="side", hint="Give the side of the periodic cube in Å.")
        if not len(self.molecules):
            raise InputError("a box of water holds no molecules.", hint="Give at least one.")

    @classmethod
    def from_atoms(cls, table: AtomTable, side: float) -> "WaterBox":
        r"""The box that a structure file holds, or a cube from the middle of it.

        Hydrogens belong to the oxygen within 1.2 Å, across the faces of the box too if all atoms lie in it. Molecules
        with a hydrogen missing are left out. Where molecules would touch their periodic neighbours, oxygens closer
        than 2.2 Å, one of both is left out: that happens in cubes cut from larger simulations, whose faces do not fit.
        A `side` about 1 Å shorter than such a cube leaves the least gaps; its faces still show as a little power at
        multiples of 1/`side`, the most at the lowest.

        Arguments:
            table: Atoms of water, as `vitreous.io.read_atoms` returns them; other elements are ignored.
            side: Side of the cube in Å.

        Raises:
            InputError: No complete molecule lies in the cube.
        """
        oxygens, hydrogens = (table.positions[table.atomic_numbers == z] for z in (8, 1))
        if not len(oxygens) or not len(hydrogens):
            raise InputError(f"{table.source}: holds no water.", hint="Give a box of water, with its hydrogens.")
        centre = (oxygens.min(axis=0) + oxygens.max(axis=0)) / 2
        oxygens, hydrogens = oxygens - centre, hydrogens - centre
        whole = np.abs(oxygens).max() <= side / 2
        molecules = _molecules(oxygens, hydrogens, period=side if whole else None)
        molecules = molecules[(np.abs(molecules[:, 0]) <= side / 2).all(axis=1)]
        if not len(molecules):
            raise InputError(
                f"{table.source}: no complete molecule of water lies within side={side:g} Å about the middle.",
                hint="Give the side of the periodic box, and a file with hydrogens.",
            )
        return cls(molecules[_apart(molecules[:, 0], side)], side)

    @property
    def molecules_per_a3(self) -> Float[Array, ""]:
        """Molecules in each Å³."""
        return len(self.molecules) / self.side**3

    @property
    def density_g_cm3(self) -> Float[Array, ""]:
        """The mass density in g/cm³."""
        return self.molecules_per_a3 / _MOLECULES_PER_A3

    def with_density(self, density_g_cm3: FloatLike) -> "WaterBox":
        r"""The box stretched to a density: molecules keep their form, and their oxygens move apart or together.

        Liquid water is denser than vitreous ice, 0.94 g/cm³; the stretch is of a few per cent of a distance.

        Arguments:
            density_g_cm3: Mass density in g/cm³.
        """
        stretch = (self.density_g_cm3 / density_g_cm3) ** (1 / 3)
        moved = (stretch.astype(self.molecules.dtype) - 1) * self.molecules[:, :1]
        return WaterBox(self.molecules + moved, self.side * stretch)


def molecules_per_a3(density_g_cm3: FloatLike) -> Float[Array, ""]:
    """Molecules of water in each Å³ at a density."""
    return as_float(density_g_cm3) * _MOLECULES_PER_A3


def _molecules(
    oxygens: Float64[np.ndarray, "o 3"], hydrogens: Float64[np.ndarray, "h 3"], *, period: float | None
) -> Float64[np.ndarray, "m 3 3"]:
    """Each oxygen that has two hydrogens, with its two nearest."""
    if period is not None:
        hydrogens = hydrogens % period
    tree = KDTree(hydrogens, boxsize=period)
    distances, nearest = map(np.asarray, tree.query(oxygens if period is None else oxygens % period, k=2))
    complete = (distances <= _BOND_A).all(axis=1)
    bonds = hydrogens[nearest[complete]] - oxygens[complete, None]
    if period is not None:
        bonds -= period * np.round(bonds / period)
    return np.concatenate([oxygens[complete, None], oxygens[complete, None] + bonds], axis=1)


def _apart(oxygens: Float64[np.ndarray, "m 3"], side: float) -> Int[np.ndarray, " kept"]:
    """Indices of molecules that do not touch a kept one, across the faces too."""
    wrapped = np.minimum(oxygens % side, np.nextafter(side, 0))
    kept = np.ones(len(oxygens), bool)
    for first, second in sorted(KDTree(wrapped, boxsize=side).query_pairs(_TOUCHING_A)):
        if kept[first] and kept[second]:
            kept[second] = False
    return np.flatnonzero(kept)
