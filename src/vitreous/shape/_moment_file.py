"""Moments in files: our own, and those of others that can be told by their members."""

from pathlib import Path
from typing import Any

import numpy as np

from vitreous._core import InputError
from vitreous.harmonics import moment_count
from vitreous.io import NpzMember, npz_members, read_npz, write_npz

from ._eight_bit import decode_eight_bit, encode_eight_bit
from ._moment_data import MomentData
from ._zernike3d_file import is_zernike3d, read_zernike3d_data

SCHEMA = "vitreous.moments"
VERSION = 1
CONVENTION = (
    "f(Rx) = sum M Z, Z = sqrt(2n+3) R_nl Y_lm orthonormal on the unit ball with the Condon-Shortley phase; "
    "m >= 0 by n, then l, then m; x, y, z along the last, middle and first axis of the map; R and center in angstrom, "
    "center from index box // 2"
)


def moments_path(path: str | Path, *, eight_bit: bool = False) -> Path:
    """The path that moments are written to: `.npz` is added where it is not there.

    Arguments:
        path: What was asked for.
        eight_bit: For a file of eight bits, whose ending is `.8bit.npz`.

    Returns:
        The path with its ending.

    Examples:
        >>> str(moments_path("test")), str(moments_path("test.npz")), str(moments_path("map.v2", eight_bit=True))
        ('test.npz', 'test.npz', 'map.v2.8bit.npz')
    """
    path = Path(path)
    stem = path.name[:-4] if path.suffix.lower() == ".npz" else path.name
    if not eight_bit:
        return path.with_name(path.name if path.suffix.lower() == ".npz" else f"{stem}.npz")
    return path.with_name(f"{stem.removesuffix('.8bit')}.8bit.npz")


def write_moment_data(path: str | Path, data: MomentData, *, eight_bit: bool = False) -> None:
    """Write moments as a file of ours; it appears whole or not at all."""
    members: dict[str, Any] = {"schema": SCHEMA, "version": VERSION, "convention": CONVENTION, "order": data.order}
    members["center"] = np.array(data.center, np.float64)
    members |= {name: value for name in ("radius", "voxel_size", "box") if (value := getattr(data, name)) is not None}
    if eight_bit:
        members["parts"], members["scales"] = encode_eight_bit(data.moments)
    else:
        members["moments"] = data.moments
    if data.latents is not None:
        members["latents"] = data.latents
    write_npz(path, members)


def read_moment_data(path: str | Path) -> tuple[MomentData, bool]:
    """Moments from a file of ours or of zernike3d, and whether they were stored in eight bits.

    Raises:
        InputError: The file is neither, is of a newer version, or is damaged.
    """
    path = Path(path)
    members = npz_members(path)
    if "schema" in members:
        return _ours(path, members)
    if is_zernike3d(members):
        return read_zernike3d_data(path, members)
    if "consensus_map" in members:
        raise InputError(
            f"{path}: is a bundle of maps, not of moments.", hint="Decompose it: vitreous zernike decompose."
        )
    raise InputError(
        f"{path}: is no file of moments. Its members are: {', '.join(members) or 'none'}.",
        hint="Files of vitreous and of zernike3d are read. Arrays of others: vitreous.shape.from_biozernike, "
        "from_novotni_klein, and Moments.from_arrays.",
    )


def _ours(path: Path, members: dict[str, NpzMember]) -> tuple[MomentData, bool]:
    arrays = read_npz(path)
    if str(arrays["schema"]) != SCHEMA:
        raise InputError(
            f"{path}: holds {str(arrays['schema'])!r}, not moments ({SCHEMA}).", hint="Give a file of moments."
        )
    if "version" not in members or arrays["version"].tolist() != VERSION:
        raise InputError(
            f"{path}: is version {arrays['version'].tolist() if 'version' in members else 'unknown'} of a file of "
            f"moments, and version {VERSION} is known here.",
            hint="It was written by another version of vitreous: install that one.",
        )
    eight_bit = "parts" in members
    needed = {"order", "center", "convention", *(("parts", "scales") if eight_bit else ("moments",))}
    if missing := needed - set(members):
        raise _damaged(path, f"{', '.join(sorted(missing))} is missing")
    order = arrays["order"].tolist()
    try:
        moments = decode_eight_bit(arrays["parts"], arrays["scales"]) if eight_bit else arrays["moments"]
        if moments.dtype.kind != "c" or moments.ndim != 2 or moments.shape[1] != moment_count(order):
            raise _damaged(path, f"moments of {moments.dtype} with shape {moments.shape} are not of order {order}")
        known = {name: arrays[name].item() for name in ("radius", "voxel_size", "box") if name in members}
        x, y, z = map(float, arrays["center"])
    except InputError:
        raise
    except (ValueError, TypeError, IndexError) as error:
        raise _damaged(path, str(error)) from error
    latents = arrays.get("latents")
    return MomentData(moments=moments, center=(x, y, z), latents=latents, source=str(path), **known), eight_bit


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(f"{path}: is a damaged file of moments: {reason}.", hint="Write or copy it again.")
