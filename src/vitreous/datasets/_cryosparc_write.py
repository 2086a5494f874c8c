"""Particle metadata as cryoSPARC's rows."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Shaped, UInt64
from scipy.spatial.transform import Rotation

from vitreous._core import InputError
from vitreous.optics import Contrast

from ._convert_warning import ConversionWarning
from ._cryosparc_aberrations_write import CryosparcOpticsColumns, cryosparc_optics_columns
from ._cryosparc_join import rows_of
from ._cryosparc_table import CryosparcTable
from ._metadata import ParticleMetadata

Columns = dict[str, Shaped[np.ndarray, "n ..."]]


def cryosparc_table(metadata: ParticleMetadata, *, source: Path) -> CryosparcTable:
    """The rows that say to cryoSPARC what the metadata say.

    They have the columns of `uid`, `blob`, `ctf`, `alignments3D` and `location` as cryoSPARC's own jobs write them;
    those that a refinement fits to the images are 0 (1 for `alpha` and `class_posterior`). Uids are those of the
    metadata, and else made from the name of the image, so that the same particle has the same uid in every file. Optics
    groups are exposure groups of the same number. The offset along the beam goes into the defocus, and aberrations as
    `cryosparc_optics_columns` says. A `UserWarning` says what went elsewhere and what has no column.

    Arguments:
        metadata: Of n particles. A contrast that it does not know is bright, as RELION's own extraction makes it.
        source: The file that the rows will be.

    Raises:
        InputError: Optics groups that are no numbers of 32 bits, or uids that occur twice.
    """
    ctf = metadata.ctf_parameters
    optics = None if ctf is None else cryosparc_optics_columns(metadata, ctf)
    columns: Columns = {"uid": _uids(metadata, source)}
    columns |= _blob(metadata)
    if optics is not None:
        columns |= _ctf(metadata, optics, source)
    columns |= _alignments(metadata, optics)
    columns |= _location(metadata)
    for message in _moved(metadata, optics):
        warnings.warn(f"{source}: {message}.", UserWarning, stacklevel=3)
    for message in _lost(metadata, optics):
        warnings.warn(f"{source}: {message}.", ConversionWarning, stacklevel=3)
    return CryosparcTable(source=source, rows=rows_of(columns))


def _moved(metadata: ParticleMetadata, optics: CryosparcOpticsColumns | None) -> list[str]:
    """What stands elsewhere, or is left out without a change to the images, in words."""
    offsets = metadata.offsets
    moved = [] if optics is None else [*optics.moved]
    if optics is not None and offsets is not None and offsets[:, 2].any():
        moved.append("the offsets along the beam went into the defoci")
    if metadata.coordinates is not None and metadata.micrograph_shapes is None:
        moved.append(
            "coordinates are left out: cryoSPARC keeps them as fractions of the micrographs, whose shapes are unknown"
        )
    if (metadata.box_sizes == 0).any():
        moved.append("the size of the images is unknown and written as 0")
    return moved


def _lost(metadata: ParticleMetadata, optics: CryosparcOpticsColumns | None) -> list[str]:
    """What changes the images and has no column, in words."""
    lost = [] if optics is None else [f"cryoSPARC has no column for {text}, which are left out" for text in optics.lost]
    if metadata.ctf_premultiplied.any():
        lost.append("cryoSPARC cannot say that images were multiplied by their CTF, as some of these were")
    if metadata.euler_angles_deg is not None and (count := int(np.isnan(metadata.euler_angles_deg).any(axis=1).sum())):
        lost.append(f"{count} of {len(metadata)} particles have no pose, and cryoSPARC has no mark for that")
    if metadata.offsets is not None and metadata.offsets[:, 2].any() and optics is None:
        lost.append("the offsets along the beam are left out: there is no CTF whose defocus they would change")
    return lost


def _uids(metadata: ParticleMetadata, source: Path) -> UInt64[np.ndarray, " n"]:
    """Uids: those there are, or else numbers made from stack and index."""
    if metadata.uids is not None:
        twice = len(metadata) - len(np.unique(metadata.uids))
        if twice:
            raise InputError(
                f"{source}: {twice} particles would have the uid of another one.",
                hint="Take out particles that are listed twice, or remove the column with uids.",
            )
        return metadata.uids
    if metadata.stack_of is None or metadata.index_in_stack is None:
        names, place = ("",), np.arange(len(metadata), dtype=np.uint64)
        start = np.zeros(len(metadata), np.int64)
    else:
        names, place = metadata.stacks, metadata.index_in_stack.astype(np.uint64)
        start = metadata.stack_of
    uids = _mixed(np.array([_hash(name) for name in names], np.uint64)[start] + place)
    while len(repeated := np.setdiff1d(np.arange(len(uids)), np.unique(uids, return_index=True)[1])):
        uids[repeated] = _mixed(uids[repeated] + np.arange(1, len(repeated) + 1, dtype=np.uint64))
    return uids


def _mixed(numbers: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    """Numbers spread over all 64 bits, different ones to different ones (Steele et al. 2014, SplitMix64)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _blob(metadata: ParticleMetadata) -> Columns:
    columns: Columns = {}
    n = len(metadata)
    if metadata.stack_of is not None and metadata.index_in_stack is not None:
        paths = np.array([name.encode() for name in metadata.stacks], np.bytes_)
        columns["blob/path"] = paths[metadata.stack_of]
        columns["blob/idx"] = np.maximum(metadata.index_in_stack, 0).astype(np.uint32)
    columns["blob/shape"] = np.repeat(metadata.box_sizes.astype(np.uint32)[:, None], 2, axis=1)
    columns["blob/psize_A"] = metadata.pixel_sizes.astype(np.float32)
    columns["blob/sign"] = np.full(n, -1 if metadata.contrast is Contrast.DARK else 1, np.float32)
    columns["blob/import_sig"] = np.zeros(n, np.uint64)
    return columns


def _ctf(metadata: ParticleMetadata, optics: CryosparcOpticsColumns, source: Path) -> Columns:
    groups, ctf = metadata.optics_groups, optics.ctf
    if groups.min() < 0 or groups.max() >= 2**32:
        raise InputError(
            f"{source}: an optics group has the number {groups.min() if groups.min() < 0 else groups.max()}, which "
            "cryoSPARC's ctf/exp_group_id cannot hold.",
            hint="Number the groups from 1.",
        )
    raised = 0.0 if metadata.offsets is None else np.nan_to_num(metadata.offsets[:, 2])
    anisotropy = np.zeros((len(metadata), 4))
    if metadata.magnification is not None:
        anisotropy = (metadata.magnification - np.eye(2)).reshape(-1, 4)
    numbers = {
        "accel_kv": ctf["voltage_kv"],
        "cs_mm": ctf["cs_mm"],
        "amp_contrast": ctf["amplitude_contrast"],
        "df1_A": ctf["defocus_u"] + raised,
        "df2_A": ctf["defocus_v"] + raised,
        "df_angle_rad": np.deg2rad(ctf["astigmatism_angle_deg"]),
        "phase_shift_rad": np.deg2rad(ctf["phase_shift_deg"]),
        "scale": metadata.ctf_scales,
        "scale_const": np.zeros(len(metadata)),
        "shift_A": np.zeros((len(metadata), 2)),
        "tilt_A": optics.tilt,
        "trefoil_A": optics.trefoil,
        "tetra_A": optics.tetra,
        "anisomag": anisotropy,
        "bfactor": ctf["b_factor"],
    }
    columns: Columns = {"ctf/type": np.full(len(metadata), b"imported"), "ctf/exp_group_id": groups.astype(np.uint32)}
    return columns | {f"ctf/{name}": values.astype(np.float32) for name, values in numbers.items()}


def _alignments(metadata: ParticleMetadata, optics: CryosparcOpticsColumns | None) -> Columns:
    n = len(metadata)
    classes = None if metadata.class_numbers is None else np.maximum(metadata.class_numbers - 1, 0).astype(np.uint32)
    halves = None if metadata.half_sets is None else np.maximum(metadata.half_sets - 1, 0).astype(np.uint32)
    if metadata.euler_angles_deg is None or metadata.offsets is None:
        columns: Columns = {} if classes is None else {"alignments2D/class": classes}
        return columns if halves is None else columns | {"alignments3D/split": halves}
    offsets = metadata.offsets[:, :2] + (0.0 if optics is None else optics.offsets)
    # Shifts are in pixels; where these are unknown, one of 1 Å makes them Å.
    psize = np.where(np.isfinite(metadata.pixel_sizes), metadata.pixel_sizes, 1.0).astype(np.float32)
    columns = {
        "split": np.zeros(n, np.uint32) if halves is None else halves,
        "shift": (-offsets / psize.astype(np.float64)[:, None]).astype(np.float32),
        "pose": _rotation_vectors(metadata.euler_angles_deg).astype(np.float32),
        "psize_A": psize,
        **{name: np.zeros(n, np.float32) for name in ("error", "error_min", "resid_pow", "slice_pow", "image_pow")},
        "cross_cor": np.zeros(n, np.float32),
        "alpha": np.ones(n, np.float32),
        **{name: np.zeros(n, np.float32) for name in ("weight", "pose_ess", "shift_ess")},
        "class_posterior": np.ones(n, np.float32),
        "class": np.zeros(n, np.uint32) if classes is None else classes,
        "class_ess": np.ones(n, np.float32),
    }
    return {f"alignments3D/{name}": values for name, values in columns.items()}


def _rotation_vectors(angles: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    """Of the inverse rotations, in radians."""
    vectors = np.full(angles.shape, np.nan)
    sound = np.isfinite(angles).all(axis=1)
    vectors[sound] = -Rotation.from_euler("ZYZ", angles[sound][:, ::-1], degrees=True).as_rotvec()
    return vectors


def _location(metadata: ParticleMetadata) -> Columns:
    columns: Columns = {}
    if metadata.micrograph_of is not None:
        paths = np.array([name.encode() for name in metadata.micrographs], np.bytes_)
        uids = np.array([_hash(name) for name in metadata.micrographs], np.uint64)
        columns["location/micrograph_uid"] = uids[metadata.micrograph_of]
        columns["location/exp_group_id"] = metadata.optics_groups.astype(np.uint32)
        columns["location/micrograph_path"] = paths[metadata.micrograph_of]
    if metadata.micrograph_shapes is not None:
        columns["location/micrograph_shape"] = metadata.micrograph_shapes.astype(np.uint32)
        if metadata.coordinates is not None:
            fractions = metadata.coordinates / metadata.micrograph_shapes[:, ::-1]
            columns["location/center_x_frac"], columns["location/center_y_frac"] = fractions.T.astype(np.float32)
    return columns
