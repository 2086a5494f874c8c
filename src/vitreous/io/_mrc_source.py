"""The images of an MRC file, one by one."""

from collections.abc import Sequence
from copy import copy
from io import FileIO
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int, Real

from vitreous._core import InputError

from ._images_source import AbstractImageSource
from ._mrc_header import read_header
from ._mrc_read import map_mrc, require_images


class MrcSource(AbstractImageSource):
    """Reads images straight from their place in the file; a compressed file is decompressed whole while it is open."""

    def __init__(self, path: Path):
        description, layout = read_header(path)
        require_images(description)
        self.path = path
        self.shape = description.shape
        self.pixel_size = None if description.pixel_size is None else description.pixel_size[0]
        self._layout = layout
        self._values: Real[np.ndarray, "n y x"] | None = None
        self._stream = path.open("rb", buffering=0)
        self._stamp = _stamp(path)

    @property
    def held_bytes(self) -> int:
        return 0 if self._values is None else self._values.nbytes

    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        if self._layout.is_compressed or self._layout.axes != (0, 1, 2):
            if self._values is None:
                self._values, _ = map_mrc(self.path)
            for index, image in zip(indices, images, strict=True):
                image[...] = self._values[index]
            return
        stored = np.empty(self._layout.byte_shape[1:], self._layout.dtype)
        is_image = self._layout.can_map and stored.dtype == np.float32
        for index, image in zip(indices, images, strict=True):
            section = image if is_image else stored
            self._stream.seek(self._layout.offset + int(index) * stored.nbytes)
            if _fill(self._stream, section) < stored.nbytes:
                raise InputError(
                    f"{self.path}: has lost its image {index + 1} (counted from 1): the file was cut while it was "
                    "open.",
                    hint="Wait for the program that writes it, and read it again.",
                )
            if not is_image:
                image[...] = self._layout.unpacked(stored)

    def reopened(self) -> "MrcSource":
        if self._stamp != _stamp(self.path):
            return MrcSource(self.path)
        again = copy(self)
        again._stream = self.path.open("rb", buffering=0)
        return again

    def close(self) -> None:
        self._stream.close()
        self._values = None


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    return status.st_size, status.st_mtime_ns


def _fill(stream: FileIO, section: Real[np.ndarray, "y x"]) -> int:
    """Read until an array is full or the file ends; how many bytes there were."""
    target, filled = section.data.cast("B"), 0
    while filled < len(target) and (count := stream.readinto(target[filled:])):
        filled += count
    return filled
