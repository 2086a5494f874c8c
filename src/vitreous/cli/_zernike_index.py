"""`vitreous zernike index`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import DescriptorOptions, index_folder

from ._help import argument_help
from ._progress import console_progress

_HELP = argument_help(DescriptorOptions)
_DEFAULT = DescriptorOptions()


def index(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Maps and structures, also in folders within.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The index to write, such as shapes.index.")],
    order: Annotated[int, typer.Option(help=_HELP["order"])] = _DEFAULT.order,
    radius: Annotated[float | None, typer.Option(help=_HELP["radius"])] = _DEFAULT.radius,
    gyrations: Annotated[float, typer.Option(help=_HELP["gyrations"])] = _DEFAULT.gyrations,
    by_order: Annotated[bool, typer.Option("--by-order", help=_HELP["by_order"])] = _DEFAULT.by_order,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing index.")] = False,
) -> None:
    """Describe the shapes of all maps and structures in a folder, for `vitreous zernike search`.

    No contour level is needed. A file that cannot be described is left out, with a warning.

    Example:
    $ vitreous zernike index maps -o shapes.index
    """
    options = DescriptorOptions(order=order, radius=radius, gyrations=gyrations, by_order=by_order)
    with console_progress() as progress:
        made = index_folder(folder, output, options, overwrite=overwrite, progress=progress)
    ball = f"balls of {made.options.gyrations:g} radii of gyration" if radius is None else f"a ball of {radius:g} Å"
    print(f"{output}: {len(made.names)} shapes in {made.descriptors.shape[1]} numbers, to order {order} in {ball}")
