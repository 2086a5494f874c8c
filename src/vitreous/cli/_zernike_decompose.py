"""`vitreous zernike decompose`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous._core import InputError
from vitreous.shape import BallExtent, DecomposeOptions, MomentAlgorithm, StoredPrecision, decompose_map

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress
from ._zernike_options import Device, Parity, Save, Verbose, point, show_strategy

_HELP = argument_help(DecomposeOptions)
_DEFAULT = DecomposeOptions()


def decompose(
    source: Annotated[
        Path, typer.Argument(metavar="MAP", help="A map (MRC), or a bundle of a 3D variability job (.wgl, .npz).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of moments; .npz is added if missing.")],
    order: Annotated[int | None, typer.Option(help=_HELP["order"])] = _DEFAULT.order,
    resolution: Annotated[float | None, typer.Option(help=_HELP["resolution"])] = _DEFAULT.resolution,
    mode: Annotated[MomentAlgorithm, typer.Option(help=_HELP["algorithm"])] = _DEFAULT.algorithm,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    com: Annotated[str | None, typer.Option(metavar="X,Y,Z", help=_HELP["com"])] = None,
    crop_to: Annotated[int | None, typer.Option(metavar="VOXELS", help=_HELP["crop_to"])] = _DEFAULT.crop_to,
    factor: Annotated[float, typer.Option("--bin", metavar="FACTOR", help=_HELP["bin"])] = _DEFAULT.bin,
    radius: Annotated[float | None, typer.Option(help=_HELP["radius"])] = _DEFAULT.radius,
    ball: Annotated[BallExtent, typer.Option(help=_HELP["ball"])] = _DEFAULT.ball,
    mask: Annotated[Path | None, typer.Option(metavar="MASK.mrc", help=_HELP["mask"])] = _DEFAULT.mask,
    bit8: Annotated[bool, typer.Option("--bit8", help="Store eight bits: OUTPUT.8bit.npz.")] = False,
    save_bit8: Annotated[bool, typer.Option("--save-bit8", help="Store eight bits besides full precision.")] = False,
    refine: Annotated[bool, typer.Option("--refine", help=_HELP["refine"])] = _DEFAULT.refine,
    parity: Parity = False,
    save: Save = False,
    memory: Memory = None,
    device: Device = None,
    verbose: Verbose = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file of moments.")] = False,
) -> None:
    """The 3D Zernike moments of a map, or of all maps of a 3D variability job.

    Example:
    $ vitreous zernike decompose emd_1832.map -o moments.npz --order 50
    """
    if bit8 and save_bit8:
        raise InputError("--bit8 stores eight bits alone, and --save-bit8 both.", hint="Give one of them.")
    options = DecomposeOptions(
        order=order,
        resolution=resolution,
        algorithm=mode,
        apix=apix,
        com=point(com, option="--com"),
        crop_to=crop_to,
        bin=factor,
        radius=radius,
        ball=ball,
        mask=mask,
        precision=StoredPrecision.EIGHT_BIT if bit8 else StoredPrecision.BOTH if save_bit8 else StoredPrecision.FULL,
        refine=refine,
    )
    allowed = in_bytes(memory)
    with console_progress() as progress:
        result = decompose_map(
            source, output, options, memory=allowed, device=device, overwrite=overwrite, progress=progress
        )
    show_strategy(result.strategy, verbose=verbose)
    print("\n".join(result.summary))
