"""The formats of particle files: which table reads a file, and how a dataset becomes another format."""

from collections.abc import Sequence
from pathlib import Path

from vitreous._core import InputError
from vitreous.io import read_hdf5_tables

from ._cryosparc_table import CryosparcTable
from ._cryosparc_write import cryosparc_table
from ._metadata import ParticleMetadata
from ._particle_table import AbstractParticleTable
from ._relion_table import RelionTable
from ._relion_write import relion_table

CRYOSPARC = (".cs", ".csg")
HDF5 = (".h5", ".hdf5")


def read_particle_table(path: Path, *, passthrough: Sequence[Path] | None = None) -> AbstractParticleTable:
    """The rows of a file of particles, by its ending; one of another ending is read as STAR.

    Arguments:
        path: The file.
        passthrough: cryoSPARC's files with further columns of the same particles; `None` for the one beside the file.

    Raises:
        InputError: The file is none of particles, or there are passthrough files beside another format.
    """
    suffix = path.suffix.lower()
    if suffix in CRYOSPARC:
        return CryosparcTable.read(path, passthrough=passthrough)
    if passthrough:
        raise InputError(f"{path}: only cryoSPARC's .cs files have passthrough files.", hint="Leave them out.")
    if suffix in HDF5:
        return RelionTable.from_blocks(read_hdf5_tables(path), source=path)
    return RelionTable.read(path)


def in_format_of(target: Path, table: AbstractParticleTable, metadata: ParticleMetadata) -> AbstractParticleTable:
    """The rows in the format that the ending of a path says: themselves, or what their metadata say.

    (HDF5 takes images too: `write_hdf5_particles`.)

    Arguments:
        target: The file that they will be.
        table: The rows.
        metadata: What they say.

    Raises:
        InputError: The ending is of no format of lists of particles.

    Examples:
        >>> from vitreous.io import Table
        >>> rows = RelionTable(source=Path("a.star"), particles=Table({"rlnImagePixelSize": ["1.5"]}))
        >>> in_format_of(Path("b.cs"), rows, rows.metadata(None)).column("blob/psize_A").tolist()
        [1.5]
    """
    suffix = target.suffix.lower()
    if suffix in CRYOSPARC:
        return table if isinstance(table, CryosparcTable) else cryosparc_table(metadata, source=target)
    if suffix == ".star":
        return table if isinstance(table, RelionTable) else relion_table(metadata, source=target)
    raise InputError(
        f"{target}: its ending is of no format of particles.", hint="Use .star (RELION), .cs (cryoSPARC) or .h5."
    )
