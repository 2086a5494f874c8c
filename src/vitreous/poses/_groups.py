"""Point groups, with RELION's axes."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from vitreous._core import InputError

_GOLDEN = (1 + 5**0.5) / 2
_X, _Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)

# Generators (fold, axis): RELION's documentation, Reference/Conventions, "Symmetry"; Heymann, Chagoyen & Belnap,
# J. Struct. Biol. 2005, 151, 196. The tetrahedral setting deviates from the latter. The axes are written exactly:
# (0.5257, 0, 0.8507) is the direction (1, 0, golden ratio).
_FIXED = {
    "T": [(3, _Z), (2, (0.0, 2**0.5, 1.0))],
    "O": [(4, _Z), (3, (1.0, 1.0, 1.0))],
    "I1": [(2, _Z), (5, (0.0, 1.0, _GOLDEN))],
    "I2": [(2, _Z), (5, (1.0, 0.0, _GOLDEN))],
    "I3": [(5, _Z), (2, (-1.0, 0.0, _GOLDEN))],
    "I4": [(5, _Z), (2, (1.0, 0.0, _GOLDEN))],
}


@dataclass(frozen=True, eq=False)
class PointGroup:
    """The rotations that leave a particle as it is: a volume $V$ with $gV = V$ for each $g$ of the group.

    The images of the poses $R$ and $R g$ are then the same. Get one with `point_group("O")`, or make one of your own
    matrices, in a setting that `point_group` does not know.

    Arguments:
        name: The group's name.
        matrices: Active rotations, the identity first.

    Raises:
        InputError: The matrices are not the rotations of a group with the identity first.

    Examples:
        >>> PointGroup("C2 about x", np.stack([np.eye(3), np.diag([1.0, -1.0, -1.0])])).order
        2
    """

    name: str
    matrices: Float[np.ndarray, "g 3 3"] = field(repr=False)

    def __post_init__(self):
        matrices = np.array(self.matrices, dtype=np.float64)
        matrices.setflags(write=False)
        object.__setattr__(self, "matrices", matrices)
        _check_group(self.name, matrices)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PointGroup) and (self.name, self.matrices.tobytes()) == (
            other.name,
            other.matrices.tobytes(),
        )

    def __hash__(self) -> int:
        return hash((self.name, self.matrices.tobytes()))

    @property
    def order(self) -> int:
        """How many rotations the group has.

        Examples:
            >>> point_group("O").order
            24
        """
        return len(self.matrices)

    def lattice_subgroup_cosets(self) -> tuple[Int[np.ndarray, "h 3 3"], Float[np.ndarray, "c 3 3"]]:
        """The group as `c @ h`: rotations `h` that map a cubic grid onto itself, and few others `c`.

        Each rotation of the group is `c @ h` for exactly one pair. So a grid is symmetrised by summing over `h` with
        permuted and flipped axes, which is exact and cheap, and interpolating only for the `c`:
        `sum(c · sum(h · V))`.

        Returns:
            The subgroup of signed permutation matrices, and one representative of each of its left cosets; the
            identity comes first in both.

        Examples:
            >>> lattice, cosets = point_group("I").lattice_subgroup_cosets()
            >>> len(lattice), len(cosets)
            (12, 5)
        """
        lattice = self.matrices[np.all(self.matrices == np.round(self.matrices), axis=(1, 2))]
        left = np.ones(self.order, dtype=bool)
        cosets = []
        for index, matrix in enumerate(self.matrices):
            if left[index]:
                cosets.append(matrix)
                left[_nearest(matrix @ lattice, self.matrices)] = False
        return np.round(lattice).astype(np.int64), np.stack(cosets)


@lru_cache
def point_group(name: str) -> PointGroup:
    """A point group by name, in RELION's setting.

    | name | axes |
    |---|---|
    | `C1`, `C2`, … | n-fold on z |
    | `D1`, `D2`, … | n-fold on z, a twofold on x |
    | `T` | threefold on z, a twofold on (0, 0.816, 0.577) |
    | `O` | fourfolds on x, y, z, threefold on (1, 1, 1) |
    | `I1` | twofolds on x, y, z; the fivefolds nearest to z in the yz plane |
    | `I2`, `I` | twofolds on x, y, z; the fivefolds nearest to z in the xz plane |
    | `I3` | fivefold on z, twofold on y; the next fivefold in the xz plane at negative x |
    | `I4` | fivefold on z, twofold on y; the next fivefold in the xz plane at positive x |

    Source: RELION's documentation (Reference, Conventions, "Symmetry") and Heymann, Chagoyen & Belnap, *J. Struct.
    Biol.* 2005, 151, 196.

    Arguments:
        name: The name, in upper or lower case.

    Returns:
        The group; the identity comes first.

    Raises:
        InputError: No such group.

    Examples:
        >>> [point_group(name).order for name in ("C7", "D2", "T", "O", "I")]
        [7, 4, 12, 24, 60]
        >>> point_group("I").name
        'I2'
    """
    canonical = {"I": "I2"}.get(name.strip().upper(), name.strip().upper())
    match = re.fullmatch(r"([CD])([1-9]\d*)", canonical)
    if match:
        fold = int(match[2])
        generators = [(fold, _Z)] if match[1] == "C" else [(fold, _Z), (2, _X)]
    elif canonical in _FIXED:
        generators = _FIXED[canonical]
    else:
        raise InputError(
            f"symmetry {name!r} is not a point group of rotations.",
            hint="Use C1, C2, …, D2, D3, …, T, O, I, or I1 to I4. (Proteins are chiral: no mirrors.)",
        )
    return PointGroup(canonical, _closure(generators))


def _rotation(angle: float, axis: tuple[float, float, float]) -> np.ndarray:
    """Rodrigues' formula; angle in radians."""
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _closure(generators: list[tuple[int, tuple[float, float, float]]]) -> np.ndarray:
    """Each product of the generators once, the identity first, cleaned of rounding."""
    powers = [_rotation(2 * np.pi * k / fold, axis) for fold, axis in generators for k in range(1, fold)]
    group = np.stack([np.eye(3)])
    found = group
    while len(found):
        products = _clean(np.concatenate([element @ np.reshape(powers, (-1, 3, 3)) for element in found]))
        new = []
        for product in products:
            if not np.any(np.all(np.abs(np.concatenate([group, *new]) - product) < 1e-6, axis=(1, 2))):
                new.append(product[None])
        found = np.concatenate(new) if new else group[:0]
        group = np.concatenate([group, found])
    return group


def _clean(matrices: np.ndarray) -> np.ndarray:
    """The nearest rotations, with halves and integers exact."""
    left, _, right = np.linalg.svd(matrices)
    matrices = left @ right
    rounded = np.round(matrices * 2) / 2
    return np.where(np.abs(matrices - rounded) < 1e-12, rounded, matrices) + 0.0


def _nearest(matrices: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The index of the group's rotation nearest to each matrix: the largest trace of their quotient."""
    return np.argmax(matrices.reshape(-1, 9) @ group.reshape(-1, 9).T, axis=1)


def _check_group(name: str, matrices: np.ndarray) -> None:
    def refuse(what: str) -> None:
        raise InputError(
            f"the matrices of {name!r} are no group of rotations: {what}.",
            hint="Give every rotation of the group once, the identity first, or use vitreous.poses.point_group.",
        )

    if matrices.ndim != 3 or matrices.shape[1:] != (3, 3) or not len(matrices):
        refuse(f"their shape is {matrices.shape}, not (g, 3, 3)")
    if not np.allclose(matrices[0], np.eye(3), atol=1e-9):
        refuse("the first is not the identity")
    if not np.allclose(np.swapaxes(matrices, 1, 2) @ matrices, np.eye(3), atol=1e-9):
        refuse("not all are orthogonal")
    if not np.allclose(np.linalg.det(matrices), 1, atol=1e-9):
        refuse("not all have determinant 1")
    for matrix in matrices:
        products = matrix @ matrices
        nearest = _nearest(products, matrices)
        if len(set(nearest.tolist())) < len(matrices) or np.abs(products - matrices[nearest]).max() > 1e-8:
            refuse("a product of two is missing, or one is there twice")
