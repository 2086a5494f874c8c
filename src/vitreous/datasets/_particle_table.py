"""What a dataset of particles needs of the file that lists them."""

import abc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxtyping import Bool, Int, Shaped
from numpy import ndarray

from ._metadata import ParticleMetadata


class AbstractParticleTable(abc.ABC):
    """The rows of a file of particles, with all of its columns, under its format's own names.

    `ParticleDataset` takes their meaning from `metadata` and hands everything else through: a format is added by one
    of these and a line in `_formats`. Rows are never changed in place.
    """

    source: Path
    """The file that the rows come from, to which the paths in it are relative."""

    @property
    @abc.abstractmethod
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def column(self, name: str) -> Shaped[ndarray, " n"]:
        """A column as numbers where all of it are numbers, else as text.

        Raises:
            InputError: There is no such column.
        """

    @abc.abstractmethod
    def select(self, rows: Int[ndarray, " m"] | Bool[ndarray, " n"] | slice) -> "AbstractParticleTable":
        """The table of some rows."""

    @abc.abstractmethod
    def with_columns(self, columns: Mapping[str, Any]) -> "AbstractParticleTable":
        """The table with columns replaced or added."""

    @abc.abstractmethod
    def with_half_sets(self, half_sets: Int[ndarray, " n"]) -> "AbstractParticleTable":
        """The table with the half-set, 1 or 2, of each particle."""

    @abc.abstractmethod
    def with_images(self, paths: Sequence[str], indices: Int[ndarray, " n"]) -> "AbstractParticleTable":
        """The table with each particle's image elsewhere.

        Arguments:
            paths: The file of each particle's image, relative to where the table is written.
            indices: The image in it, counted from 0; −1 for the only one of a file.
        """

    @abc.abstractmethod
    def with_sampling(self, shape: tuple[int, int], *, old: float, new: float) -> "AbstractParticleTable":
        """The table of the same particles, whose images get another shape and pixel size.

        Optics, poses and origins mean the same as before.

        Arguments:
            shape: Rows and columns of the new images.
            old: Å of the images as they are.
            new: Å of the new ones.
        """

    @abc.abstractmethod
    def join(self, others: Sequence["AbstractParticleTable"]) -> "AbstractParticleTable":
        """The rows of this table and then those of others of its format.

        Where a number means something else in another table, as that of an optics group may, a `UserWarning` says what
        it became.
        """

    @abc.abstractmethod
    def metadata(self, pixel_size: float | None) -> ParticleMetadata:
        """What the rows say, in this library's conventions.

        Arguments:
            pixel_size: Å, in place of what the file says.
        """

    @abc.abstractmethod
    def write(self, path: Path) -> None:
        """Write the rows in their own format; the file appears whole or not at all."""
