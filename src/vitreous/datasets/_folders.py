"""Image names that lead to the same files from another folder."""

import os
import warnings
from pathlib import Path

import numpy as np

from vitreous._core import InputError

from ._metadata import ParticleMetadata
from ._particle_table import AbstractParticleTable
from ._stacks import Stacks


def renamed_from(
    target: Path, table: AbstractParticleTable, metadata: ParticleMetadata, stacks: Stacks
) -> AbstractParticleTable:
    """A table whose image names lead, from the folder of `target`, to the images that they lead to now.

    Names of stacks that do not exist stay as they are: they may be anywhere.

    Arguments:
        target: A file in the new folder.
        table: The rows.
        metadata: What they say.
        stacks: Their image files.

    Raises:
        InputError: A stack is in a folder that no name in `target` can lead to.
    """
    if metadata.stack_of is None or metadata.index_in_stack is None:
        return table
    moved = Stacks(stacks.names, source=target, project=stacks.project)
    names = list(stacks.names)
    for number in np.unique(metadata.stack_of).tolist():
        path = stacks.path(number)
        if path.is_file() and moved.path(number) != path:
            names[number] = _name_from(target, path, stacks.project)
    if names == list(stacks.names):
        return table
    return table.with_images([names[number] for number in metadata.stack_of.tolist()], metadata.index_in_stack)


def warn_of_lost_images(target: Path, metadata: ParticleMetadata, stacks: Stacks) -> None:
    """Warn (`UserWarning`) where image names no longer lead to the same files in `target`.

    Arguments:
        target: The file that was written.
        metadata: What its rows say.
        stacks: The image files where they were read.
    """
    moved = Stacks(stacks.names, source=target, project=stacks.project)
    used = [] if metadata.stack_of is None else np.unique(metadata.stack_of).tolist()
    lost = next((number for number in used if _led_to(stacks, number) != _led_to(moved, number)), None)
    if lost is not None:
        warnings.warn(
            f"{target}: its image names no longer lead to the images of {stacks.source}, such as "
            f"{_led_to(stacks, lost)}. Load it with project=…, or write it beside the old file.",
            UserWarning,
            stacklevel=3,
        )


def _led_to(stacks: Stacks, number: int) -> Path | None:
    """The file that a name leads to; `None` for names that are not followed."""
    try:
        return stacks.path(number)
    except InputError:
        return None


def _name_from(target: Path, path: Path, project: Path | None) -> str:
    """The name in `target` that leads to `path`, tried from its folder upwards."""
    folder = Path(os.path.abspath(target)).parent
    absolute = Path(os.path.abspath(path))
    for root in (folder, *folder.parents):
        if absolute.is_relative_to(root):
            name = absolute.relative_to(root).as_posix()
            found = Stacks((name,), source=target, project=project).path(0)
            if found.is_file() and found.samefile(path):
                return name
    raise InputError(
        f"{target}: no name in it can lead to {path}, which is not in its folder nor in one of the three above.",
        hint="Put the files into one project folder, or copy the images along: vitreous stack merge --copy-images.",
    )
