"""`vitreous render`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vitreous.grids import Sampling
from vitreous.simulate import RenderOptions, render_structure

from ._help import argument_help

_HELP = argument_help(RenderOptions)
_DEFAULT = RenderOptions()


class Solvent(StrEnum):
    """What fills the space around the atoms."""

    DISPLACED = "displaced"
    NONE = "none"


def render(
    structure: Annotated[Path, typer.Argument(metavar="STRUCTURE", help="A structure (PDB or mmCIF).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The map to write (MRC).")],
    box: Annotated[int | None, typer.Option(help=_HELP["box"])] = _DEFAULT.box,
    pixel_size: Annotated[float, typer.Option(help=_HELP["pixel_size"])] = _DEFAULT.pixel_size,
    sampling: Annotated[Sampling, typer.Option(help=_HELP["sampling"])] = _DEFAULT.sampling,
    assembly: Annotated[str | None, typer.Option(help=_HELP["assembly"])] = _DEFAULT.assembly,
    no_center: Annotated[
        bool, typer.Option("--no-center", help="Keep the file's frame; else the mean of the atoms is the box centre.")
    ] = not _DEFAULT.center,
    solvent: Annotated[
        Solvent, typer.Option(help="What surrounds the atoms: nothing, or the ice that they displace.")
    ] = Solvent.NONE,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing map.")] = False,
) -> None:
    """A structure as a map of its electrostatic potential, in Å⁻².

    Example:
    $ vitreous render 6z6u.pdb -o apoferritin.mrc --pixel-size 1.2
    """
    rendered = render_structure(
        structure,
        output,
        RenderOptions(
            box=box,
            pixel_size=pixel_size,
            sampling=sampling,
            assembly=assembly,
            center=not no_center,
            solvent=solvent is Solvent.DISPLACED,
        ),
        overwrite=overwrite,
    )
    print("\n".join(rendered.summary))
