"""Alignments of cryoSPARC's tables as poses."""

import re
import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int
from scipy.spatial.transform import Rotation

from ._cryosparc_columns import CryosparcColumns

_CLASS = re.compile(r"(alignments_class_\d+)/pose")


class CryosparcPoses(NamedTuple):
    """Per particle, `None` where the table has no alignments."""

    euler_angles_deg: Float64[np.ndarray, "n 3"] | None
    offsets: Float64[np.ndarray, "n 3"] | None
    class_numbers: Int[np.ndarray, " n"] | None
    half_sets: Int[np.ndarray, " n"] | None
    problem: str
    warnings: tuple[str, ...] = ()


class _Alignment(NamedTuple):
    """One alignment of each particle."""

    rotation_vectors: np.ndarray
    shifts: np.ndarray  # in pixels
    psize: np.ndarray
    classes: np.ndarray | None


def cryosparc_poses(columns: CryosparcColumns, pixel_sizes: Float64[np.ndarray, " n"]) -> CryosparcPoses:
    """The best alignment that the table has of each particle, as `EulerAnglePose` has it.

    RELION's matrix, which is ours too, is the transpose of `Rodrigues(pose)` (pyem, `csparc2star.py`; a rotation vector
    in radians), and minus our offset is the shift in pixels times `psize_A`. Of several alignments the first of these
    counts:

    - `alignments3D`, of a refinement;
    - `alignments3D_multi`, of a heterogeneous refinement, and `alignments_class_k`, of an ab-initio reconstruction of
      several classes: that of the class with the largest `class_posterior`;
    - `alignments2D`: a rotation in the plane, which is RELION's psi, with rot and tilt 0 as in its 2D classes.

    `split` of 0 and 1 becomes half-set 1 and 2, where both are there.

    Arguments:
        columns: The table.
        pixel_sizes: Å, of the images; for alignments without a `psize_A`.
    """
    split = columns.integers("alignments3D/split")
    half_sets = None if split is None or len(np.unique(split)) < 2 else split + 1
    warnings: tuple[str, ...] = ()
    alignment = _single(columns, pixel_sizes) or _multi(columns, pixel_sizes) or _by_class(columns, pixel_sizes)
    if alignment is None and (alignment := _planar(columns, pixel_sizes)) is not None:
        warnings = ("its poses are those of 2D classes: a rotation and a shift in the plane of the image",)
    classes = columns.integers("alignments2D/class") if alignment is None else alignment.classes
    classes = None if classes is None else classes + 1
    if alignment is None:
        return CryosparcPoses(None, None, classes, half_sets, "it has no column alignments3D/pose")
    offsets = np.zeros((len(columns), 3))
    offsets[:, :2] = -alignment.shifts * alignment.psize[:, None]
    problem = "alignments that are not finite mean none"
    return CryosparcPoses(_euler(alignment.rotation_vectors), offsets + 0.0, classes, half_sets, problem, warnings)


def _euler(rotation_vectors: np.ndarray) -> Float64[np.ndarray, "n 3"]:
    angles = np.full(rotation_vectors.shape, np.nan)
    sound = np.isfinite(rotation_vectors).all(axis=-1)
    with warnings.catch_warnings():
        # At the gimbal lock one of two equal ways to write the rotation is taken, of which SciPy warns.
        warnings.simplefilter("ignore", UserWarning)
        zyz = Rotation.from_rotvec(-rotation_vectors[sound]).as_euler("ZYZ", degrees=True)
    angles[sound] = zyz[:, ::-1]
    return angles + 0.0


def _single(columns: CryosparcColumns, pixel_sizes: np.ndarray) -> _Alignment | None:
    return _named("alignments3D", columns, pixel_sizes)


def _named(group: str, columns: CryosparcColumns, pixel_sizes: np.ndarray) -> _Alignment | None:
    poses = columns.numbers(f"{group}/pose", (3,))
    if poses is None:
        return None
    shifts, psize = columns.demanded(f"{group}/shift", (2,)), columns.decimals(f"{group}/psize_A")
    return _Alignment(poses, shifts, pixel_sizes if psize is None else psize, columns.integers(f"{group}/class"))


def _multi(columns: CryosparcColumns, pixel_sizes: np.ndarray) -> _Alignment | None:
    """Of a heterogeneous refinement: its columns hold a row for each class."""
    group = "alignments3D_multi"
    if any(f"{group}/{name}" not in columns for name in ("pose", "shift", "class_posterior")):
        return None
    classes = columns.shape(f"{group}/class_posterior")[:1]
    poses = columns.demanded(f"{group}/pose", (*classes, 3))
    shifts = columns.demanded(f"{group}/shift", (*classes, 2))
    best = columns.demanded(f"{group}/class_posterior", classes).argmax(axis=1)
    psize = columns.decimals(f"{group}/psize_A")
    rows = np.arange(len(columns))
    return _Alignment(poses[rows, best], shifts[rows, best], pixel_sizes if psize is None else psize, best)


def _by_class(columns: CryosparcColumns, pixel_sizes: np.ndarray) -> _Alignment | None:
    """Of an ab-initio reconstruction: a group of columns for each class."""
    groups = [match[1] for name in columns.names if (match := _CLASS.fullmatch(name))]
    if not groups:
        return None
    found = [_named(group, columns, pixel_sizes) for group in groups]
    posteriors = [columns.demanded(f"{group}/class_posterior") for group in groups]
    best, rows = np.stack(posteriors).argmax(axis=0), np.arange(len(columns))
    vectors, shifts, psize = (
        np.stack([getattr(alignment, field) for alignment in found])[best, rows] for field in _Alignment._fields[:3]
    )
    return _Alignment(vectors, shifts, psize, best)


def _planar(columns: CryosparcColumns, pixel_sizes: np.ndarray) -> _Alignment | None:
    angles = columns.numbers("alignments2D/pose")
    if angles is None:
        return None
    shifts, psize = columns.demanded("alignments2D/shift", (2,)), columns.decimals("alignments2D/psize_A")
    vectors = np.zeros((len(angles), 3))
    vectors[:, 2] = angles
    return _Alignment(vectors, shifts, pixel_sizes if psize is None else psize, columns.integers("alignments2D/class"))
