"""Columns by their names: as numbers or text, with their units."""

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Shaped

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import Table

_ELEMENT = re.compile(r"(.+)\[\d+\]")
# Of RELION's labels, as its own list of metadata labels gives them (`relion_refine --print_metadata_labels`).
_UNITS = {
    "Å": "DefocusU DefocusV OriginXAngst OriginYAngst OriginZAngst CtfMaxResolution FinalResolution ImagePixelSize "
    "MicrographPixelSize MicrographOriginalPixelSize PixelSize AngstromResolution CtfAstigmatism AccumMotionTotal "
    "AccumMotionEarly AccumMotionLate EstimatedResolution AccuracyTranslationsAngst",
    "°": "DefocusAngle AngleRot AngleTilt AnglePsi AngleRotPrior AngleTiltPrior AnglePsiPrior PhaseShift "
    "AccuracyRotations TomoXTilt TomoYTilt TomoZRot TomoNominalStageTiltAngle",
    "pixels": "CoordinateX CoordinateY CoordinateZ OriginX OriginY OriginZ ImageSize",
    "Å²": "CtfBfactor",
    "kV": "Voltage",
    "mm": "SphericalAberration",
    "mrad": "BeamTiltX BeamTiltY",
    "Å⁻¹": "Resolution",
    "e⁻/Å²": "MicrographPreExposure",
}
_RELION = {f"rln{label}": unit for unit, labels in _UNITS.items() for label in labels.split()}
_SUFFIXES = {"_A": "Å", "_rad": "rad", "_deg": "°", "_kv": "kV", "_mm": "mm", "_mrad": "mrad"}  # cryoSPARC's


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a table of any kind.

    Arguments:
        source: Where the table comes from, for errors.
        names: The columns.
        read: A column by name: one number or text for each row. Where it holds several, `name[0]` is the first, and
            the name alone raises.
        thing: What a row is.
    """

    source: str
    names: tuple[str, ...]
    read: Callable[[str], Shaped[np.ndarray, " n"]]
    thing: str = "row"

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column with one value for each row, numbers or text; `name[0]` is the first of several.

        Raises:
            InputError: There is none of this name, or it holds several values for each row.
        """
        element = _ELEMENT.fullmatch(name)
        if name not in self.names and (element is None or element[1] not in self.names):
            near = _similar(name, self.names)
            raise InputError(
                f"{self.source}: has no column {name}; "
                + (
                    f"similar names: {', '.join(near)}." if near else f"its columns: {', '.join(self.names) or 'none'}."
                ),
                hint=f"Use one of them, such as --x {(near or self.names or ('NAME',))[0]}.",
            )
        return np.asarray(self.read(name))

    def numbers(self, name: str) -> Float64[np.ndarray, " n"]:
        """A column of numbers.

        Raises:
            InputError: As `column`, or it holds text.
        """
        values = self.column(name)
        if values.dtype.kind not in "fiub":
            example = f", such as {str(values[0])!r}," if len(values) else ""
            raise InputError(
                f"{self.source}: column {name} holds text{example} which has no place on an axis.",
                hint=f"Colour the dots by it: --colour {name}.",
            )
        return values.astype(np.float64)


def _similar(name: str, names: tuple[str, ...]) -> list[str]:
    """Names that were perhaps meant, whatever their capitals, with or without `rln` or a group before them."""
    lower = {known.lower(): known for known in names}
    short = {known.lower().removeprefix("rln").rpartition("/")[2]: known for known in names}
    wanted = name.lower().lstrip("_")
    found = difflib.get_close_matches(wanted, lower, n=3, cutoff=0.7)
    found_short = difflib.get_close_matches(wanted.removeprefix("rln"), short, n=3, cutoff=0.7)
    return list(dict.fromkeys([*(lower[key] for key in found), *(short[key] for key in found_short)]))[:4]


def dataset_columns(dataset: ParticleDataset) -> Columns:
    """The columns of a dataset's file."""
    return Columns(source=str(dataset.source), names=dataset.names, read=dataset.column, thing="particle")


def table_columns(table: Table) -> Columns:
    """The columns of a table: numbers where all of a column are numbers, else text."""

    def read(name: str) -> Shaped[np.ndarray, " n"]:
        values = table[name]
        try:
            return values.astype(np.float64)
        except (ValueError, TypeError):
            return values.astype(str)

    return Columns(source=table.source, names=table.names, read=read)


def structured_columns(rows: Shaped[np.ndarray, " n"], source: str) -> Columns:
    """The columns of a cryoSPARC table, those of several numbers one by one (`name[0]`, …), with text decoded."""
    columns: dict[str, Shaped[np.ndarray, " n"]] = {}
    for name in rows.dtype.names or ():
        values = rows[name]
        if values.dtype.kind == "S":
            values = np.char.decode(values, "utf-8", "replace")
        if values.ndim == 1:
            columns[name] = values
        else:
            flat = values.reshape(len(rows), math.prod(values.shape[1:]))
            columns |= {f"{name}[{k}]": column for k, column in enumerate(flat.T)}
    return Columns(source=source, names=tuple(columns), read=columns.__getitem__)


def column_label(name: str) -> str:
    """A column's name with its unit, where that is known.

    Arguments:
        name: As RELION or cryoSPARC name it.

    Examples:
        >>> column_label("rlnDefocusU"), column_label("ctf/df_angle_rad"), column_label("rlnClassNumber")
        ('rlnDefocusU (Å)', 'ctf/df_angle_rad (rad)', 'rlnClassNumber')
    """
    unit = _RELION.get(name) or next((unit for suffix, unit in _SUFFIXES.items() if name.endswith(suffix)), None)
    return f"{name} ({unit})" if unit else name
