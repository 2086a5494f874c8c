"""The images of EMAN2's HDF5 files."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError

from ._hdf5 import attribute, check_dataset, child, positive_number


class EmanImages:
    """The images of an EMAN2 `.hdf` file, or the sections of its one volume.

    EMAN2 (`libEM/io/hdfio2.cpp`) keeps image i as the dataset `/MDF/images/i/image`, with attributes `EMAN.…` on the
    group, of which `EMAN.apix_x` is the pixel size in Å. It may store whole numbers of `EMAN.stored_renderbits` bits
    that stand for values from `EMAN.stored_rendermin` to `EMAN.stored_rendermax`; these are restored here.

    Arguments:
        file: The open `h5py.File`.
        path: Its path, for error messages.
    """

    def __init__(self, file: Any, path: Path):
        self._path = path
        self._group = child(file, "MDF/images", path)
        count = len(self._group)
        if count == 0 or set(self._group) != {str(number) for number in range(count)}:
            raise InputError(
                f"{path}: its /MDF/images does not hold images 0, 1, 2, … but {count} members.",
                hint="Have EMAN2 write it again: e2proc2d.py in.hdf out.hdf.",
            )
        first = self._dataset(0)
        sections = first.shape[0] if first.ndim == 3 else 1
        if count > 1 and sections > 1:
            raise InputError(
                f"{path}: holds {count} volumes, not images.", hint="Name a stack of images, or one volume."
            )
        self._is_volume = sections > 1
        self.shape: tuple[int, int, int] = (max(count, sections), *first.shape[-2:])
        self.pixel_size = positive_number(attribute(self._group["0"], "EMAN.apix_x"))

    def read(self, index: int, image: Float32[np.ndarray, "y x"]) -> None:
        """Fill an array with image `index`."""
        number, section = (0, index) if self._is_volume else (index, 0)
        dataset = self._dataset(number)
        if dataset.shape[-2:] != self.shape[1:]:
            raise InputError(
                f"{self._path}: its image {index + 1} (counted from 1) has {dataset.shape[-2]} × {dataset.shape[-1]} "
                f"pixels, and the first {self.shape[1]} × {self.shape[2]}.",
                hint="Bring the images to one size: e2proc2d.py in.hdf out.hdf --clip=….",
            )
        dataset.read_direct(image, np.s_[section] if dataset.ndim == 3 else np.s_[:])
        header = self._group[str(number)]
        bits = attribute(header, "EMAN.stored_renderbits")
        low, high = attribute(header, "EMAN.stored_rendermin"), attribute(header, "EMAN.stored_rendermax")
        is_scaled = isinstance(low, (int, float)) and isinstance(high, (int, float))
        if isinstance(bits, int) and 0 < bits <= 32 and is_scaled:
            image *= np.float32((high - low) / (2**bits - 1))
            image += np.float32(low)

    def _dataset(self, number: int) -> Any:
        import h5py

        dataset = child(self._group, f"{number}/image", self._path)
        if not isinstance(dataset, h5py.Dataset) or dataset.ndim not in (2, 3) or 0 in dataset.shape:
            raise InputError(
                f"{self._path}: its image {number + 1} (counted from 1) has no pixels.",
                hint="Have EMAN2 write it again: e2proc2d.py in.hdf out.hdf.",
            )
        check_dataset(dataset, self._path)
        if dataset.dtype.kind not in "biuf":
            raise InputError(f"{self._path}: its image {number + 1} holds text.", hint="Write it again.")
        return dataset
