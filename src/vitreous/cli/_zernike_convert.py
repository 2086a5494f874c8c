"""`vitreous zernike convert`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import Convention, convert_moments

from ._zernike_options import MomentFile


def convert(
    source: MomentFile,
    output: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help=".npz for the first two; .csv, or .inv for a 3DZD descriptor.")
    ],
    to: Annotated[Convention, typer.Option("--to", help="Whose convention to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """A file of moments in the convention of another program, or one of zernike3d in ours.

    Example:
    $ vitreous zernike convert moments.npz descriptor.inv --to novotni-klein
    """
    path = convert_moments(source, output, to, overwrite=overwrite)
    print(f"{path}: {to.value}, from {source}")
