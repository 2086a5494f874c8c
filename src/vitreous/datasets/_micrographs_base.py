"""What micrographs and movies share: rows of a STAR file, each of which names a file of images."""

import abc
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float64, Int, Shaped

from vitreous._core import InputError
from vitreous.io import read_star, resolve_image_name

from ._picked_rows import Rows, picked_rows
from ._relion_join import RelionJoin
from ._relion_table import RelionTable

R = TypeVar("R", bound="AbstractRecordings")

_FORMAT_HINT = ":mrc"  # RELION appends it to names of files whose ending does not tell their format
_PIXEL_SIZES = ("rlnMicrographPixelSize", "rlnMicrographOriginalPixelSize")


class AbstractRecordings(abc.ABC):
    """Micrographs or movies of a STAR file: all columns in memory, images read when asked for.

    Paths are relative to the STAR file's folder or to one above it (`vitreous.io.resolve_image_name`).
    """

    table: RelionTable
    project: Path | None

    @property
    @abc.abstractmethod
    def image_column(self) -> str:
        """The column that names the files."""

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self: R, rows: Rows) -> R:
        """The rows of an index, a slice, indices, a mask or an expression.

        Raises:
            InputError: Nothing is selected, or an expression that cannot be evaluated.
        """
        picked = picked_rows(rows, len(self), names=self.names, column=self.column, source=self.source)
        return replace(self, table=self.table.select(picked))  # type: ignore[type-var]

    @property
    def source(self) -> Path:
        """The file that lists them."""
        return self.table.source

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""
        return self.table.names

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column: numbers where all of it are numbers, else text.

        Raises:
            InputError: There is no such column.
        """
        return self.table.column(name)

    def with_columns(self: R, columns: Mapping[str, Any]) -> R:
        """The same with columns replaced or added."""
        return replace(self, table=self.table.with_columns(columns))  # type: ignore[type-var]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, which need not exist.

        Raises:
            InputError: A name leads out of the folders in which images are looked for.
        """
        return self.paths_of(self.image_column)

    def paths_of(self, column: str) -> tuple[Path, ...]:
        """The files that a column names, such as `rlnCtfImage` or `rlnMicrographMetadata`.

        Raises:
            InputError: There is no such column, or a name leads out of the folders in which images are looked for.
        """
        names = [name.removesuffix(_FORMAT_HINT) for name in self.table.particles[column].tolist()]
        return tuple(resolve_image_name(name, self.source, project=self.project)[1] for name in names)

    @property
    def optics_groups(self) -> Int[np.ndarray, " n"]:
        """The number of each row's optics group; 1 where the file has no groups."""
        return self._join.groups

    @property
    def pixel_sizes(self) -> Float64[np.ndarray, " n"]:
        """Å, of each.

        Raises:
            InputError: The file does not say, or says something that is not positive.
        """
        join = self._join
        for name in _PIXEL_SIZES:
            if (sizes := join.number(name)) is not None:
                break
        else:
            detector, magnification = join.number("rlnDetectorPixelSize"), join.number("rlnMagnification")
            if detector is None or magnification is None:
                raise InputError(
                    f"{self.source}: has no pixel size: none of the columns {', '.join(_PIXEL_SIZES)}, nor "
                    "rlnDetectorPixelSize with rlnMagnification.",
                    hint='Give it in Å: dataset.with_columns({"rlnMicrographPixelSize": np.full(len(dataset), 1.06)}).',
                )
            with np.errstate(divide="ignore", invalid="ignore"):
                sizes = detector * 1e4 / magnification
        bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
        if len(bad):
            raise InputError(
                f"{self.source}: row {bad[0] + 1} has a pixel size of {sizes[bad[0]]:g} Å, which must be positive.",
                hint="Correct the file.",
            )
        return sizes

    @property
    def pixel_size(self) -> float:
        """Å; the same for all, or it raises.

        Raises:
            InputError: The file does not say, or optics groups differ.
        """
        sizes = self.pixel_sizes
        if sizes.max() > sizes.min() * (1 + 1e-4):  # files round it to four digits or so
            raise InputError(
                f"{self.source}: has different pixel sizes (Å): {np.unique(sizes).tolist()}.",
                hint="Work on one optics group at a time: dataset[dataset.optics_groups == 1].",
            )
        return float(sizes[0])

    def write(self, path: str | Path) -> None:
        """Write them with all columns and optics groups as a STAR file.

        Names of files stay as they are; a `UserWarning` says where they do not lead to the same files from there.

        Arguments:
            path: The file to write, replaced if it exists.

        Raises:
            InputError: The folder cannot be written.
        """
        target = Path(path)
        moved = replace(self, table=replace(self.table, source=target))  # type: ignore[type-var]
        lost = [old for old, new in zip(self._found(), moved._found(), strict=True) if old is not None and old != new]
        self.table.write(target)
        if lost:
            warnings.warn(
                f"{target}: its names no longer lead to the files of {self.source}, such as {lost[0]}. Load it with "
                "project=…, or write it beside the old file.",
                UserWarning,
                stacklevel=2,
            )

    def _found(self) -> list[Path | None]:
        """The files that exist, and `None` for what does not exist or is not looked for."""
        found: list[Path | None] = []
        for name in self.table.particles[self.image_column].tolist():
            try:
                path = resolve_image_name(name, self.source, project=self.project)[1]
            except InputError:  # a name that leads elsewhere does so from every folder
                path = None
            found.append(path if path is not None and path.is_file() else None)
        return found

    @property
    def _join(self) -> RelionJoin:
        return RelionJoin(self.table.particles, self.table.optics)


def read_recordings(path: Path, *, column: str, block: str, what: str) -> RelionTable:
    """The rows of a STAR file that name files of images.

    Arguments:
        path: The file.
        column: The column that names them.
        block: The block that has it in RELION 3.1 and later; before, whichever has it.
        what: What they are, for the error.

    Raises:
        InputError: No block has the column, or it has no rows.
    """
    blocks = read_star(path)
    # The tables of particles name micrographs too, once for each particle.
    found = [
        name
        for name in (block, *blocks)
        if name in blocks and column in blocks[name] and "rlnImageName" not in blocks[name]
    ]
    if not found:
        raise InputError(
            f"{path}: lists no {what}: no block other than of particles has {column}. Its blocks are: "
            f"{', '.join(f'data_{name}' for name in blocks)}.",
            hint=f"Give the STAR file of a job that made {what}.",
        )
    name = found[0]
    if len(blocks[name]) == 0:
        raise InputError(f"{path}: lists no {what} (0 rows).", hint="Check the selection that made the file.")
    others = {other: table for other, table in blocks.items() if other not in (name, "optics")}
    return RelionTable(source=path, particles=blocks[name], optics=blocks.get("optics"), others=others, block_name=name)
