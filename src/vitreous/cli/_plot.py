"""`vitreous plot`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.plots import PlotKind, PlotOptions, plot_file

from ._help import argument_help

_HELP = argument_help(PlotOptions)
_DEFAULT = PlotOptions()


def plot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Particles, a map, images, curves or another table.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The picture (.png, .svg, .pdf) or interactive page (.html) to make.")
    ],
    kind: Annotated[
        list[PlotKind] | None,
        typer.Option(metavar="KIND", help=f"{_HELP['kinds']} One of {', '.join(PlotKind)}; may be given again."),
    ] = None,
    x: Annotated[str | None, typer.Option("--x", metavar="COLUMN", help=_HELP["x"])] = _DEFAULT.x,
    y: Annotated[str | None, typer.Option("--y", metavar="COLUMN", help=_HELP["y"])] = _DEFAULT.y,
    colour: Annotated[
        str | None, typer.Option("--colour", "--color", metavar="COLUMN", help=_HELP["colour"])
    ] = _DEFAULT.colour,
    where: Annotated[str | None, typer.Option(metavar="EXPRESSION", help=_HELP["where"])] = _DEFAULT.where,
    apix: Annotated[float | None, typer.Option(help=_HELP["apix"])] = _DEFAULT.apix,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """What a person wants to see of a file, as a picture or as an interactive page that needs no network.

    Of particles (STAR, CS, HDF5): defocus, also of each micrograph, astigmatism, directions of view, shifts, figures of
    merit, latent coordinates, classes, half-sets, optics groups, images, and any two columns. Of a map: slices,
    projections, power spectrum, densities. Of images: some of them, power spectrum, values. Of a STAR file of curves:
    Fourier shell correlations, Guinier plot, detector MTF. What a file does not hold is left out of the sheet, and why
    is said.

    Example:
    $ vitreous plot run_data.star -o fit.png --x rlnDefocusU --y rlnCtfMaxResolution
    """
    options = PlotOptions(kinds=tuple(kind or ()), x=x, y=y, colour=colour, where=where, apix=apix)
    report = plot_file(file, output, options, overwrite=overwrite)
    print("\n".join(report.summary))
