"""Particles with their images in one HDF5 file."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous.io import write_hdf5_stack

from ._particle_table import AbstractParticleTable
from ._relion_table import RelionTable
from ._relion_write import relion_table


def write_hdf5_particles(
    path: Path, table: AbstractParticleTable, images: Iterable[Float32[np.ndarray, "m y x"]], *, pixel_size: float
) -> None:
    """Write particles with their images, which are named as those of this file then.

    The tables are RELION's; rows of another format are converted.

    Arguments:
        path: The file to write.
        table: The rows.
        images: Theirs, in batches and in order.
        pixel_size: Å.

    Raises:
        InputError: As `vitreous.io.write_hdf5_stack`.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import Table, read_hdf5_tables
        >>> path = Path(tempfile.mkdtemp()) / "a.h5"
        >>> rows = RelionTable(source=Path("a.star"), particles=Table({"rlnClassNumber": ["2"]}))
        >>> write_hdf5_particles(path, rows, [np.ones((1, 4, 4), np.float32)], pixel_size=1.5)
        >>> read_hdf5_tables(path)["particles"]["rlnImageName"].tolist()
        ['000001@a.h5']
    """
    tables = table if isinstance(table, RelionTable) else relion_table(table.metadata(pixel_size), source=path)
    named = tables.with_images([path.name] * len(table), np.arange(len(table)))
    # Before RELION 3.1 the particles' table has no name, and HDF5 has no name that is empty.
    blocks = {name or "particles": block for name, block in named.blocks.items()}
    write_hdf5_stack(path, blocks, images, pixel_size=pixel_size)
