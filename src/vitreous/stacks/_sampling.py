"""What a list of particles says of its images' sampling, once they have another."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from vitreous.datasets import AbstractParticleTable, ParticleDataset, RelionTable
from vitreous.io import Table

_PIXEL_SIZES = ("rlnImagePixelSize", "rlnPixelSize")
_ORIGINS = ("rlnOriginX", "rlnOriginY", "rlnOriginZ")
_DECIMALS = 9  # of a pixel size in Å, so that 1.3 · 1.5 is not written as 1.9500000000000002


def with_sampling(
    particles: ParticleDataset, *, shape: tuple[int, int], pixel_size: float | None = None
) -> AbstractParticleTable:
    """The rows of particles whose images get another shape or pixel size.

    Optics, poses and origins mean the same as before: origins in Å stay as they are, those in pixels (RELION 3.0) are
    converted. RELION's image size, one number, is left out for images that are not square.

    Arguments:
        particles: Of one pixel size.
        shape: Rows and columns of the new images.
        pixel_size: Å of the new images, the same as before unless given.
    """
    old = particles.pixel_size
    new = old if pixel_size is None else pixel_size
    table = particles.table
    if isinstance(table, RelionTable):
        return _relion(table, shape=shape, old=old, new=new)
    shapes = np.tile(np.array(shape, np.uint32), (len(table), 1))
    return table.with_columns({"blob/shape": shapes, "blob/psize_A": np.full(len(table), new, np.float32)})


def _relion(table: RelionTable, *, shape: tuple[int, int], old: float, new: float) -> RelionTable:
    new = round(new, _DECIMALS)
    rows = _resampled(table.particles, np.ones(len(table), bool), shape=shape, pixel_size=new)
    rows = rows.with_columns({name: rows.column(name) * (old / new) for name in _ORIGINS if name in rows})
    optics = table.optics
    if optics is not None:
        used = np.ones(len(optics), bool)
        if "rlnOpticsGroup" in rows and "rlnOpticsGroup" in optics:
            used = np.isin(optics.column("rlnOpticsGroup"), rows.column("rlnOpticsGroup"))
        optics = _resampled(optics, used, shape=shape, pixel_size=new)
    known = (*_PIXEL_SIZES, "rlnDetectorPixelSize")
    tables = [rows] if optics is None else [rows, optics]
    if not any(name in part for part in tables for name in known):  # the caller gave it
        tables[-1] = tables[-1].with_columns({_PIXEL_SIZES[0]: np.full(len(tables[-1]), new)})
    return replace(table, particles=tables[0], optics=tables[1] if len(tables) > 1 else None)


def _resampled(table: Table, used: Bool[np.ndarray, " n"], *, shape: tuple[int, int], pixel_size: float) -> Table:
    """One of RELION's two tables, either of which may hold the size of pixels and images, in its `used` rows."""
    columns = {name: np.where(used, pixel_size, table.column(name)) for name in _PIXEL_SIZES if name in table}
    if not columns and "rlnDetectorPixelSize" in table:  # in µm, of which 1e4 / magnification Å are in the specimen
        detector = table.column("rlnDetectorPixelSize")
        if "rlnMagnification" in table:
            columns["rlnMagnification"] = np.where(used, detector * 1e4 / pixel_size, table.column("rlnMagnification"))
        else:  # tomography programs write Å
            columns["rlnDetectorPixelSize"] = np.where(used, pixel_size, detector)
    rows, side = shape
    if "rlnImageSize" in table:
        if rows != side:
            table = table.without(["rlnImageSize"])
        else:
            columns["rlnImageSize"] = np.where(used, side, table.column("rlnImageSize", int))
    return table.with_columns(columns)
