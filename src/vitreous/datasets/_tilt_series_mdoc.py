"""A tilt series from what the microscope wrote about it, and IMOD's alignment."""

import re
from datetime import datetime
from pathlib import Path, PureWindowsPath

import numpy as np

from vitreous._core import FloatLike, InputError
from vitreous.io import Mdoc, Table, read_mdoc, read_tilt_angles, read_xf

from ._tilt_series import TiltSeries
from ._tilt_series_relion import tilt_optics

_AXIS = re.compile(r"tilt axis angle\s*=\s*(-?[\d.]+)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ANGSTROM_PER_UM = 1e4


def tilt_series_from_mdoc(
    path: str | Path,
    *,
    tilt_angles: str | Path | None = None,
    transforms: str | Path | None = None,
    x_tilts: str | Path | None = None,
    dose_per_image: FloatLike | None = None,
    pixel_size: FloatLike | None = None,
) -> TiltSeries:
    r"""A tilt series from a SerialEM `.mdoc` and, where it was aligned by IMOD, its `.tlt`, `.xf` and `.xtilt`.

    The images are those of the stack that the `.mdoc` names, in the order of its sections, or the movies that
    `SubFramePath` names, without the folders of the computer that recorded them. IMOD's files are of the same images
    in the same order.

    A `.xf` takes a point of the image to the aligned one, where the tilt axis is +y: $p' = A p + d$. So the axis is at
    $\psi = \operatorname{atan2}(a_{12} - a_{21}, a_{11} + a_{22})$, and the tomogram's middle at $-A^{-1} d$.

    The dose before an image is its `PriorRecordDose` where the file has it, and else the sum of the doses of the images
    recorded before it, by `DateTime`.

    Arguments:
        path: The `.mdoc`, with a section per image.
        tilt_angles: IMOD's `.tlt`, the tilt angles of the alignment; the stage's angles where `None`.
        transforms: IMOD's `.xf`, with shifts in pixels of the images.
        x_tilts: IMOD's `.xtilt`, the tilts across the axis.
        dose_per_image: Electrons per Å² in each image, in place of the `ExposureDose` of the file, which is 0 where the
            camera was not calibrated.
        pixel_size: Å, in place of the `PixelSpacing` of the file.

    Returns:
        The series; its columns are the keys of the `.mdoc`.

    Raises:
        InputError: A file is absent or damaged, IMOD's files are of another number of images, or a value is no number
            or date.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.mdoc"
        >>> _ = path.write_text(
        ...     "PixelSpacing = 2.0\nImageFile = a.st\n[T = Tilt axis angle = 85.0, binning = 1]\n"
        ...     "[ZValue = 0]\nTiltAngle = 0.0\nDateTime = 30-Nov-15  15:21:38\n"
        ...     "[ZValue = 1]\nTiltAngle = 3.0\nDateTime = 30-Nov-15  15:23:01\n"
        ... )
        >>> series = tilt_series_from_mdoc(path, dose_per_image=3.0)
        >>> series.tilt_angles_deg.tolist(), series.tilt_axes_deg.tolist(), series.pre_exposures.tolist()
        ([0.0, 3.0], [85.0, 85.0], [0.0, 3.0])
    """
    path = Path(path)
    mdoc = read_mdoc(path)
    table = mdoc.table()
    n = len(table)
    size = _pixel_size(mdoc, table) if pixel_size is None else float(pixel_size)
    angles = table.column("TiltAngle") if tilt_angles is None else _of(read_tilt_angles(tilt_angles), n, tilt_angles)
    axes, shifts = _axes(mdoc, n), np.zeros((n, 2))
    if transforms is not None:
        axes, shifts = _aligned(_of(read_xf(transforms), n, transforms), size, Path(transforms))
    defocus = _optional(table, "TargetDefocus")
    return TiltSeries(
        name=path.name.split(".")[0],
        source=path,
        tilts=table,
        settings=Table(),
        tilt_angles_deg=angles,
        tilt_axes_deg=axes,
        x_tilts_deg=np.zeros(n) if x_tilts is None else _of(read_tilt_angles(x_tilts), n, x_tilts),
        shifts=shifts,
        is_aligned=transforms is not None,
        pre_exposures=_pre_exposures(table, None if dose_per_image is None else float(dose_per_image)),
        # SerialEM has micrometres, and underfocus is negative.
        nominal_defocus=None if defocus is None else -defocus * _ANGSTROM_PER_UM,
        pixel_size=size,
        projections=None,
        tomogram_shape=None,
        hand=None,
        image_names=_image_names(mdoc, table),
        project=None,
        optics=tilt_optics(table, Table(), pixel_size=size),
    )


def _of(values: np.ndarray, n: int, path: str | Path) -> np.ndarray:
    if len(values) != n:
        raise InputError(
            f"{path}: is of {len(values)} images, and the .mdoc is of {n}.",
            hint="Give the files of one series; IMOD's are of the images that were aligned.",
        )
    return values


def _optional(table: Table, column: str) -> np.ndarray | None:
    return table.column(column) if column in table and all(table[column].tolist()) else None


def _pixel_size(mdoc: Mdoc, table: Table) -> float | None:
    here = _optional(table, "PixelSpacing")
    text = mdoc.get("PixelSpacing")
    if here is None and text is None:
        return None
    size = Table({"PixelSpacing": [text]}, mdoc.source).column("PixelSpacing")[0] if here is None else here[0]
    if not (np.isfinite(size) and size > 0):
        raise InputError(
            f"{mdoc.source}: PixelSpacing is {size:g} Å, which must be positive.", hint="Give pixel_size=… in Å."
        )
    return float(size)


def _axes(mdoc: Mdoc, n: int) -> np.ndarray | None:
    found = [match[1] for title in mdoc.titles if (match := _AXIS.search(title))]
    return np.full(n, Table({"angle": found[:1]}, mdoc.source).column("angle")[0]) if found else None


def _aligned(transforms: np.ndarray, pixel_size: float | None, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The direction of the tilt axis, and where the tomogram's middle is, in Å."""
    if pixel_size is None:
        raise InputError(
            f"{path}: has shifts in pixels, and the pixel size of the images is not known.",
            hint="Give pixel_size=… in Å.",
        )
    matrices = transforms[:, :4].reshape(-1, 2, 2)
    if (np.abs(np.linalg.det(matrices)) < 1e-6).any():  # a magnification of a thousandth
        row = int(np.argmin(np.abs(np.linalg.det(matrices))))
        raise InputError(f"{path}: transform {row + 1} cannot be undone.", hint="Align the series again.")
    axes = np.rad2deg(np.arctan2(matrices[:, 0, 1] - matrices[:, 1, 0], matrices[:, 0, 0] + matrices[:, 1, 1]))
    shifts = -np.linalg.solve(matrices, transforms[:, 4:, None])[..., 0]
    return axes, shifts * pixel_size


def _pre_exposures(table: Table, dose: float | None) -> np.ndarray | None:
    prior = _optional(table, "PriorRecordDose")
    if prior is not None and dose is None:
        return prior
    doses = _optional(table, "ExposureDose") if dose is None else np.full(len(table), dose)
    if doses is None or "DateTime" not in table:
        return None
    times = [_time(text, table.source) for text in table["DateTime"].tolist()]
    order = sorted(range(len(times)), key=times.__getitem__)
    before = np.empty(len(table))
    before[order] = np.concatenate([[0.0], np.cumsum(doses[order])[:-1]])
    return before


def _time(text: str, source: str) -> datetime:
    """The time of `30-Nov-15  15:21:38` or `30-Nov-2015 15:21:38`, whatever language the computer speaks."""
    words = re.fullmatch(r"(\d+)-([A-Za-z]{3})-(\d{2}|\d{4})\s+(\d+):(\d+):(\d+)", text.strip(), re.ASCII)
    try:
        if words is None:
            raise ValueError
        day, month, year, hour, minute, second = words.groups()
        number, century = _MONTHS.index(month.lower()) + 1, 2000 if len(year) == 2 else 0
        return datetime(century + int(year), number, int(day), int(hour), int(minute), int(second))
    except ValueError as error:
        raise InputError(
            f"{source}: DateTime is {text!r}, not such as 30-Nov-15  15:21:38.",
            hint="Correct it; the order of the images, and so the dose before each, comes from it.",
        ) from error


def _image_names(mdoc: Mdoc, table: Table) -> tuple[str, ...] | None:
    stack = mdoc.get("ImageFile")
    if stack is not None and table.names[0] == "ZValue":
        return tuple(f"{number + 1}@{PureWindowsPath(stack).name}" for number in table.column("ZValue", int).tolist())
    if "SubFramePath" in table:
        return tuple(PureWindowsPath(path).name for path in table["SubFramePath"].tolist())
    return None
