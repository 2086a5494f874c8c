"""What `reconstruct_map` may be asked for."""

import math
from dataclasses import dataclass

from vitreous._core import InputError

from ._decompose_options import MomentAlgorithm


@dataclass(frozen=True)
class ReconstructOptions:
    """Options of `reconstruct_map`, the same as those of `vitreous zernike reconstruct`.

    Arguments:
        order: The largest n of the series; that of the file unless given.
        dimensions: Edge of the map in voxels. Where it alone is given, voxels are as large as lets the box show what
            the map showed that was decomposed.
        apix: Voxel size in Å. Where it alone is given, the box is as large as that of the map that was decomposed.
        algorithm: By spherical harmonics, or by monomials as earlier programs do, for comparison.
        eight_bit: Store the moments in eight bits and read them back first, to see what that costs.
        z_ind: The map at the latent coordinates of this particle, counted from 0.
        scales: The map at these latent coordinates.
        series: Write the map as it grows, order by order, in steps of so many orders.

    Raises:
        InputError: A value outside its range, or two that exclude each other.

    Examples:
        >>> ReconstructOptions(dimensions=64).order is None
        True
    """

    order: int | None = None
    dimensions: int | None = None
    apix: float | None = None
    algorithm: MomentAlgorithm = MomentAlgorithm.SPHARM
    eight_bit: bool = False
    z_ind: int | None = None
    scales: tuple[float, ...] | None = None
    series: int | None = None

    def __post_init__(self):
        if self.order is not None and self.order < 0:
            raise InputError(f"--order {self.order} must not be negative.", hint="Leave it out, or use 20.")
        if self.dimensions is not None and self.dimensions < 3:
            raise InputError(f"--dimensions {self.dimensions} holds no map.", hint="Leave it out, or use 64.")
        if self.apix is not None and not 0 < self.apix < math.inf:
            raise InputError(f"--apix {self.apix:g} must be a positive number.", hint="Give it in Å, such as 1.5.")
        if self.z_ind is not None and self.scales is not None:
            raise InputError("--z-ind and --scales each name a map of the latent space.", hint="Give one of them.")
        if self.series is not None and self.series < 1:
            raise InputError(f"--series {self.series} goes nowhere.", hint="Use 1 for a map of every order.")
