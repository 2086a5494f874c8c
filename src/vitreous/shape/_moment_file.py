"""Moments in files: our own, and those of others that can be told by their members."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels, moment_count
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
# What may be unknown, and the type it is stored in.
_FACTS = {"radius": np.float64, "voxel_size": np.float64, "box": np.int64}


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
    if any(data.origin):
        members["origin"] = np.array(data.origin, np.float64)
    known = {name: value for name in _FACTS if (value := getattr(data, name)) is not None}
    members |= {name: _FACTS[name](value) for name, value in known.items()}
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
    member = partial(_member, arrays, path=path)
    member("convention", kind="U", shape=())
    order = member("order", kind="i", shape=()).item()
    eight_bit = "parts" in members
    if eight_bit:
        parts = member("parts", kind="i", shape=(None, moment_count(order), 2))
        moments = decode_eight_bit(
            parts, member("scales", kind="f", shape=(len(parts), len(invariant_labels(order)[0])))
        )
    else:
        moments = member("moments", kind="c", shape=(None, moment_count(order)))
    points: dict[str, Any] = {
        name: tuple(member(name, kind="f", shape=(3,)).tolist())
        for name in ("center", "origin")
        if name == "center" or name in members  # the origin is there where it is not zero
    }
    known = {name: np.dtype(stored).kind for name, stored in _FACTS.items() if name in members}
    facts = {name: member(name, kind=kind, shape=()).item() for name, kind in known.items()}
    latents = member("latents", kind="f", shape=(None, None)) if "latents" in members else None
    return MomentData(moments=moments, latents=latents, source=str(path), **points, **facts), eight_bit


def _member(
    arrays: dict[str, np.ndarray], name: str, *, kind: str, shape: tuple[int | None, ...], path: Path
) -> Shaped[np.ndarray, "..."]:
    """A member that has the kind of numbers and the sides, where they are given, that are expected of it."""
    if name not in arrays:
        raise _damaged(path, f"{name} is missing")
    array = arrays[name]
    fits = array.ndim == len(shape) and all(a in (None, b) for a, b in zip(shape, array.shape, strict=True))
    if array.dtype.kind != kind or not fits:
        raise _damaged(path, f"{name} is an array of {array.dtype} with shape {array.shape}")
    return array


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(f"{path}: is a damaged file of moments: {reason}.", hint="Write or copy it again.")
