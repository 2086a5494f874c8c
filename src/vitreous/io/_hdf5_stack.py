"""Particle stacks with their tables in one HDF5 file."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Real, Shaped

from vitreous._core import InputError, atomic_path

from ._hdf5 import attribute, check_dataset, child, open_hdf5
from ._images_source import check_finite
from ._table import Table

FORMAT = "vitreous particles"
_VERSION = 1
_IMAGES = "images"
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", re.IGNORECASE)
_TEXT_AT_MOST = 2**28  # characters of a column, padded to its longest


def write_hdf5_stack(
    path: str | Path,
    blocks: Mapping[str, Table],
    images: Iterable[Real[np.ndarray, "_ _ _"]],
    *,
    pixel_size: float,
) -> None:
    """Write particle images and the tables that describe them as one HDF5 file, which appears whole or not at all.

    The layout, version 1: the root has the attributes `format` ("vitreous particles") and `version`. The dataset
    `/images` (n, y, x) holds 32-bit floats in chunks of one image, with `pixel_size` (Å) as its attribute. Each table
    is a group with one dataset of length n for each column, under the name that STAR gives it; `is_loop` is the group's
    attribute, and columns and tables keep their order. Columns of which every value is written as a number are stored
    as numbers, and the others as UTF-8 text. In a STAR file, an image is `000001@stack.h5`.

    Arguments:
        path: The file to write, replaced if it exists.
        blocks: Name to table, such as `optics` and `particles`.
        images: Batches of images, of which one is in memory at a time.
        pixel_size: Å.

    Raises:
        InputError: No images, images of different shapes or that are not finite, a table or column whose name HDF5
            cannot hold, a pixel size that is not positive, or a folder that cannot be written.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import open_images
        >>> path = Path(tempfile.mkdtemp()) / "stack.h5"
        >>> table = Table({"rlnImageName": ["1@stack.h5", "2@stack.h5"], "rlnDefocusU": ["1.5e4", "2e4"]})
        >>> write_hdf5_stack(path, {"particles": table}, [np.ones((2, 4, 4))], pixel_size=1.5)
        >>> open_images(path).shape, read_hdf5_tables(path)["particles"]["rlnDefocusU"].tolist()
        ((2, 4, 4), [15000.0, 20000.0])
    """
    import h5py

    if not 0 < pixel_size < np.inf:
        raise InputError(f"{path}: pixel_size={pixel_size} Å must be positive.", hint="Give the pixel size in Å.")
    for name in [*blocks, *(column for table in blocks.values() for column in table.names)]:
        if not name or "/" in name or "\0" in name or name == "." or name == _IMAGES:
            raise InputError(f"{path}: HDF5 cannot hold a table or column named {name!r} here.", hint="Rename it.")
    # Since HDF5 1.10 metadata have checksums; before, a damaged file could make HDF5's library hang.
    with atomic_path(path) as temporary, h5py.File(temporary, "w", track_order=True, libver=("v110", "v110")) as file:
        file.attrs["format"], file.attrs["version"] = np.bytes_(FORMAT), _VERSION
        _write_images(file, images, path, pixel_size=float(pixel_size))
        for name, table in blocks.items():
            group = file.create_group(name, track_order=True)
            group.attrs["is_loop"] = table.is_loop
            for column in table.names:
                values = _as_stored(table[column])
                group.create_dataset(column, data=values, dtype=values.dtype)


def read_hdf5_tables(path: str | Path) -> dict[str, Table]:
    """The tables of an HDF5 particle stack, as `write_hdf5_stack` lays them out; images are not touched.

    Arguments:
        path: The file.

    Returns:
        Name to table, in the order of the file. Columns are numbers or text.

    Raises:
        InputError: The file is absent, damaged, no such stack, of a later version, or has a column that lies in
            another file or holds neither numbers nor text.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "stack.h5"
        >>> write_hdf5_stack(path, {"optics": Table({"rlnOpticsGroup": [1]})}, [np.ones((1, 4, 4))], pixel_size=1.5)
        >>> read_hdf5_tables(path)["optics"].column("rlnOpticsGroup", int).tolist()
        [1]
    """
    import h5py

    path = Path(path)
    with open_hdf5(path) as file:
        if attribute(file, "format") != FORMAT:
            raise InputError(
                f"{path}: is an HDF5 file, but not a particle stack of this library: its `format` is "
                f"{attribute(file, 'format')!r}, not {FORMAT!r}.",
                hint="Images of other HDF5 files are read by vitreous.io.open_images.",
            )
        version = attribute(file, "version")
        if version != _VERSION:
            raise InputError(
                f"{path}: is of version {version} of the layout, and this library knows version {_VERSION}.",
                hint="Install the latest vitreous, or have the stack written by this one.",
            )
        tables = {}
        for name in file:
            group = child(file, name, path)
            if isinstance(group, h5py.Group):
                columns = {str(column): _column(child(group, str(column), path), path) for column in group}
                is_loop = bool(attribute(group, "is_loop") in (None, 1))
                tables[name] = Table(columns, f"{path}, table {name}", is_loop)
        return tables


def _write_images(
    file: Any, images: Iterable[Real[np.ndarray, "_ _ _"]], path: str | Path, *, pixel_size: float
) -> None:
    stack, count = None, 0
    for batch in images:
        values = np.asarray(batch, np.float32)
        if values.ndim != 3 or (stack is not None and values.shape[1:] != stack.shape[1:]) or 0 in values.shape[1:]:
            wanted = "(m, y, x)" if stack is None else f"(m, {stack.shape[1]}, {stack.shape[2]})"
            raise InputError(
                f"{path}: a batch of images is of shape {values.shape}, not {wanted}.",
                hint="Give batches with axes (m, y, x), all of one image shape.",
            )
        check_finite(values, path, names=count + 1 + np.arange(len(values)))
        if stack is None:
            shape = values.shape[1:]
            stack = file.create_dataset(_IMAGES, (0, *shape), np.float32, maxshape=(None, *shape), chunks=(1, *shape))
            stack.attrs["pixel_size"] = pixel_size
        stack.resize(count + len(values), axis=0)
        stack[count:] = values
        count += len(values)
    if not count:
        raise InputError(f"{path}: a stack of no images is not written.", hint="Give at least one image.")


def _as_stored(values: Shaped[np.ndarray, " n"]) -> Shaped[np.ndarray, " n"]:
    """Numbers, or text encoded as UTF-8 and padded to one length."""
    import h5py

    if values.dtype.kind in "iufb":
        return values
    text = [str(value) for value in values]
    if text and all(_INTEGER.fullmatch(value) for value in text):
        return np.array(text).astype(np.int64)
    # A leading zero, as in 000123, is a name's: as a number it could not be given back.
    if text and all(_NUMBER.fullmatch(value) and not re.match(r"[+-]?0\d", value) for value in text):
        return np.array(text).astype(np.float64)
    encoded = [value.encode() for value in text]
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", max([1, *map(len, encoded)])))


def _column(dataset: Any, path: Path) -> Shaped[np.ndarray, " n"]:
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 1:
        raise InputError(f"{path}: its {dataset.name} is no column of a table.", hint="Copy or write the file again.")
    check_dataset(dataset, path)
    if h5py.check_string_dtype(dataset.dtype) is None:
        return dataset[:]
    if dataset.size * dataset.dtype.itemsize > _TEXT_AT_MOST:
        raise InputError(
            f"{path}: its {dataset.name} holds text too long for a table, {dataset.dtype.itemsize} bytes in a value.",
            hint="It is damaged: copy or write it again.",
        )
    return np.asarray(dataset.asstr()[:]).astype(str)
