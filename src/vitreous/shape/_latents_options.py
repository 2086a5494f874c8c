"""What `analyse_latents` may be asked for."""

from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError

State = int | tuple[float, ...]
"""A particle, counted from 0, or latent coordinates, for which the nearest particle is taken."""


@dataclass(frozen=True)
class LatentsOptions:
    """Options of `analyse_latents`, the same as those of `vitreous zernike latents`.

    Arguments:
        components: How many principal components of the invariants to find.
        normalised: Divide the invariants of each particle by their norm, so that the scale of its density drops out.
        maps: Along how many of the components to write maps.
        steps: How many maps along each: of the mean latents of equally large groups of particles, by their scores.
        dimensions: Edge of the maps in voxels. Where it alone is given, voxels are as large as lets the box show what
            the map showed that was decomposed.
        apix: Voxel size of the maps in Å. Where it alone is given, the box is as large as that of the map that was
            decomposed.
        path: Two states, to write the maps on the shortest way from one to the other over particles between them.
        neighbours: To how many nearest particles each is joined for that.
        compare: Moments of another latent space, to list for each particle the nearest there.
        nearest: How many nearest particles to list.

    Raises:
        InputError: A number is out of range.

    Examples:
        >>> LatentsOptions(path=(0, (1.5, -0.2))).steps
        5
    """

    components: int = 5
    normalised: bool = False
    maps: int = 2
    steps: int = 5
    dimensions: int | None = None
    apix: float | None = None
    path: tuple[State, State] | None = None
    neighbours: int = 10
    compare: Path | None = None
    nearest: int = 1

    def __post_init__(self):
        for name, least in (("components", 1), ("maps", 0), ("steps", 1), ("neighbours", 1), ("nearest", 1)):
            if getattr(self, name) < least:
                raise InputError(f"--{name} {getattr(self, name)} is too few.", hint=f"Use {least} or more.")
        if self.dimensions is not None and self.dimensions < 3:
            raise InputError(f"--dimensions {self.dimensions} holds no map.", hint="Leave it out, or use 64.")
        if self.apix is not None and not 0 < self.apix < float("inf"):
            raise InputError(f"--apix {self.apix:g} must be a positive number.", hint="Give it in Å, such as 1.5.")
