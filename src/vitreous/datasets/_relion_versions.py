"""RELION's two layouts of particle files, one as the other."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError
from vitreous.io import Table

from ._relion_join import RelionJoin
from ._relion_table import RelionTable

_GROUP, _NAME = "rlnOpticsGroup", "rlnOpticsGroupName"
_OF_GROUPS = (
    _NAME,
    "rlnVoltage",
    "rlnSphericalAberration",
    "rlnAmplitudeContrast",
    "rlnImagePixelSize",
    "rlnImageSize",
    "rlnImageDimensionality",
    "rlnMicrographOriginalPixelSize",
    "rlnMicrographPixelSize",
    "rlnMicrographBinning",
    "rlnCtfDataAreCtfPremultiplied",
    "rlnMtfFileName",
    "rlnBeamTiltX",
    "rlnBeamTiltY",
    "rlnOddZernike",
    "rlnEvenZernike",
    "rlnMagMat00",
    "rlnMagMat01",
    "rlnMagMat10",
    "rlnMagMat11",
)
_OLD_PIXELS = ("rlnDetectorPixelSize", "rlnMagnification", "rlnPixelSize")
_AXES = ("rlnOriginX", "rlnOriginY", "rlnOriginZ")


class RelionVersion(StrEnum):
    """The layouts of particle files: that of RELION 3.1 is also that of versions 4 and 5."""

    V3_0 = "3.0"
    V3_1 = "3.1"


def as_relion_version(
    table: RelionTable, version: RelionVersion, *, pixel_sizes: Float64[np.ndarray, " n"]
) -> RelionTable:
    """The same particles in the layout of a version; what it needs no change for is kept as it is written.

    Before 3.1 there is one table: what belongs to an optics group is in a column of the particles, origins are in
    pixels, and the pixel size is `rlnDetectorPixelSize` (µm) · 10⁴ / `rlnMagnification`. The groups' numbers and names
    stay in columns there, which old versions of RELION ignore, so that they are found again on the way back.

    Arguments:
        table: The particles.
        version: The layout wanted.
        pixel_sizes: Å, of each particle.

    Raises:
        InputError: Origins are to be converted, or a pixel size written, and there is none.
    """
    optics = table.optics
    if version is (RelionVersion.V3_0 if optics is None else RelionVersion.V3_1):
        return table
    if not np.isfinite(pixel_sizes).all():
        raise InputError(
            f"{table.source}: has no pixel size, which RELION {version.value} needs.", hint="Give it in Å: --apix 1.2."
        )
    return _to_3_1(table, pixel_sizes) if optics is None else _to_3_0(table, optics, pixel_sizes)


def _to_3_0(table: RelionTable, optics: Table, pixel_sizes: Float64[np.ndarray, " n"]) -> RelionTable:
    join = RelionJoin(table.particles, optics)
    columns: dict[str, Any] = {}
    for name in optics.names:
        if name not in (*table.particles.names, "rlnImagePixelSize"):
            columns[name] = join.text(name)
    columns[_GROUP] = join.groups
    columns |= {"rlnMagnification": np.full(len(table), 10_000.0), "rlnDetectorPixelSize": pixel_sizes}
    for name in _AXES:
        if f"{name}Angst" in table.particles:
            columns[name] = table.particles.column(f"{name}Angst") / pixel_sizes
    particles = table.particles.with_columns(columns).without(f"{name}Angst" for name in _AXES)
    return replace(table, particles=particles, optics=None, block_name="")


def _to_3_1(table: RelionTable, pixel_sizes: Float64[np.ndarray, " n"]) -> RelionTable:
    particles = table.particles
    shared: dict[str, Any] = {name: particles[name] for name in _OF_GROUPS if name in particles}
    shared["rlnImagePixelSize"] = pixel_sizes
    if _GROUP in particles:
        shared[_GROUP] = particles.column(_GROUP, int)
    place, first = _distinct(shared, len(particles))
    optics = {name: np.asarray(values)[first] for name, values in shared.items()}
    numbers = optics.get(_GROUP, np.arange(1, len(first) + 1))
    if len(set(numbers.tolist())) < len(numbers):
        raise InputError(
            f"{table.source}: particles of one rlnOpticsGroup differ in what belongs to a group, such as the voltage.",
            hint="Remove the column rlnOpticsGroup to have groups made, or correct it.",
        )
    optics[_GROUP] = numbers
    optics.setdefault(_NAME, np.array([f"opticsGroup{number}" for number in numbers.tolist()]))
    columns: dict[str, Any] = {_GROUP: numbers[place]}
    for name in _AXES:
        if name in particles:
            columns[f"{name}Angst"] = particles.column(name) * pixel_sizes
    kept = particles.with_columns(columns).without((*_OF_GROUPS, *_OLD_PIXELS, *_AXES))
    order = [_NAME, _GROUP, *(name for name in optics if name not in (_NAME, _GROUP))]
    table_of_groups = Table({name: optics[name] for name in order}, str(table.source))
    return replace(table, particles=kept, optics=table_of_groups, block_name="particles")


def _distinct(columns: dict[str, Any], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which distinct row each row is, numbered as they first occur, and the first row of each."""
    place = np.zeros(count, np.int64)
    for values in columns.values():
        _, codes = np.unique(values, return_inverse=True)
        place = np.unique(place * (codes.max() + 1) + codes, return_inverse=True)[1]
    _, first = np.unique(place, return_index=True)
    order = np.argsort(first)
    return np.argsort(order)[place], first[order]
