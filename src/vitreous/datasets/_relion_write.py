"""Particle metadata as RELION's tables."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from vitreous.io import Table
from vitreous.optics import Contrast

from ._metadata import ParticleMetadata
from ._relion import SIGN, UID
from ._relion_names import join_image_names
from ._relion_optics_write import optics_of
from ._relion_table import RelionTable

_CTF = {
    "rlnDefocusU": "defocus_u",
    "rlnDefocusV": "defocus_v",
    "rlnDefocusAngle": "astigmatism_angle_deg",
    "rlnPhaseShift": "phase_shift_deg",
    "rlnCtfBfactor": "b_factor",
}


def relion_table(metadata: ParticleMetadata, *, source: Path) -> RelionTable:
    """The tables of RELION 3.1 and later that say what the metadata say.

    Poses become `(rot, tilt, psi) = (−φ, −θ, −ψ)`, with the tilt brought to 0–180°, and origins in Å, minus the
    offsets. The offset along the beam becomes `rlnOriginZAngst` where it is not 0. Optics groups keep their numbers;
    one whose particles differ in what belongs to a group (voltage, aberrations, …) is divided, and the parts after the
    first get the next free numbers.

    Arguments:
        metadata: Of n particles.
        source: The file that the tables will be.
    """
    groups, optics = optics_of(metadata, source=source)
    columns = {**_images(metadata), **pose_columns(metadata.euler_angles_deg, metadata.offsets), **_ctf(metadata)}
    columns["rlnOpticsGroup"] = groups
    if metadata.micrograph_of is not None:
        columns["rlnMicrographName"] = np.array(metadata.micrographs)[metadata.micrograph_of]
    if metadata.coordinates is not None:
        columns["rlnCoordinateX"], columns["rlnCoordinateY"] = metadata.coordinates.T
    for name, values in {"rlnClassNumber": metadata.class_numbers, "rlnRandomSubset": metadata.half_sets}.items():
        if values is not None:
            columns[name] = values
    if metadata.uids is not None:
        columns[UID] = metadata.uids
    if metadata.contrast is not None:
        columns[SIGN] = np.full(len(metadata), -1 if metadata.contrast is Contrast.DARK else 1)
    if metadata.contrast is Contrast.DARK:
        warnings.warn(
            f"{source}: protein is dark in the images, and RELION takes it as bright. Only the column {SIGN} says so: "
            "invert the images (vitreous stack invert), or their contrast in RELION.",
            UserWarning,
            stacklevel=4,
        )
    return RelionTable(source=source, particles=Table(columns, str(source)), optics=optics)


def pose_columns(
    angles: Float64[np.ndarray, "n 3"] | None, offsets: Float64[np.ndarray, "n 3"] | None, *, decimals: int = 12
) -> dict[str, Float64[np.ndarray, " n"]]:
    """RELION's columns of poses; a particle without a pose has −999.

    Arguments:
        angles: (φ, θ, ψ) in degrees.
        offsets: (x, y, z) in Å.
        decimals: Further digits, beyond the precision of the poses, would only make the file longer.
    """
    columns: dict[str, np.ndarray] = {}
    if angles is not None:
        rot, tilt, psi = -angles.T
        tilt = tilt % 360
        # (rot, tilt, psi) and (rot + 180, −tilt, psi + 180) are one rotation.
        flipped = np.where(tilt > 180, 180.0, 0.0)
        columns["rlnAngleRot"] = (rot + flipped + 180) % 360 - 180
        columns["rlnAngleTilt"] = np.where(tilt > 180, 360 - tilt, tilt)
        columns["rlnAnglePsi"] = (psi + flipped + 180) % 360 - 180
        columns = {name: np.where(np.isfinite(values), values, -999.0) for name, values in columns.items()}
    if offsets is not None:
        columns["rlnOriginXAngst"], columns["rlnOriginYAngst"] = -offsets[:, :2].T
        if offsets[:, 2].any():
            columns["rlnOriginZAngst"] = -offsets[:, 2]
    return {name: np.round(values, decimals) + 0.0 for name, values in columns.items()}


def _images(metadata: ParticleMetadata) -> dict[str, Any]:
    if metadata.stack_of is None or metadata.index_in_stack is None:
        return {}
    paths = np.array(metadata.stacks, np.str_)[metadata.stack_of]
    return {"rlnImageName": join_image_names(paths.tolist(), metadata.index_in_stack)}


def _ctf(metadata: ParticleMetadata) -> dict[str, np.ndarray]:
    ctf = metadata.ctf_parameters
    if ctf is None:
        return {}
    columns = {label: np.where(np.isfinite(ctf[name]), ctf[name], -999.0) for label, name in _CTF.items()}
    return {**columns, "rlnCtfScalefactor": metadata.ctf_scales}
