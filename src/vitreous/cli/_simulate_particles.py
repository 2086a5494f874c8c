"""`vitreous simulate particles`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.simulate import SimulationOptions, simulate_particles

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress
from ._render import Solvent

_HELP = argument_help(
    SimulationOptions, voltage_kv="--voltage", cs_mm="--cs", dose_per_a2="--dose", solvent="--solvent"
)
_DEFAULT = SimulationOptions()


def particles(
    source: Annotated[
        Path, typer.Argument(metavar="STRUCTURE_OR_MAP", help="A structure (PDB or mmCIF) or a map (MRC).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run folder to make.")],
    n: Annotated[int, typer.Option("--n", help=_HELP["n"])] = _DEFAULT.n,
    box: Annotated[int | None, typer.Option(help=_HELP["box"])] = _DEFAULT.box,
    pixel_size: Annotated[float | None, typer.Option(help=_HELP["pixel_size"])] = _DEFAULT.pixel_size,
    voltage: Annotated[float, typer.Option(help=_HELP["voltage_kv"] + " In kV.")] = _DEFAULT.voltage_kv,
    cs: Annotated[float, typer.Option(help=_HELP["cs_mm"] + " In mm.")] = _DEFAULT.cs_mm,
    amplitude_contrast: Annotated[float, typer.Option(help=_HELP["amplitude_contrast"])] = _DEFAULT.amplitude_contrast,
    defocus: Annotated[tuple[float, float], typer.Option(help=_HELP["defocus"])] = _DEFAULT.defocus,
    astigmatism: Annotated[tuple[float, float], typer.Option(help=_HELP["astigmatism"])] = _DEFAULT.astigmatism,
    shift: Annotated[float, typer.Option(help=_HELP["shift"])] = _DEFAULT.shift,
    snr: Annotated[float | None, typer.Option(help=_HELP["snr"])] = _DEFAULT.snr,
    dose: Annotated[float | None, typer.Option(help=_HELP["dose_per_a2"])] = _DEFAULT.dose_per_a2,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULT.seed,
    poses: Annotated[Path | None, typer.Option(help=_HELP["poses"])] = _DEFAULT.poses,
    symmetry: Annotated[str, typer.Option(help=_HELP["symmetry"])] = _DEFAULT.symmetry,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    no_center: Annotated[
        bool, typer.Option("--no-center", help="Keep the file's frame; else the mean of the atoms is the box centre.")
    ] = not _DEFAULT.center,
    assembly: Annotated[str | None, typer.Option(help=_HELP["assembly"])] = _DEFAULT.assembly,
    solvent: Annotated[
        Solvent, typer.Option(help="Subtract the solvent that a structure displaces, or not.")
    ] = Solvent.DISPLACED,
    memory: Memory = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a complete run in the folder.")] = False,
) -> None:
    """Particle images of a structure or map, with poses, CTF and noise, as RELION reads them.

    Writes particles.star, particles.mrcs, truth.star, volume.mrc, run.json and report.html. The same command resumes
    a run that was interrupted.

    Example:
    $ vitreous simulate particles 6z6u.pdb -o particles --n 1000 --box 128 --pixel-size 1.5
    """
    options = SimulationOptions(
        n=n,
        box=box,
        pixel_size=pixel_size,
        voltage_kv=voltage,
        cs_mm=cs,
        amplitude_contrast=amplitude_contrast,
        defocus=defocus,
        astigmatism=astigmatism,
        shift=shift,
        snr=snr,
        dose_per_a2=dose,
        seed=seed,
        poses=poses,
        symmetry=symmetry,
        apix=apix,
        center=not no_center,
        assembly=assembly,
        solvent=solvent is Solvent.DISPLACED,
    )
    allowed = in_bytes(memory)
    with console_progress() as progress:
        result = simulate_particles(source, output, options, memory=allowed, overwrite=overwrite, progress=progress)
    print("\n".join(result.summary))
