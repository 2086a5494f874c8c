"""What RELION's tables say of images' sampling, once these have another."""

import numpy as np
from jaxtyping import Bool

from vitreous.io import Table

_PIXEL_SIZES = ("rlnImagePixelSize", "rlnPixelSize")
_ORIGINS = ("rlnOriginX", "rlnOriginY", "rlnOriginZ")
_DECIMALS = 9  # of a pixel size in Å, so that 1.3 · 1.5 is not written as 1.9500000000000002


def resampled_tables(
    particles: Table, optics: Table | None, *, shape: tuple[int, int], old: float, new: float
) -> tuple[Table, Table | None]:
    """The tables of particles whose images get another shape and pixel size.

    Origins in Å stay as they are, those in pixels (RELION 3.0) are converted. RELION's image size, one number, is left
    out for images that are not square.

    Arguments:
        particles: One row for each.
        optics: One row for each optics group, `None` before RELION 3.1.
        shape: Rows and columns of the new images.
        old: Å of the images as they are.
        new: Å of the new ones.
    """
    new = round(new, _DECIMALS)
    rows = _resampled(particles, np.ones(len(particles), bool), shape=shape, pixel_size=new)
    rows = rows.with_columns({name: rows.column(name) * (old / new) for name in _ORIGINS if name in rows})
    if optics is not None:
        used = np.ones(len(optics), bool)
        if "rlnOpticsGroup" in rows and "rlnOpticsGroup" in optics:
            used = np.isin(optics.column("rlnOpticsGroup"), rows.column("rlnOpticsGroup"))
        optics = _resampled(optics, used, shape=shape, pixel_size=new)
    known = (*_PIXEL_SIZES, "rlnDetectorPixelSize")
    if any(name in table for table in (rows, optics) if table is not None for name in known):
        return rows, optics
    # The caller gave the pixel size, so it is said from now on.
    if optics is None:
        return rows.with_columns({_PIXEL_SIZES[0]: np.full(len(rows), new)}), None
    return rows, optics.with_columns({_PIXEL_SIZES[0]: np.full(len(optics), new)})


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
