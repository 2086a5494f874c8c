"""Grids of orientations that refine."""

import math
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from vitreous._core import InputError, require_memory

from ._asymmetric_unit import border_distance, reduce_to_asymmetric_unit
from ._groups import PointGroup
from ._view import rotation_to_beam, turn_in_plane

_FINEST = 18  # of the next, the cells' numbers would not fit 64 bits


@dataclass(frozen=True)
class RotationGrid:
    r"""SO(3) in cells of equal volume: HEALPix viewing directions times in-plane angles.

    Order $k$ has $12 \cdot 4^k$ directions and $6 \cdot 2^k$ angles for each, $72 \cdot 8^k$ cells, and each cell has
    eight children at order $k + 1$ (Yershova, Jain, LaValle & Mitchell, *Int. J. Robotics Res.* 2010, 29, 801; the
    directions: Górski et al., *Astrophys. J.* 2005, 622, 759, nested). These are RELION's HEALPix orders and in-plane
    steps: order 2 is "15 degrees".

    The angle of a direction is counted from the shortest turn towards the middle of its base pixel of the twelve, and
    thence to the beam. So cells are compact: every orientation is within 1.2 `spacing_deg` of the middle of its own
    cell, and within 1.0 of the nearest middle (measured). Counted from one meridian, or one Hopf section, for the
    whole sphere, the children of a cell near a pole would lie tens of degrees from it at every order.

    A cell is known by its number: direction times angles per direction, plus angle; cells are handled with NumPy.

    Arguments:
        order: $k$, 0 to 18 (cells of 0.0002°).

    Raises:
        InputError: There is no such order.

    Examples:
        >>> grid = RotationGrid(1)
        >>> grid.size, grid.rotations().shape
        (576, (576, 3, 3))
        >>> grid.children(np.array([5])).tolist()
        [[10, 11, 34, 35, 58, 59, 82, 83]]
    """

    order: int

    def __post_init__(self):
        if not 0 <= self.order <= _FINEST:
            raise InputError(
                f"order={self.order} of a grid of rotations is not in 0 to {_FINEST}.",
                hint="Use order=2 for cells of 15°; each order more halves them.",
            )

    @classmethod
    def from_spacing(cls, spacing_deg: float) -> "RotationGrid":
        """The coarsest grid whose cells are at most so wide.

        Arguments:
            spacing_deg: The width in degrees, compared with `spacing_deg` of the grid.

        Returns:
            The grid.

        Raises:
            InputError: The spacing is not positive, or finer than the finest grid.

        Examples:
            >>> RotationGrid.from_spacing(15.0)
            RotationGrid(order=2)
        """
        widest = cls(0).spacing_deg
        order = max(0, math.ceil(math.log2(widest / spacing_deg))) if spacing_deg > 0 else _FINEST + 1
        if order > _FINEST:
            raise InputError(
                f"spacing_deg={spacing_deg} is not the width of cells of any grid.",
                hint=f"Use {cls(_FINEST).spacing_deg:.5f} to {widest:.0f} degrees.",
            )
        return cls(order)

    @property
    def directions(self) -> int:
        """How many viewing directions."""
        return 12 * 4**self.order

    @property
    def turns(self) -> int:
        """How many in-plane angles each direction has."""
        return 6 * 2**self.order

    @property
    def size(self) -> int:
        """How many cells."""
        return self.directions * self.turns

    @property
    def spacing_deg(self) -> float:
        r"""The width of a cell in degrees: the cube root of its volume, $(8\pi^2 / N)^{1/3}$ in radians.

        Examples:
            >>> [round(RotationGrid(order).spacing_deg, 2) for order in range(4)]
            [59.08, 29.54, 14.77, 7.39]
        """
        return math.degrees((8 * math.pi**2 / self.size) ** (1 / 3))

    def rotations(self, cells: Int[np.ndarray, "n"] | None = None) -> Float[Array, "n 3 3"]:
        """The orientations in the middle of cells.

        Arguments:
            cells: Their numbers; all of them if not given.

        Returns:
            Active rotation matrices.

        Raises:
            InputError: A number is not of this grid, or all of it would not fit in memory.
        """
        if cells is None:
            require_memory(400 * self.size, what=f"the whole of {self}", hint="Give the cells that you need.")
            cells = np.arange(self.size)
        pixels, turns = np.divmod(self._checked(cells), self.turns)
        bases, turned = self._towards_base(_pixel_directions(pixels, self.order), pixels)
        return _middles((turns + 0.5) * (360 / self.turns), turned, bases)

    def cells(self, rotations: Float[Array, "n 3 3"]) -> Int[np.ndarray, "n"]:
        """The numbers of the cells in which orientations lie.

        Arguments:
            rotations: Active rotations.

        Returns:
            The number of each one's cell.

        Examples:
            >>> grid = RotationGrid(1)
            >>> grid.cells(grid.rotations(np.array([5, 570]))).tolist()
            [5, 570]
        """
        from astropy_healpix import xyz_to_healpix  # half a second, for those who need it

        directions = np.asarray(rotations[:, 2], np.float64)
        x, y, z = directions.T
        pixels = np.asarray(xyz_to_healpix(x, y, z, 2**self.order, order="nested"), np.int64)
        bases, turned = self._towards_base(directions, pixels)
        starts = _middles(np.zeros(len(pixels)), turned, bases)
        turns = np.einsum("nij,nkj->nik", rotations, starts)
        angles = np.rad2deg(np.arctan2(turns[:, 1, 0], turns[:, 0, 0])) % 360
        return pixels * self.turns + np.floor(angles / (360 / self.turns)).astype(np.int64) % self.turns

    def children(self, cells: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n 8"]:
        """The cells of the next finer grid, `RotationGrid(order + 1)`, into which cells divide.

        Arguments:
            cells: Their numbers.

        Returns:
            Eight numbers for each, in the finer grid.

        Raises:
            InputError: A number is not of this grid.
        """
        pixels, turns = np.divmod(self._checked(cells), self.turns)
        pixels, turns = 4 * pixels[:, None] + np.arange(4), 2 * turns[:, None] + np.arange(2)
        return (pixels[:, :, None] * (2 * self.turns) + turns[:, None, :]).reshape(-1, 8)

    def asymmetric_unit(self, group: PointGroup, *, overlapping: bool = False) -> Int[np.ndarray, "n"]:
        """The cells in the asymmetric unit of a symmetric particle (see `reduce_to_asymmetric_unit`).

        Arguments:
            group: The symmetry.
            overlapping: Take every cell that reaches into the unit, so that each orientation has an equivalent in one
                of them: for a search. Otherwise those whose middle is in it, about `size / group.order`: for an
                average, in which each orientation shall count once.

        Returns:
            Their numbers, rising.

        Raises:
            InputError: None has its middle in the unit, or they would not fit in memory.

        Examples:
            >>> from vitreous.poses import point_group
            >>> len(RotationGrid(1).asymmetric_unit(point_group("C4"))), 576 // 4
            (144, 144)
        """
        needed = 16 * group.order * self.directions + 400 * self.size / group.order
        require_memory(
            needed, what=f"{self} in {group.name}", hint="Take a coarser grid and the children of its cells."
        )
        distance = border_distance(_pixel_directions(np.arange(self.directions), self.order), group)
        pixels = np.flatnonzero(distance >= -(_pixel_radius(self.order) if overlapping else 1e-6))
        cells = (pixels[:, None] * self.turns + np.arange(self.turns)).reshape(-1)
        if overlapping:
            return cells
        # On the border itself one of several equivalent cells stays.
        rotations = self.rotations(cells)
        moved = jnp.abs(reduce_to_asymmetric_unit(rotations, group) - rotations).max(axis=(1, 2), initial=0.0)
        cells = cells[np.asarray(moved) < 1e-3]
        if not len(cells):
            raise InputError(
                f"{self} is too coarse for {group.name}: no cell has its middle in the asymmetric unit.",
                hint=f"Use RotationGrid({self.order + 1}) or finer, or overlapping=True.",
            )
        return cells

    def _checked(self, cells: np.ndarray) -> np.ndarray:
        if len(cells) and (cells.min() < 0 or cells.max() >= self.size):
            raise InputError(
                f"a cell has the number {cells.min()} or {cells.max()}, but {self} has 0 to {self.size - 1}.",
                hint="The children of a cell are numbered in RotationGrid(order + 1).",
            )
        return cells.astype(np.int64)

    def _towards_base(self, directions: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The turn of each base pixel's middle to the beam, and the directions after it."""
        bases = _base_rotations()[pixels // 4**self.order]
        return bases, np.einsum("nij,nj->ni", bases, directions)


@jax.jit
def _middles(angles: Array, directions: Array, bases: Array) -> Array:
    towards = jax.vmap(turn_in_plane)(angles, jax.vmap(rotation_to_beam)(directions))
    return jnp.matmul(towards, bases, precision=lax.Precision.HIGHEST)


def _pixel_directions(pixels: np.ndarray, order: int) -> np.ndarray:
    from astropy_healpix import healpix_to_xyz  # half a second, for those who need it

    return np.stack(healpix_to_xyz(pixels, 2**order, order="nested"), axis=-1)


@lru_cache
def _base_rotations() -> np.ndarray:
    return np.asarray(jax.vmap(rotation_to_beam)(jnp.asarray(_pixel_directions(np.arange(12), 0))), np.float64)


def _pixel_radius(order: int) -> float:
    """The farthest that a corner lies from the middle of its pixel, in radians.

    Of all pixels the one between the belt and a cap has it: from (z, φ) = (2/3, π/4n) to (1 − (1 − 1/n)²/3, 0), as in
    the `max_pixrad` of the HEALPix library.
    """
    side = 2**order
    middle, corner = 2 / 3, 1 - (1 - 1 / side) ** 2 / 3
    across = math.sqrt((1 - middle**2) * (1 - corner**2)) * math.cos(math.pi / (4 * side))
    return math.acos(min(1.0, middle * corner + across))
