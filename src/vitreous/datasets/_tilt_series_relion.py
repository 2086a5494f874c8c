"""A tilt series from the tables of RELION 4 and 5."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table

from ._metadata import ParticleMetadata
from ._relion import metadata_from_relion
from ._tilt_series import TiltSeries
from ._tilt_series_geometry import tilt_angles, vectors

_PROJECTIONS = ("rlnTomoProjX", "rlnTomoProjY", "rlnTomoProjZ", "rlnTomoProjW")
_SIZES = ("rlnTomoSizeZ", "rlnTomoSizeY", "rlnTomoSizeX")
_SHIFTS = ("rlnTomoXShiftAngst", "rlnTomoYShiftAngst")
_PIXEL_SIZES = ("rlnTomoTiltSeriesPixelSize", "rlnMicrographPixelSize", "rlnMicrographOriginalPixelSize")
_IMAGES = ("rlnMicrographName", "rlnMicrographMovieName")
_ANGSTROM_PER_UM = 1e4


def series_from_relion(
    name: str, tilts: Table, settings: Table, *, source: Path, project: Path | None, pixel_size: float | None
) -> TiltSeries:
    """A tilt series from the rows of its images and the row about it.

    Arguments:
        name: What the tomogram is called.
        tilts: One row per image.
        settings: The one row about the series, or no columns.
        source: The file of `tilts`.
        project: The folder to which paths are relative.
        pixel_size: Å, in place of what the tables say.
    """
    if len(tilts) == 0:
        raise InputError(f"{source}: tilt series {name} has no images (0 rows).", hint="Check the job that made it.")
    size = _pixel_size(settings, source) if pixel_size is None else pixel_size
    projections = _projections(tilts)
    x_tilts, angles, axes, shifts, is_aligned = _alignment(tilts, projections)
    nominal = _numbers(tilts, "rlnTomoNominalDefocus")
    sizes = [settings.column(column, int) for column in _SIZES if column in settings]
    hand = _numbers(settings, "rlnTomoHand")
    return TiltSeries(
        name=name,
        source=source,
        tilts=tilts,
        settings=settings,
        tilt_angles_deg=angles,
        tilt_axes_deg=axes,
        x_tilts_deg=x_tilts,
        shifts=shifts,
        is_aligned=is_aligned,
        pre_exposures=_numbers(tilts, "rlnMicrographPreExposure"),
        # RELION has micrometres here, and the sign of the microscope, where underfocus is negative.
        nominal_defocus=None if nominal is None else -nominal * _ANGSTROM_PER_UM,
        pixel_size=size,
        projections=projections,
        tomogram_shape=(int(sizes[0][0]), int(sizes[1][0]), int(sizes[2][0])) if len(sizes) == 3 else None,
        hand=None if hand is None else float(hand[0]),
        image_names=_image_names(tilts, settings),
        project=project,
        optics=tilt_optics(tilts, settings, pixel_size=size),
    )


def tilt_optics(tilts: Table, settings: Table, *, pixel_size: float | None) -> ParticleMetadata:
    """The optics of each image, where the tables say it.

    Arguments:
        tilts: One row per image.
        settings: The one row about the series, or no columns.
        pixel_size: Å; `None` where not known.
    """
    about = settings if settings.names else None
    metadata = metadata_from_relion(tilts, about, pixel_size=1.0 if pixel_size is None else pixel_size)
    return replace(metadata, pixel_sizes=np.full(len(tilts), np.nan)) if pixel_size is None else metadata


def _numbers(table: Table, column: str) -> np.ndarray | None:
    if column not in table:
        return None
    values = table.column(column)
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise InputError(
            f"{table.source}: row {row + 1} has {column} of {values[row]}, which is not finite.",
            hint="Correct the file, or leave the image out.",
        )
    return values


def _pixel_size(settings: Table, source: Path) -> float | None:
    for column in _PIXEL_SIZES:
        values = _numbers(settings, column)
        if values is not None:
            if values[0] <= 0:
                raise InputError(
                    f"{source}: {column} is {values[0]:g} Å, which must be positive.",
                    hint="Correct the file, or load it with pixel_size=… in Å.",
                )
            return float(values[0])
    return None


def _projections(tilts: Table) -> np.ndarray | None:
    if any(column not in tilts for column in _PROJECTIONS):
        return None
    rows = [vectors(tilts[column], length=4, source=tilts.source, column=column) for column in _PROJECTIONS]
    return np.swapaxes(np.array(rows, np.float64), 0, 1)


def _alignment(
    tilts: Table, projections: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None, bool]:
    """Tilts across and about the axis, the axis, shifts, and whether they are of an alignment."""
    n = len(tilts)
    aligned, axes = _numbers(tilts, "rlnTomoYTilt"), _numbers(tilts, "rlnTomoZRot")
    if aligned is not None and axes is not None:
        x_tilts = _numbers(tilts, "rlnTomoXTilt")
        shifts = [_numbers(tilts, column) for column in _SHIFTS]
        both = None if shifts[0] is None or shifts[1] is None else np.stack([shifts[0], shifts[1]], axis=-1)
        return np.zeros(n) if x_tilts is None else x_tilts, aligned, axes, both, True
    if projections is not None:
        x_tilts, angles, axes = tilt_angles(projections[:, :3, :3]).T
        return x_tilts, angles, axes, None, True
    nominal = _numbers(tilts, "rlnTomoNominalStageTiltAngle")
    if nominal is None:
        raise InputError(
            f"{tilts.source}: does not say how the images are tilted: it has neither rlnTomoNominalStageTiltAngle, nor "
            "rlnTomoYTilt and rlnTomoZRot, nor rlnTomoProjX to W.",
            hint="Give the STAR file of a tilt series of RELION 4 or 5.",
        )
    return np.zeros(n), nominal, _numbers(tilts, "rlnTomoNominalTiltAxisAngle"), np.zeros((n, 2)), False


def _image_names(tilts: Table, settings: Table) -> tuple[str, ...] | None:
    for column in _IMAGES:
        if column in tilts:
            return tuple(tilts[column].tolist())
    if "rlnTomoTiltSeriesName" in settings:  # RELION 4 has one stack, whose name may end in :mrc
        stack = str(settings["rlnTomoTiltSeriesName"][0]).removesuffix(":mrc")
        return tuple(f"{number}@{stack}" for number in range(1, len(tilts) + 1))
    return None
