"""The image files of a dataset, each opened once."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.io import MrcFile, inspect_mrc, map_mrc, resolve_image_name


class Stacks:
    """Finds, checks and maps the image files that a metadata file names.

    Arguments:
        names: Paths as written in the metadata.
        source: The metadata file, against which relative paths are resolved.
        project: The folder to which paths are relative, in place of the rule of `resolve_image_name`.
    """

    def __init__(self, names: tuple[str, ...], *, source: Path, project: Path | None):
        self.names = names
        self.source = source
        self.project = project
        self._paths: dict[int, Path] = {}
        self._headers: dict[int, MrcFile] = {}
        self._arrays: dict[int, np.ndarray] = {}

    def path(self, number: int) -> Path:
        """Where a stack is, or would be."""
        if number in self._paths:
            return self._paths[number]
        path = resolve_image_name(self.names[number], self.source, project=self.project)[1]
        if path.is_file():
            self._paths[number] = path
        return path

    def header(self, number: int) -> MrcFile:
        """What a stack's header says."""
        if number not in self._headers:
            self.missing([number])
            self._headers[number] = inspect_mrc(self.path(number))
        return self._headers[number]

    def array(self, number: int) -> np.ndarray:
        """A stack's images, read from disk where they are touched."""
        if number not in self._arrays:
            self.missing([number])
            self._arrays[number], self._headers[number] = map_mrc(self.path(number))
        return self._arrays[number]

    def missing(self, numbers: Iterable[int]) -> None:
        """Raise where a stack is absent.

        Raises:
            InputError: Names the first absent stack and how many others are.
        """
        absent = [path for number in numbers if not (path := self.path(number)).is_file()]
        if absent:
            others = f" ({len(absent) - 1} more missing)" if len(absent) > 1 else ""
            hint = (
                "Put the stack where the STAR file says, or give the folder that its paths are relative to: --project "
                "FOLDER (in Python, ParticleDataset.load(…, project=…))."
            )
            if (beside := self.source.with_name(absent[0].name)).is_file():
                hint = f"{beside} has that name: correct rlnImageName, or link its folder to where the STAR file says."
            raise InputError(
                f"{self.source}: names the image stack {absent[0]}, which does not exist{others}.", hint=hint
            )
