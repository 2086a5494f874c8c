"""`vitreous demo`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.workflow import DemoOptions, run_demo

from ._help import argument_help
from ._memory import Memory, in_bytes
from ._progress import console_progress

_HELP = argument_help(DemoOptions)
_DEFAULT = DemoOptions()


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="The run folder to make.")],
    n: Annotated[int, typer.Option("--n", help=_HELP["n"])] = _DEFAULT.n,
    box: Annotated[int, typer.Option(help=_HELP["box"])] = _DEFAULT.box,
    pixel_size: Annotated[float, typer.Option(help=_HELP["pixel_size"])] = _DEFAULT.pixel_size,
    snr: Annotated[float, typer.Option(help=_HELP["snr"])] = _DEFAULT.snr,
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULT.seed,
    memory: Memory = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a complete run in the folder.")] = False,
) -> None:
    """See it all work: a structure becomes particles becomes a map.

    Builds the embedded specimen, simulates particle images with poses, CTF and noise, reconstructs two half-maps, and
    compares them with each other and with the truth.

    Example:
    $ vitreous demo -o demo-run
    """
    options = DemoOptions(n=n, box=box, pixel_size=pixel_size, snr=snr, seed=seed)
    allowed = in_bytes(memory)
    with console_progress() as progress:
        result = run_demo(output, options, memory=allowed, overwrite=overwrite, progress=progress)
    print("\n".join(result.summary))
