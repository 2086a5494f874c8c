"""`vitreous reconstruct`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.optics import Contrast
from vitreous.reconstruct import ReconstructionOptions, reconstruct_particles

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress

_HELP = argument_help(ReconstructionOptions)
_DEFAULT = ReconstructionOptions()


def reconstruct(
    particles: Annotated[Path, typer.Argument(metavar="PARTICLES.star", help="Particles with poses and CTF (STAR).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run folder to make.")],
    symmetry: Annotated[str, typer.Option(help=_HELP["symmetry"])] = _DEFAULT.symmetry,
    truth: Annotated[Path | None, typer.Option(help=_HELP["truth"])] = _DEFAULT.truth,
    mask: Annotated[Path | None, typer.Option(help=_HELP["mask"])] = _DEFAULT.mask,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    contrast: Annotated[Contrast, typer.Option(help=_HELP["contrast"])] = _DEFAULT.contrast,
    project: Annotated[Path | None, typer.Option(metavar="FOLDER", help=_HELP["project"])] = _DEFAULT.project,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULT.seed,
    memory: Memory = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a complete run in the folder.")] = False,
) -> None:
    """Two half-maps and a map from particles whose poses and CTFs are known.

    Writes half1.mrc, half2.mrc, map.mrc, fsc.csv, run.json and report.html. The same command resumes a run that was
    interrupted.

    Example:
    $ vitreous reconstruct particles/particles.star -o map --symmetry O --truth particles/volume.mrc
    """
    options = ReconstructionOptions(
        symmetry=symmetry, truth=truth, mask=mask, apix=apix, contrast=contrast, project=project, seed=seed
    )
    allowed = in_bytes(memory)
    with console_progress() as progress:
        result = reconstruct_particles(
            particles, output, options, memory=allowed, overwrite=overwrite, progress=progress
        )
    print("\n".join(result.summary))
