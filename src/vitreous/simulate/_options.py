"""What a simulated particle stack is asked to be."""

from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError, check_seed

DEFAULT_SNR = 0.1


@dataclass(frozen=True)
class SimulationOptions:
    """Options of `simulate_particles`, the same as those of `vitreous simulate particles`.

    Arguments:
        n: Number of particles.
        box: Edge of the images in pixels; for a map, its own unless given, else 128.
        pixel_size: Of the images in Å; for a map, its own unless given, else 1.5.
        voltage_kv: Acceleration voltage.
        cs_mm: Spherical aberration.
        amplitude_contrast: Fraction of amplitude contrast.
        defocus: Smallest and largest mean defocus, Å, underfocus positive; drawn uniformly.
        astigmatism: Smallest and largest difference of the two defoci, Å; drawn uniformly, at any angle.
        shift: Largest offset of a particle along x and y, Å; drawn uniformly.
        snr: Signal-to-noise ratio: mean variance of the noise-free images over the noise variance. 0.1 where
            neither this nor `dose_per_a2` is given.
        dose_per_a2: Electrons per Å², in place of a signal-to-noise ratio; the noise is then that of Poisson counts.
        seed: Of all that is drawn.
        poses: A STAR file whose orientations and origins are used instead of drawn ones.
        symmetry: Point group; orientations are drawn in its asymmetric unit.
        apix: Voxel size in Å of an input map whose header has none.
        center: Move the mean of the atoms to the box centre.
        assembly: Biological assembly to build, such as `"1"`; as deposited unless given.
        solvent: Subtract the solvent that a structure displaces.

    Raises:
        InputError: A value outside its range, or both `snr` and `dose_per_a2`.

    Examples:
        >>> SimulationOptions(n=10).defocus
        (8000.0, 20000.0)
    """

    n: int = 1000
    box: int | None = None
    pixel_size: float | None = None
    voltage_kv: float = 300.0
    cs_mm: float = 2.7
    amplitude_contrast: float = 0.1
    defocus: tuple[float, float] = (8000.0, 20000.0)
    astigmatism: tuple[float, float] = (0.0, 500.0)
    shift: float = 3.0
    snr: float | None = None
    dose_per_a2: float | None = None
    seed: int = 0
    poses: Path | None = None
    symmetry: str = "C1"
    apix: float | None = None
    center: bool = True
    assembly: str | None = None
    solvent: bool = True

    def __post_init__(self):
        _positive("--n", self.n, "Use at least 1.")
        for name, value, hint in (
            ("--box", self.box, "Use 128, for instance."),
            ("--pixel-size", self.pixel_size, "Give it in Å, such as 1.5."),
            ("--apix", self.apix, "Give the voxel size of the input map in Å, such as 1.5."),
            ("--snr", self.snr, "Use 0.1, for instance."),
            ("--dose", self.dose_per_a2, "Give electrons per Å², such as 40."),
        ):
            if value is not None:
                _positive(name, value, hint)
        if self.box is not None and self.box < 8:
            raise InputError(f"--box {self.box} is too small to hold a particle.", hint="Use at least 8 pixels.")
        if not 0 < self.voltage_kv < 10_000:
            raise InputError(
                f"--voltage {self.voltage_kv:g} is no microscope's voltage in kV.", hint="Give it in kV, such as 300."
            )
        if self.snr is not None and self.dose_per_a2 is not None:
            raise InputError(
                f"--snr {self.snr:g} and --dose {self.dose_per_a2:g} both say how strong the noise is.",
                hint="Leave out --snr for counting noise, or --dose for white noise.",
            )
        if not 0 <= self.amplitude_contrast < 1:
            raise InputError(
                f"--amplitude-contrast {self.amplitude_contrast} is no fraction.", hint="Use 0.1, or 0.07 as cryoSPARC."
            )
        check_seed(self.seed)
        if not 0 <= self.shift < float("inf"):
            raise InputError(f"--shift {self.shift:g} must be a finite length, not negative.", hint="Use 0.")
        if not abs(self.cs_mm) < float("inf"):
            raise InputError(f"--cs {self.cs_mm} is no length.", hint="Give it in mm, such as 2.7.")
        for name, (low, high) in (("--defocus", self.defocus), ("--astigmatism", self.astigmatism)):
            if not -float("inf") < low <= high < float("inf"):
                raise InputError(f"{name} {low:g} {high:g} is no range.", hint="Give the smaller value first.")


def _positive(name: str, value: float | int, hint: str) -> None:
    if not 0 < value < float("inf"):
        raise InputError(f"{name} {value:g} must be a positive number.", hint=hint)
