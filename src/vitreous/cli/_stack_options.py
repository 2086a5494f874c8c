"""Options that several verbs of `vitreous stack` share, and how they are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.stacks import StackReport

Particles = Annotated[
    Path, typer.Argument(metavar="PARTICLES", help="A list of particles: .star (RELION), .cs (cryoSPARC) or .h5.")
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", help="The list to write: .star or .cs with the images in a .mrcs beside it, or .h5 for both."
    ),
]
PixelSize = Annotated[
    float | None, typer.Option("--pixel-size", help="Å, where the list has no pixel size or a wrong one.")
]
Project = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="The folder to which image paths in the list are relative. Its own and those above unless given.",
    ),
]
CopyImages = Annotated[
    bool,
    typer.Option("--copy-images", help="Write the images too, to a new stack beside the list; else they stay."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")]
Seed = Annotated[int, typer.Option(help="For what is drawn at random.")]


def load_particles(path: Path, pixel_size: float | None, project: Path | None) -> ParticleDataset:
    """The particles that a verb works on."""
    return ParticleDataset.load(path, pixel_size=pixel_size, project=project)


def show_reports(*reports: StackReport) -> None:
    """Print what was made."""
    for report in reports:
        print("\n".join(report.summary))


def one_or_two(text: str, *, option: str) -> int | tuple[int, int]:
    """A side in pixels, or rows and columns.

    Raises:
        InputError: It is neither.

    Examples:
        >>> one_or_two("128", option="--box"), one_or_two("96,128", option="--box")
        (128, (96, 128))
    """
    found = whole_numbers(text, option=option, example="128, or --box 96,128 for rows and columns")
    if len(found) == 1:
        return found[0]
    if len(found) == 2:
        return found[0], found[1]
    raise InputError(f"{option} {text!r} is not one or two numbers.", hint=f"{option} 128")


def whole_numbers(text: str, *, option: str, example: str) -> tuple[int, ...]:
    """Whole numbers separated by commas; `3:7` are 3, 4, 5 and 6, as in Python.

    Raises:
        InputError: They are none.

    Examples:
        >>> whole_numbers("0,5:8", option="--indices", example="0,5:8")
        (0, 5, 6, 7)
    """
    found: list[int] = []
    for word in text.split(","):
        first, colon, last = word.partition(":")
        ends = (first, last) if colon else (first,)
        # 18 digits are more than any stack has, and a range of them would fill the memory.
        if not all(end.strip().isascii() and end.strip().isdigit() and len(end) < 12 for end in ends):
            raise InputError(f"{option} {text!r} is no list of whole numbers.", hint=f"{option} {example}")
        found.extend(_range(int(first), int(last), option) if colon else [int(first)])
    return tuple(found)


def _range(first: int, last: int, option: str) -> Sequence[int]:
    if not first < last <= first + 10**8:
        raise InputError(
            f"{option} {first}:{last} is no range of rows.", hint=f"{option} 0:1000 is the first thousand."
        )
    return range(first, last)
