"""What a reconstruction is asked to be."""

from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError, check_seed
from vitreous.optics import Contrast


@dataclass(frozen=True)
class ReconstructionOptions:
    """Options of `reconstruct_particles`, the same as those of `vitreous reconstruct`.

    Arguments:
        symmetry: Point group, with RELION's axes.
        truth: A map to compare with, such as the `volume.mrc` of a simulation.
        mask: A map that multiplies both maps before each Fourier shell correlation.
        apix: Pixel size of the images in Å, where the STAR file has none.
        contrast: Whether protein is dark or bright in the images; RELION's own extraction makes it bright.
        project: The folder to which the STAR file's image paths are relative, instead of its own folder and those
            above.
        seed: Draws the half-sets where the STAR file has none.

    Raises:
        InputError: A value outside its range.

    Examples:
        >>> ReconstructionOptions().symmetry
        'C1'
    """

    symmetry: str = "C1"
    truth: Path | None = None
    mask: Path | None = None
    apix: float | None = None
    contrast: Contrast = Contrast.BRIGHT
    project: Path | None = None
    seed: int = 0

    def __post_init__(self):
        if self.apix is not None and not 0 < self.apix < float("inf"):
            raise InputError(f"--apix {self.apix:g} must be a positive number.", hint="Give it in Å, such as 1.2.")
        check_seed(self.seed)
