"""What `decompose_map` may be asked for."""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vitreous._core import InputError


class MomentAlgorithm(StrEnum):
    """How moments are computed, and maps from them."""

    SPHARM = "spharm"
    MONOMIAL = "monomial"


class BallExtent(StrEnum):
    """Which ball moments belong to, where no radius is given."""

    INSCRIBED = "inscribed"
    CIRCUMSCRIBED = "circumscribed"
    ZERNIKE3D = "zernike3d"


class StoredPrecision(StrEnum):
    """How files store moments."""

    FULL = "full"
    EIGHT_BIT = "eight bits"
    BOTH = "both"


@dataclass(frozen=True)
class DecomposeOptions:
    """Options of `decompose_map`, the same as those of `vitreous zernike decompose`.

    Arguments:
        order: The largest n; 20 unless this or `resolution` is given.
        resolution: Å to which the moments shall hold the map, in place of `order`.
        algorithm: By spherical harmonics, or by monomials as earlier programs do, for comparison: these lose their
            digits beyond n = 30.
        apix: Voxel size in Å, in place of what the file says.
        com: Centre of the ball, (x, y, z) in Å as ChimeraX shows them, or the path of a marker file (.cmm).
        crop_to: Cut or fill up the map to a cube of so many voxels, about `com` where it is given.
        bin: Make voxels larger by this factor, by Fourier cropping, after `crop_to`. It need not be whole.
        radius: Of the ball, Å.
        ball: The ball where no `radius` is given: inscribed in the box, or about it with all its corners, or as in
            zernike3d about the centres of its outermost voxels.
        mask: A map of the same box that multiplies every volume first.
        precision: Store full precision, eight bits, or a file of each.
        refine: Fit the moments to the voxels inside the ball by least squares, from the integrals on.

    Raises:
        InputError: A value outside its range, or two that exclude each other.

    Examples:
        >>> DecomposeOptions(order=30).ball.value
        'inscribed'
    """

    order: int | None = None
    resolution: float | None = None
    algorithm: MomentAlgorithm = MomentAlgorithm.SPHARM
    apix: float | None = None
    com: tuple[float, float, float] | Path | None = None
    crop_to: int | None = None
    bin: float = 1.0
    radius: float | None = None
    ball: BallExtent = BallExtent.INSCRIBED
    mask: Path | None = None
    precision: StoredPrecision = StoredPrecision.FULL
    refine: bool = False

    def __post_init__(self):
        if self.order is not None and self.resolution is not None:
            raise InputError("--order and --resolution say the same thing twice.", hint="Give one of them.")
        if self.order is not None and self.order < 0:
            raise InputError(f"--order {self.order} must not be negative.", hint="Use 20, or 50 for finer detail.")
        for name in ("resolution", "apix", "radius"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise InputError(f"--{name} {value:g} must be a positive number.", hint="Give it in Å.")
        if self.crop_to is not None and self.crop_to < 3:
            raise InputError(f"--crop-to {self.crop_to} leaves no map.", hint="Give a number of voxels, such as 64.")
        if not 1 <= self.bin < math.inf:
            raise InputError(f"--bin {self.bin:g} must be 1 or more.", hint="Use 2 for voxels of twice the size.")
        if isinstance(self.com, tuple) and not all(map(math.isfinite, self.com)):
            raise InputError(f"--com {self.com} is no point.", hint="Give x,y,z in Å.")
        if self.ball is BallExtent.ZERNIKE3D and (self.radius is not None or (self.com and self.crop_to is None)):
            raise InputError(
                "--ball zernike3d is about the whole box, so it has a radius and a centre of its own.",
                hint="Leave --radius out, and give --com with --crop-to, which cuts out a box.",
            )
        if self.refine and self.algorithm is MomentAlgorithm.MONOMIAL:
            raise InputError(
                "--refine starts from exact moments, which --mode monomial does not give.",
                hint="Leave one of them out.",
            )
