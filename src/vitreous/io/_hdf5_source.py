"""The images of an HDF5 file: this library's stack, and EMAN2's `.hdf`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from vitreous._core import InputError

from ._damage import reading
from ._eman_hdf import EmanImages
from ._hdf5 import attribute, check_dataset, child, hdf5_file, positive_number
from ._images_source import AbstractImageSource


class Hdf5Source(AbstractImageSource):
    """Reads images from `/images` (n, y, x), or one by one from EMAN2's `/MDF/images`."""

    def __init__(self, path: Path):
        self.path = path
        self._file = hdf5_file(path)
        try:
            with reading(path, "an HDF5 file of images"):
                self._images = self._find()
                self.shape, self.pixel_size = self._images.shape, self._images.pixel_size
        except BaseException:
            self._file.close()
            raise

    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        with reading(self.path, "an HDF5 file of images"):
            for index, image in zip(indices, images, strict=True):
                self._images.read(int(index), image)

    def reopened(self) -> "Hdf5Source":
        return Hdf5Source(self.path)

    def close(self) -> None:
        self._file.close()

    def _find(self) -> "_Stack | EmanImages":
        stack = child(self._file, "images", self.path)
        if stack is not None:
            return _Stack(stack, self.path)
        if child(self._file, "MDF/images", self.path) is not None:
            return EmanImages(self._file, self.path)
        raise InputError(
            f"{self.path}: has neither /images (as this library writes) nor /MDF/images (EMAN2); it holds: "
            f"{', '.join(self._file) or 'nothing'}.",
            hint="Write the images to /images, with axes (n, y, x).",
        )


class _Stack:
    """One dataset of axes (n, y, x)."""

    def __init__(self, dataset: Any, path: Path):
        import h5py

        if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 3 or 0 in dataset.shape:
            shape = getattr(dataset, "shape", "a group")
            raise InputError(
                f"{path}: its /images is no stack of images (n, y, x) but {shape}.",
                hint="Write the images as one dataset of three axes.",
            )
        check_dataset(dataset, path)
        if dataset.dtype.kind not in "biuf":
            raise InputError(f"{path}: its /images holds text.", hint="Write the images as numbers.")
        self.shape: tuple[int, int, int] = dataset.shape
        self.pixel_size = positive_number(attribute(dataset, "pixel_size"))
        self._dataset = dataset

    def read(self, index: int, image: Float32[np.ndarray, "y x"]) -> None:
        self._dataset.read_direct(image, np.s_[index])
