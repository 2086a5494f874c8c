"""`vitreous zernike reconstruct`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import MomentAlgorithm, ReconstructOptions, reconstruct_map

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress
from ._zernike_options import Device, MomentFile, Parity, Save, Verbose, numbers, show_strategy

_HELP = argument_help(ReconstructOptions)
_DEFAULT = ReconstructOptions()


def reconstruct(
    moments: MomentFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The map to write (MRC).")],
    dimensions: Annotated[int | None, typer.Option(metavar="VOXELS", help=_HELP["dimensions"])] = _DEFAULT.dimensions,
    order: Annotated[int | None, typer.Option(help=_HELP["order"])] = _DEFAULT.order,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    mode: Annotated[MomentAlgorithm, typer.Option(help=_HELP["algorithm"])] = _DEFAULT.algorithm,
    bit8: Annotated[bool, typer.Option("--bit8", help=_HELP["eight_bit"])] = _DEFAULT.eight_bit,
    z_ind: Annotated[int | None, typer.Option(metavar="PARTICLE", help=_HELP["z_ind"])] = _DEFAULT.z_ind,
    scales: Annotated[str | None, typer.Option(metavar="Z,Z,…", help=_HELP["scales"])] = None,
    series: Annotated[int | None, typer.Option(metavar="STEP", help=_HELP["series"])] = _DEFAULT.series,
    parity: Parity = False,
    save: Save = False,
    memory: Memory = None,
    device: Device = None,
    verbose: Verbose = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing maps.")] = False,
) -> None:
    """The map that moments describe, on any voxels; every map of a latent space, or the one at a place of it.

    Example:
    $ vitreous zernike reconstruct moments.npz -o map.mrc --dimensions 64 --order 40
    """
    options = ReconstructOptions(
        order=order,
        dimensions=dimensions,
        apix=apix,
        algorithm=mode,
        eight_bit=bit8,
        z_ind=z_ind,
        scales=numbers(scales, option="--scales", example="3.2,4.5,-0.9"),
        series=series,
    )
    allowed = in_bytes(memory)
    with console_progress() as progress:
        result = reconstruct_map(
            moments, output, options, memory=allowed, device=device, overwrite=overwrite, progress=progress
        )
    show_strategy(result.strategy, verbose=verbose)
    print("\n".join(result.summary))
