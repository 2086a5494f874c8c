"""The particles of chosen classes, or of a list of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset
from vitreous.io import read_star

from ._outputs import StackReport, write_list
from ._subset import checked_rows

_SELECTED = "rlnSelected"


@dataclass(frozen=True)
class SelectOptions:
    """Which particles are chosen; one of the first three is given.

    Arguments:
        selection: RELION's `backup_selection.star`, which says which classes are selected.
        classes: The numbers of classes, from 1.
        rows: A text file of rows, counted from 0, in the order wanted.
        exclude: Choose all others, in the order of the list.

    Raises:
        InputError: None or several are given.
    """

    selection: str | Path | None = None
    classes: tuple[int, ...] | None = None
    rows: str | Path | None = None
    exclude: bool = False

    def __post_init__(self):
        if sum(choice is not None for choice in (self.selection, self.classes, self.rows)) != 1 or self.classes == ():
            raise InputError(
                "What to select is said by one of a selection, classes or rows.",
                hint="Give a backup_selection.star, or --classes 1,3, or --rows rows.txt.",
            )


def read_rows(path: str | Path) -> Int[np.ndarray, " m"]:
    """Rows from a text file: whole numbers counted from 0, separated by spaces, commas or line ends.

    Raises:
        InputError: The file cannot be read, or holds something else.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "rows.txt"
        >>> _ = path.write_text("3 1,2")
        >>> read_rows(path).tolist()
        [3, 1, 2]
    """
    path = Path(path)
    try:
        words = path.read_text(encoding="utf-8").replace(",", " ").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error}).", hint="Name a text file of rows.") from error
    wrong = next((word for word in words if not (word.isascii() and word.isdigit() and len(word) < 19)), None)
    if wrong is not None or not words:
        raise InputError(
            f"{path}: holds {wrong[:40]!r}, which is no row." if wrong else f"{path}: holds no rows.",
            hint="Write whole numbers, counted from 0.",
        )
    return np.array([int(word) for word in words], np.int64)


def read_selected_classes(path: str | Path) -> tuple[int, ...]:
    """The numbers, from 1, of the classes that RELION's `backup_selection.star` has selected (`rlnSelected` of 1).

    Raises:
        InputError: The file is no STAR file, has no such column, or selects none.
    """
    tables = [table for table in read_star(path).values() if _SELECTED in table]
    if len(tables) != 1:
        raise InputError(
            f"{path}: has {len(tables)} tables with {_SELECTED}, where a selection of classes has one.",
            hint="Name RELION's backup_selection.star, or give the numbers: --classes 1,3.",
        )
    classes = tuple((np.flatnonzero(tables[0].column(_SELECTED, int)) + 1).tolist())
    if not classes:
        raise InputError(f"{path}: selects no class.", hint="Select some, or give their numbers: --classes 1,3.")
    return classes


def in_classes(particles: ParticleDataset, classes: Sequence[int]) -> Bool[np.ndarray, " n"]:
    """Which particles are of one of these classes, numbered from 1.

    Raises:
        InputError: The particles have no classes, or none is of one of these.
    """
    numbers = particles.metadata.class_numbers
    if numbers is None:
        raise InputError(f"{particles.source}: has no classes.", hint="Select by rows: --rows rows.txt.")
    absent = sorted(set(classes) - set(numbers.tolist()))
    if absent:
        raise InputError(
            f"{particles.source}: no particle is of class {absent[0]}; they are of {np.unique(numbers).tolist()}.",
            hint="Name classes that there are.",
        )
    return np.isin(numbers, classes)


def select_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: SelectOptions,
    *,
    copy_images: bool = False,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """The particles of chosen classes or rows, or all others.

    Arguments:
        particles: What to choose from.
        output: `.star` or `.cs`, or `.h5`, which always holds the images.
        options: Which.
        copy_images: Write the images to a new stack beside the list.
        overwrite: Whether existing files may be replaced.
        progress: Follows the images.

    Raises:
        InputError: A file that is no selection, a row or class that there is not, no particle is left, or the output
            exists.
    """
    if options.rows is not None:
        rows = checked_rows(read_rows(options.rows), particles)
    else:
        classes = options.classes or read_selected_classes(options.selection or "")
        rows = np.flatnonzero(in_classes(particles, classes))
    if options.exclude:
        rows = np.setdiff1d(np.arange(len(particles)), rows)
    if len(rows) == 0:
        raise InputError(f"{particles.source}: none of its {len(particles)} particles is left.", hint="Select others.")
    return write_list(particles[rows], Path(output), copy_images=copy_images, overwrite=overwrite, progress=progress)
