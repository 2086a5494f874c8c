"""Names in RELION's tables as numbers: which image of which stack, which micrograph."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from vitreous._core import InputError
from vitreous.io import Table, split_image_name


def image_names(particles: Table) -> tuple[tuple[str, ...], Int[np.ndarray, " n"] | None, Int[np.ndarray, " n"] | None]:
    """The stacks that `rlnImageName` names, and for each particle which of them and which image (−1: without number).

    Raises:
        InputError: A name that is none; its row is named.
    """
    if "rlnImageName" not in particles:
        return (), None, None
    numbers: dict[str, int] = {}
    stack_of = np.empty(len(particles), np.int64)
    index = np.empty(len(particles), np.int64)
    for row, name in enumerate(particles["rlnImageName"].tolist()):
        number, at, path = name.partition("@")
        # What `split_image_name` does, inlined for the good names: a million rows take a third of the time.
        if at and path and len(number) <= 12 and number.isascii() and number.isdigit() and int(number) > 0:
            index[row] = int(number) - 1
        else:
            index[row], path = _checked(name, particles.source, row)
        stack_of[row] = numbers.setdefault(path, len(numbers))
    return tuple(numbers), stack_of, index


def join_image_names(paths: Sequence[str], indices: Int[np.ndarray, " n"]) -> list[str]:
    """RELION's names of images: `number@path`, counted from 1, or the path alone where the index is −1.

    Examples:
        >>> join_image_names(["a.mrcs", "b.mrc"], np.array([11, -1]))
        ['000012@a.mrcs', 'b.mrc']
    """
    pairs = zip(paths, indices.tolist(), strict=True)
    return [path if index < 0 else f"{index + 1:06d}@{path}" for path, index in pairs]


def micrograph_names(particles: Table) -> tuple[tuple[str, ...], Int[np.ndarray, " n"] | None]:
    """The micrographs that `rlnMicrographName` names, and for each particle which of them."""
    if "rlnMicrographName" not in particles:
        return (), None
    numbers: dict[str, int] = {}
    names = particles["rlnMicrographName"].tolist()
    return tuple(dict.fromkeys(names)), np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def _checked(name: str, source: str, row: int) -> tuple[int, str]:
    try:
        image, path = split_image_name(name)
    except InputError as error:
        raise InputError(f"{source}: row {row + 1}: {error.message}", hint=error.hint) from error
    return -1 if image is None else image, path
