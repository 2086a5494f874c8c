"""Particles with their images in one HDF5 file."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous.io import write_hdf5_stack

from ._relion_table import RelionTable


def write_hdf5_particles(
    path: Path, table: RelionTable, images: Iterable[Float32[np.ndarray, "m y x"]], *, pixel_size: float
) -> None:
    """Write particles with their images, which are named as those of this file then.

    Arguments:
        path: The file to write.
        table: The rows.
        images: Theirs, in batches and in order.
        pixel_size: Å.
    """
    named = table.with_images([path.name] * len(table), np.arange(len(table)))
    # Before RELION 3.1 the particles' table has no name, and HDF5 has no name that is empty.
    blocks = {name or "particles": block for name, block in named.blocks.items()}
    write_hdf5_stack(path, blocks, images, pixel_size=pixel_size)
