"""The image files of a dataset, each opened once."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int

from vitreous._core import InputError
from vitreous.io import ImageFile, open_images, resolve_image_name


class Stacks:
    """Finds, checks and reads the image files that a metadata file names.

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
        self._files: dict[int, ImageFile] = {}

    def path(self, number: int) -> Path:
        """Where a stack is, or would be."""
        if number in self._paths:
            return self._paths[number]
        path = resolve_image_name(self.names[number], self.source, project=self.project)[1]
        if os.path.isfile(path):
            self._paths[number] = path
        return path

    def images(self, number: int) -> ImageFile:
        """The images of a stack, of which only the header has been read."""
        if number not in self._files:
            self.missing([number])
            self._files[number] = open_images(self.path(number))
        return self._files[number]

    def read(
        self, stack_of: Int[np.ndarray, " n"], indices: Int[np.ndarray, " n"], *, shape: tuple[int, int]
    ) -> Float32[np.ndarray, "n y x"]:
        """Images from several stacks, each opened once.

        Arguments:
            stack_of: The stack of each image.
            indices: The image in it, counted from 0; −1 for the only one.
            shape: Rows and columns of each image.

        Returns:
            The images, in the order wanted.
        """
        numbers = np.unique(stack_of).tolist()
        self.missing(numbers)
        images = np.empty((len(indices), *shape), np.float32)
        for number in numbers:
            here = np.flatnonzero(stack_of == number)
            images[here] = self.images(number).read(self.checked(number, indices[here], shape=shape))
        return images

    def checked(self, number: int, indices: Int[np.ndarray, " m"], *, shape: tuple[int, int]) -> Int[np.ndarray, " m"]:
        """Indices into a stack, once its header has proved to hold such images."""
        images = self.images(number)
        count, *found = images.shape
        if tuple(found) != shape:
            raise InputError(
                f"{images.path}: holds images of {found[0]} × {found[1]} pixels, and {self.source} wants "
                f"{shape[0]} × {shape[1]}.",
                hint="The metadata and the stack do not belong together, or the image size in them is wrong.",
            )
        if (indices < 0).any() and count > 1:
            raise InputError(
                f"{self.source}: names {images.path} without a number, but it holds {count} images.",
                hint="Name each image as number@stack, counted from 1.",
            )
        if indices.max() >= count:
            raise InputError(
                f"{images.path}: holds {count} images, and {self.source} names number {indices.max() + 1}.",
                hint="The metadata and the stack do not belong together, or the stack is incomplete.",
            )
        return np.maximum(indices, 0)

    def missing(self, numbers: Iterable[int]) -> None:
        """Raise where a stack is absent.

        Raises:
            InputError: Names the first absent stack and how many others are.
        """
        absent = [path for number in numbers if not os.path.isfile(path := self.path(number))]
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
