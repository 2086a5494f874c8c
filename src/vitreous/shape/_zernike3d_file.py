"""The files of the tool zernike3d, of full precision and of eight bits."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Shaped

from vitreous._core import InputError
from vitreous.harmonics import moment_labels, moment_order
from vitreous.io import NpzMember, read_npz

from ._moment_data import MomentData
from ._zernike3d import from_zernike3d, to_zernike3d, zernike3d_ball

_NUMBERED = re.compile(r"(arr|args|phases|deltas)_(\d{1,6})")
_BINS = 256
_PHASE_STEP = 2 * np.pi / _BINS
# What the tool writes for the smallest magnitude where that is zero.
_NO_MAGNITUDE = 1e-99


def is_zernike3d(members: Mapping[str, NpzMember]) -> bool:
    """Whether a file has the members of zernike3d's."""
    return any(_NUMBERED.fullmatch(name) for name in members)


def read_zernike3d_data(path: Path, members: Mapping[str, NpzMember]) -> tuple[MomentData, bool]:
    """Moments from a file of zernike3d, and whether it is one of eight bits."""
    volumes = _volumes(path, members)
    eight_bit = "args_0" in members
    # A file of one map may hold a pickled None as its latents, and it is not touched.
    has_latents = "latents" in members and volumes > 1 and members["latents"].shape != ()
    groups = ("args", "phases", "deltas") if eight_bit else ("arr",)
    names = [f"{group}_{k}" for k in range(volumes) for group in groups]
    arrays = read_npz(path, ["dim", "apix", *names, *(["latents"] if has_latents else [])])
    box, apix = _number(arrays, "dim", path), _number(arrays, "apix", path)
    if box != int(box) or box < 2:
        raise _foreign(path, f"dim is {box:g}")
    if eight_bit:
        rows = [decode_bytes(*(arrays[f"{group}_{k}"] for group in groups), source=str(path)) for k in range(volumes)]
    else:
        rows = [_coefficients(arrays[name], name, path) for name in names]
    if len({len(row) for row in rows}) > 1:
        raise _foreign(path, f"its volumes have {', '.join(str(len(row)) for row in rows)} moments")
    radius, center = zernike3d_ball(int(box))
    data = MomentData(
        moments=np.asarray(from_zernike3d(np.stack(rows), box=int(box))),
        radius=radius * apix,
        voxel_size=apix,
        box=int(box),
        center=(center[0] * apix, center[1] * apix, center[2] * apix),
        latents=_latents(arrays["latents"], path) if has_latents else None,
        source=str(path),
    )
    return data, eight_bit


def zernike3d_members(data: MomentData) -> dict[str, Any]:
    """What zernike3d would write for these moments.

    Raises:
        InputError: They are not in the ball that the tool uses, or the box or the voxel size is not known.
    """
    if data.box is None or data.voxel_size is None or data.radius is None:
        raise InputError(
            f"{data.source}: box, voxel size and radius must be known for a file of zernike3d.",
            hint="Set voxdim, apix and radius, or decompose the map again.",
        )
    radius, center = zernike3d_ball(data.box)
    ours = np.array([data.radius, *data.center]) / data.voxel_size
    # Far below what moments notice, far above the rounding of a voxel size in single precision.
    if np.abs(ours - [radius, *center]).max() > 1e-4 * radius:
        raise InputError(
            f"{data.source}: the ball has a radius of {ours[0]:g} voxels about {ours[1:].round(3).tolist()}, and "
            f"zernike3d knows only that of {radius:g} voxels about {list(center)} in a box of {data.box}.",
            hint="Decompose the map with --ball zernike3d (in Python: vitreous.shape.zernike3d_ball).",
        )
    coefficients = np.asarray(to_zernike3d(data.moments, box=data.box)).astype(np.complex64)
    members: dict[str, Any] = {} if data.latents is None else {"latents": data.latents.astype(np.float32)}
    members |= {"dim": np.int64(data.box), "apix": np.float64(data.voxel_size)}
    return members | {f"arr_{k}": row for k, row in enumerate(coefficients)}


def decode_bytes(
    magnitudes: Shaped[np.ndarray, "..."],
    phases: Shaped[np.ndarray, "..."],
    deltas: Shaped[np.ndarray, "..."],
    *,
    source: str,
) -> Complex[np.ndarray, " moments"]:
    r"""Coefficients from the bytes of zernike3d's own eight bits, to the middle of each bin.

    The tool numbers 256 bins from 1, bin k of the magnitudes from $b_{k-1}$ to $b_k$ with
    $b_k = r_0 (r_1/r_0)^{k/255}$ and of the phases from $-\pi + (k-1) 2\pi/256$; 256 does not fit into a byte and is
    stored as 0, which so means the largest magnitude $r_1$ and the last phase. (Its own reader takes neither the
    $-\pi$ nor the 0 into account.) What is decoded is off by half a bin: $\sqrt{b_1/b_0} - 1$ of the magnitude, and
    π/256. Moments with m = 0 are real, so their phase is known.
    """
    if any(item.dtype != np.uint8 or item.shape != (magnitudes.size,) for item in (magnitudes, phases)):
        raise _foreign(source, "its magnitudes and phases are not bytes of one length")
    if deltas.dtype.kind != "f" or deltas.shape != (3,) or abs(deltas[2] - _PHASE_STEP) > 1e-6:
        raise _foreign(source, f"its bins are described by {deltas.tolist()}")
    smallest, largest = deltas[:2].tolist()
    if not 0 < smallest <= largest < np.inf:
        raise _foreign(source, f"its magnitudes go from {smallest:g} to {largest:g}")
    if smallest < _NO_MAGNITUDE:
        raise InputError(
            f"{source}: a moment is zero, and zernike3d stores that as the same byte as the largest magnitude.",
            hint="Use the file of full precision of the same map.",
        )
    edge = np.where(magnitudes == 0, _BINS, magnitudes).astype(np.float64)
    middle = np.where(magnitudes == 0, 1.0, (edge - 0.5) / (_BINS - 1))
    radius = smallest * (largest / smallest) ** middle
    angle = -np.pi + (np.where(phases == 0, _BINS, phases) - 0.5) * _PHASE_STEP
    m = moment_labels(moment_order(len(magnitudes)))[2]
    return radius * np.where(m == 0, np.sign(np.cos(angle)), np.exp(1j * angle))


def _volumes(path: Path, members: Mapping[str, NpzMember]) -> int:
    """How many volumes the file holds, if its members are those that the tool writes and no others."""
    found = {name: int(match[2]) for name in members if (match := _NUMBERED.fullmatch(name))}
    count = max(found.values()) + 1
    layouts = (("arr",), ("args", "phases", "deltas"))
    # The numbers are checked against how many there are first: a file may claim any.
    complete = count <= len(found) and any(
        set(found) == {f"{group}_{k}" for group in groups for k in range(count)} for groups in layouts
    )
    if not complete or set(members) - set(found) - {"latents"} != {"dim", "apix"}:
        raise _foreign(path, f"its members are {', '.join(members)}")
    return count


def _coefficients(array: Shaped[np.ndarray, "..."], name: str, path: Path) -> Complex[np.ndarray, " moments"]:
    if array.dtype.kind != "c" or array.ndim != 1:
        raise _foreign(path, f"{name} is an array of {array.dtype} with shape {array.shape}")
    return array


def _latents(array: Shaped[np.ndarray, "..."], path: Path) -> Float[np.ndarray, "particles k"]:
    if array.dtype.kind != "f" or array.ndim != 2:
        raise _foreign(path, f"latents is an array of {array.dtype} with shape {array.shape}")
    return array


def _number(arrays: Mapping[str, np.ndarray], name: str, path: Path) -> float:
    array = arrays[name]
    if array.size != 1 or array.dtype.kind not in "fiu":
        raise _foreign(path, f"{name} is an array of {array.dtype} with shape {array.shape}")
    # The shortest decimal that single precision stands for: 1.4, not 1.399999976.
    return float(str(array.reshape(())[()]))


def _foreign(source: str | Path, seen: str) -> InputError:
    return InputError(
        f"{source}: looks like a file of zernike3d, but {seen}, which the version known here does not write.",
        hint="Known are dim, apix, arr_k, latents, or args_k, phases_k and deltas_k in place of arr_k, of its version "
        "0.1. Write the file again with that version, or decompose the map here.",
    )
