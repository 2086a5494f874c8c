"""Indices of shapes in files."""

import os
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels
from vitreous.io import npz_members, read_npz, write_npz

from ._descriptor import DescriptorOptions
from ._search import ShapeIndex

SCHEMA = "vitreous.shape-index"
VERSION = 1
MEMBERS = ("names", "paths", "descriptors", "radii", "order", "radius", "gyrations", "by_order")


def write_index(path: str | Path, index: ShapeIndex) -> None:
    """Write an index of shapes; the file appears whole or not at all.

    It is an `.npz` archive without pickles. The paths of entries are kept relative to its folder, so that both can be
    moved together.

    Arguments:
        path: The file to write, such as `shapes.index`, replaced if it exists.
        index: What to write.

    Raises:
        InputError: The folder cannot be written.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "shapes.index"
        >>> rows = np.eye(1, 5, dtype=np.float32)
        >>> write_index(path, ShapeIndex(("a",), (path.parent / "a.mrc",), rows, np.ones(1), DescriptorOptions(3)))
        >>> read_index(path).names
        ('a',)
    """
    path, options = Path(path), index.options
    folder = path.parent.resolve()
    write_npz(
        path,
        {
            "schema": SCHEMA,
            "version": VERSION,
            "names": np.array(index.names),
            "paths": np.array([Path(os.path.relpath(entry.resolve(), folder)).as_posix() for entry in index.paths]),
            "descriptors": index.descriptors,
            "radii": index.radii,
            "order": options.order,
            "radius": np.nan if options.radius is None else options.radius,
            "gyrations": options.gyrations,
            "by_order": options.by_order,
        },
    )


def read_index(path: str | Path) -> ShapeIndex:
    """Read an index of shapes.

    Arguments:
        path: A file that `write_index` wrote.

    Returns:
        The index, with the paths of its entries from the folder it lies in.

    Raises:
        InputError: The file is absent or damaged, no such index, of a newer version, or its parts do not fit together.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "shapes.index"
        >>> rows = np.eye(1, 5, dtype=np.float32)
        >>> write_index(path, ShapeIndex(("a",), (path.parent / "a.mrc",), rows, np.ones(1), DescriptorOptions(3)))
        >>> read_index(path).paths[0] == path.parent / "a.mrc"
        True
    """
    path = Path(path)
    members = npz_members(path)
    schema = str(read_npz(path, ["schema"])["schema"]) if "schema" in members else "nothing"
    if schema != SCHEMA:
        raise InputError(
            f"{path}: is no index of shapes (its schema is {schema}).",
            hint="Make one: vitreous zernike index FOLDER -o shapes.index",
        )
    version = int(read_npz(path, ["version"])["version"])
    if version > VERSION:
        raise InputError(
            f"{path}: is of version {version}, and this program knows version {VERSION}.",
            hint="Update vitreous, or make the index again.",
        )
    held = read_npz(path, MEMBERS)
    radius = float(held["radius"])
    options = DescriptorOptions(
        order=int(held["order"]),
        radius=None if np.isnan(radius) else radius,
        gyrations=float(held["gyrations"]),
        by_order=bool(held["by_order"]),
    )
    descriptors = held["descriptors"].astype(np.float32, copy=False)
    entries, numbers = len(held["names"]), invariant_labels(options.order).shape[1] - 1
    if descriptors.shape != (entries, numbers) or held["radii"].shape != (entries,) or len(held["paths"]) != entries:
        raise InputError(
            f"{path}: descriptors of shape {descriptors.shape} and {held['radii'].size} radii are not those of "
            f"{entries} entries to order {options.order}.",
            hint="The file is damaged; make the index again.",
        )
    paths = tuple(Path(os.path.normpath(path.parent / entry)) for entry in held["paths"].tolist())
    return ShapeIndex(tuple(held["names"].tolist()), paths, descriptors, held["radii"], options)
