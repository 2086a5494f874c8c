"""Options that several verbs of `vitreous zernike` share, and how they are read."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous._core import InputError

MomentFile = Annotated[
    Path, typer.Argument(metavar="MOMENTS.npz", help="A file of moments, of vitreous or of zernike3d.")
]
Device = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Where to compute, such as cpu or gpu:0. The first device of JAX unless given."),
]
Parity = Annotated[
    bool,
    typer.Option(
        "--parity", help="Accepted for commands written for zernike3d: the symmetry of moments is always used."
    ),
]
Save = Annotated[
    bool,
    typer.Option(
        "--save",
        help="Accepted for commands written for zernike3d: making the tables takes less time than reading a file of "
        "them, and compiled programs are always kept.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Say on stderr how it is computed: device, plan, batches, memory.")
]
LatentDim = Annotated[
    int, typer.Option(help="Which volume: 0 is the map itself or the consensus, 1 the first component, …")
]


def whole_numbers(text: str | None, count: int, *, option: str) -> tuple[int, ...] | None:
    """Numbers of an option such as `--nlm 3,3,2`, `None` where it is not given.

    Raises:
        InputError: They are not whole, or not as many.

    Examples:
        >>> whole_numbers("3,3,-2", 3, option="--nlm")
        (3, 3, -2)
    """
    if text is None:
        return None
    try:
        found = tuple(int(word) for word in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count:
        raise InputError(
            f"{option} {text!r} is not {count} whole numbers.", hint=f"{option} {','.join('321'[-count:])}"
        )
    return found


def numbers(text: str | None, *, option: str, example: str) -> tuple[float, ...] | None:
    """Numbers of an option such as `--scales 3.2,4.5,-0.9`, `None` where it is not given.

    Raises:
        InputError: They are no numbers.

    Examples:
        >>> numbers("3.2,-0.9", option="--scales", example="1,2")
        (3.2, -0.9)
    """
    if text is None:
        return None
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError as error:
        raise InputError(f"{option} {text!r} is no list of numbers.", hint=f"{option} {example}") from error


def point(text: str | None, *, option: str) -> tuple[float, float, float] | Path | None:
    """A point, or the marker file that holds one.

    Raises:
        InputError: It is neither.

    Examples:
        >>> point("1,2,3.5", option="--com"), point("centre.cmm", option="--com").name
        ((1.0, 2.0, 3.5), 'centre.cmm')
    """
    if text is None:
        return None
    if text.lower().endswith(".cmm"):
        return Path(text)
    found = numbers(text, option=option, example="81.5,80,79.2, or a marker file: centre.cmm") or ()
    if len(found) != 3:
        raise InputError(f"{option} {text!r} is not three numbers.", hint=f"{option} 81.5,80,79.2 (x,y,z in Å)")
    return found[0], found[1], found[2]


def show_strategy(lines: tuple[str, ...], *, verbose: bool) -> None:
    """Say on stderr how something was computed, where it was asked for."""
    for line in lines if verbose else ():
        typer.echo(line, err=True)
