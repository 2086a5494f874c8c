"""Particles as RELION's STAR files list them."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Shaped

from vitreous._core import InputError
from vitreous.io import Table, read_star, write_star

from ._metadata import ParticleMetadata
from ._particle_table import AbstractParticleTable
from ._relion import find_particles, metadata_from_relion
from ._relion_groups import joined_optics
from ._relion_names import join_image_names
from ._relion_sampling import resampled_tables

_OF_A_BODY = "images_body_"


@dataclass(frozen=True, eq=False, kw_only=True)
class RelionTable(AbstractParticleTable):
    """The particles of a STAR file with its optics table and whatever other tables it has.

    Arguments:
        source: The file.
        particles: The particles' columns, as text where they were read.
        optics: The optics table of RELION 3.1 and later, `None` before.
        others: The other tables of the file, by name.
        block_name: The name of the particles' table in the file.

    Examples:
        >>> table = RelionTable(source=Path("a.star"), particles=Table({"rlnDefocusU": ["1e4", "2e4"]}))
        >>> table.names, table.select(np.array([1])).column("rlnDefocusU").tolist()
        (('rlnDefocusU',), [20000.0])
    """

    source: Path
    particles: Table
    optics: Table | None = None
    others: Mapping[str, Table] = field(default_factory=dict)
    block_name: str = "particles"

    @classmethod
    def read(cls, path: Path) -> "RelionTable":
        """The particles of a STAR file.

        Raises:
            InputError: The file is no STAR file, or lists no particles.
        """
        return cls.from_blocks(read_star(path), source=path)

    @classmethod
    def from_blocks(cls, blocks: Mapping[str, Table], *, source: Path) -> "RelionTable":
        """The particles among the tables of a file.

        Raises:
            InputError: None of the tables lists particles.
        """
        name = find_particles(blocks, str(source))
        others = {other: table for other, table in blocks.items() if other not in (name, "optics")}
        return cls(source=source, particles=blocks[name], optics=blocks.get("optics"), others=others, block_name=name)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the particles, in the order of the file."""
        return self.particles.names

    def __len__(self) -> int:
        return len(self.particles)

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column of the particles as numbers where all of it are numbers, else as text."""
        if name not in self.particles and self.optics is not None and name in self.optics:
            raise InputError(
                f"{self.source}: {name} is a column of the optics table, not of the particles.",
                hint="Select by rlnOpticsGroup instead.",
            )
        return self.particles.values(name)

    def select(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice) -> "RelionTable":
        """The table of some rows; of other tables, those of bodies go along, which have a row for each particle."""
        others = {
            name: table.select(rows) if name.startswith(_OF_A_BODY) and len(table) == len(self) else table
            for name, table in self.others.items()
        }
        return replace(self, particles=self.particles.select(rows), others=others)

    def with_columns(self, columns: Mapping[str, Any]) -> "RelionTable":
        """The table with columns of the particles replaced or added."""
        return replace(self, particles=self.particles.with_columns(columns))

    def with_half_sets(self, half_sets: Int[np.ndarray, " n"]) -> "RelionTable":
        """The table with half-sets as `rlnRandomSubset`."""
        return self.with_columns({"rlnRandomSubset": half_sets})

    def with_images(self, paths: Sequence[str], indices: Int[np.ndarray, " n"]) -> "RelionTable":
        """The table with images named in `rlnImageName`, counted from 1."""
        return self.with_columns({"rlnImageName": join_image_names(paths, indices)})

    def with_sampling(self, shape: tuple[int, int], *, old: float, new: float) -> "RelionTable":
        """The table of the same particles, whose images get another shape and pixel size."""
        particles, optics = resampled_tables(self.particles, self.optics, shape=shape, old=old, new=new)
        return replace(self, particles=particles, optics=optics)

    def join(self, others: Sequence["RelionTable"]) -> "RelionTable":
        """The rows of this table and then those of others.

        Optics groups that agree in every column but their number are one; another one gets the next free number where
        its own is taken. Columns that not all of the tables have are left out. A `UserWarning` says each of these.

        Raises:
            InputError: One has an optics table and another has none.
        """
        optics, particles = _joined((self, *others))
        shared = [name for name in self.names if all(name in table for table in particles)]
        lost = sorted({name for table in particles for name in table.names} - set(shared))
        if lost:
            warnings.warn(
                f"{self.source}: joined without the columns {', '.join(lost)}, which not all of the files have.",
                UserWarning,
                stacklevel=3,
            )
        columns = {name: np.concatenate([table[name] for table in particles]) for name in shared}
        return replace(self, particles=Table(columns, str(self.source)), optics=optics)

    def metadata(self, pixel_size: float | None) -> ParticleMetadata:
        """What the tables say, in this library's conventions."""
        return metadata_from_relion(self.particles, self.optics, pixel_size=pixel_size)

    @property
    def blocks(self) -> dict[str, Table]:
        """All tables, in the order in which they are written: optics first, particles last."""
        optics = {} if self.optics is None else {"optics": self.optics}
        return {**optics, **self.others, self.block_name: self.particles}

    def write(self, path: Path) -> None:
        """Write a STAR file with all tables and columns."""
        write_star(path, self.blocks)


def _joined(tables: Sequence[RelionTable]) -> tuple[Table | None, list[Table]]:
    pairs = [(table.optics, table.particles) for table in tables if table.optics is not None]
    if not pairs:
        return None, [table.particles for table in tables]
    without = [table.source for table in tables if table.optics is None]
    if without:
        raise InputError(
            f"{without[0]}: has no optics table, and the files that it is joined with have one.",
            hint="Bring them to one version first: vitreous convert old.star new.star --relion 3.1",
        )
    return joined_optics(pairs)
