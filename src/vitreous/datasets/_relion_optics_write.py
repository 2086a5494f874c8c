"""What particles share with their optics group, as RELION's optics table."""

import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from vitreous.io import Table

from ._metadata import ParticleMetadata

_MICROSCOPE = {
    "rlnVoltage": "voltage_kv",
    "rlnSphericalAberration": "cs_mm",
    "rlnAmplitudeContrast": "amplitude_contrast",
}
_MAGNIFICATION = ("rlnMagMat00", "rlnMagMat01", "rlnMagMat10", "rlnMagMat11")
_WHOLE = ("rlnImageSize", "rlnCtfDataAreCtfPremultiplied")
_LISTS = ("rlnOddZernike", "rlnEvenZernike")


def optics_of(metadata: ParticleMetadata, *, source: Path) -> tuple[Int[np.ndarray, " n"], Table]:
    """The optics group of each particle, and the table of groups.

    Groups keep their numbers and names. Where the particles of one differ in what belongs to a group (voltage,
    aberrations, pixel size, …), those that are not like the first get further numbers; numbers below 1, which RELION
    does not know, are raised. A `UserWarning` says both.

    Arguments:
        metadata: Of n particles.
        source: The file that the table will be in.
    """
    columns = _columns(metadata)
    numbers, groups = _numbered(metadata.optics_groups, np.nan_to_num(np.column_stack([*columns.values()]), nan=-1.0))
    changes = [f"{group.old} became {number}" for number, group in groups.items() if group.old != number]
    if changes:
        warnings.warn(f"{source}: of optics groups, {', '.join(changes)}.", UserWarning, stacklevel=4)
    rows = np.array([group.first for group in groups.values()])
    table = {
        "rlnOpticsGroupName": [_name(metadata, group, number) for number, group in groups.items()],
        "rlnOpticsGroup": np.array([*groups]),
        **{label: _written(label, column[rows]) for label, column in columns.items()},
        "rlnImageDimensionality": np.full(len(rows), 2),
    }
    matrix = table.pop("rlnMagMat", None)
    if matrix is not None:
        table |= dict(zip(_MAGNIFICATION, matrix.T, strict=True))
    tilt = table.pop("rlnBeamTilt", None)
    if tilt is not None:
        table["rlnBeamTiltX"], table["rlnBeamTiltY"] = tilt.T
    return numbers, Table(table, str(source))


class _Group(NamedTuple):
    """Where a group comes from: its number before, its first particle, and whether it is a part split off."""

    old: int
    first: int
    split_off: bool


def _columns(metadata: ParticleMetadata) -> dict[str, Float64[np.ndarray, "n _"]]:
    """What belongs to a group, a row for each particle."""
    ctf = metadata.ctf_parameters or {}
    columns = {label: ctf[name] for label, name in _MICROSCOPE.items() if name in ctf}
    columns["rlnImagePixelSize"] = metadata.pixel_sizes
    if (metadata.box_sizes > 0).all():
        columns["rlnImageSize"] = metadata.box_sizes
    columns["rlnCtfDataAreCtfPremultiplied"] = metadata.ctf_premultiplied
    optional = {
        "rlnBeamTilt": metadata.beam_tilt_mrad,
        "rlnOddZernike": metadata.odd_zernike,
        "rlnEvenZernike": metadata.even_zernike,
        "rlnMagMat": metadata.magnification,
    }
    columns |= {label: values for label, values in optional.items() if values is not None}
    return {label: values.reshape(len(metadata), -1).astype(np.float64) for label, values in columns.items()}


def _numbered(
    groups: Int[np.ndarray, " n"], values: Float64[np.ndarray, "n k"]
) -> tuple[Int[np.ndarray, " n"], dict[int, _Group]]:
    """The number of each particle's group, and where each number comes from."""
    raised = max(0, 1 - int(groups.min()))
    numbers = groups + raised
    free = int(numbers.max()) + 1
    origins = {}
    for old in np.unique(groups).tolist():
        rows = np.flatnonzero(groups == old)
        part = np.zeros(len(rows), np.int64)
        if (values[rows] != values[rows[0]]).any():
            _, first, place = np.unique(values[rows], axis=0, return_index=True, return_inverse=True)
            part = np.argsort(np.argsort(first))[place.reshape(-1)]
        for k in range(int(part.max()) + 1):
            number, free = (old + raised, free) if k == 0 else (free, free + 1)
            members = rows[part == k]
            numbers[members] = number
            origins[number] = _Group(old, int(members[0]), k > 0)
    return numbers, origins


def _name(metadata: ParticleMetadata, group: _Group, number: int) -> str:
    name = metadata.optics_group_names.get(group.old, f"opticsGroup{number}")
    return f"{name}_{number}" if group.split_off and group.old in metadata.optics_group_names else name


def _written(label: str, values: Float64[np.ndarray, "groups k"]) -> Any:
    if label in _LISTS:
        return [f"[{','.join(map(repr, row))}]" for row in values.tolist()]
    if label in _WHOLE:
        return values[:, 0].astype(np.int64)
    return values[:, 0] if values.shape[1] == 1 else values
