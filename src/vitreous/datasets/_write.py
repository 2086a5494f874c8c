"""Particle metadata from poses and optics, as RELION reads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from vitreous._core import FloatLike, InputError
from vitreous.io import Table, write_star
from vitreous.optics import CTF
from vitreous.poses import AbstractPose, EulerAnglePose


def write_particles_star(
    path: str | Path,
    *,
    image_names: Sequence[str],
    image_shape: tuple[int, int],
    pixel_size: FloatLike,
    poses: AbstractPose | None = None,
    ctf: CTF | None = None,
    ctf_scale: Any | None = None,
    half_sets: Int[np.ndarray, " n"] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write a STAR file of particles for RELION 3.1 and later: an optics table and a particles table.

    Poses become RELION's `(rot, tilt, psi) = (−φ, −θ, −ψ)`, with the tilt brought to 0–180°, and origins in Å, minus
    the offsets. The offset along the beam has no column in RELION's single-particle files and is not written: either
    `ctf` holds it (`CTF.with_defocus_offset`), which RELION understands, or `extra` holds its negative as
    `rlnOriginZAngst`, which `ParticleDataset` reads and adds; never both. Particles of one voltage, aberration and
    amplitude contrast share an optics group.

    Arguments:
        path: The file to write, replaced if it exists.
        image_names: `number@stack`, the number counted from 1, the path relative to the file.
        image_shape: Rows and columns of an image.
        pixel_size: Å.
        poses: Batched poses of n particles.
        ctf: Batched CTFs of n particles.
        ctf_scale: What multiplies the CTF, per particle.
        half_sets: 1 or 2 per particle.
        extra: More columns of the particles table, by name.

    Raises:
        InputError: No particles, arrays of another length, or a folder that cannot be written.

    Examples:
        >>> import tempfile
        >>> import jax.numpy as jnp
        >>> from vitreous.io import read_star
        >>> path = Path(tempfile.mkdtemp()) / "a.star"
        >>> write_particles_star(
        ...     path,
        ...     image_names=["1@a.mrcs", "2@a.mrcs"],
        ...     image_shape=(64, 64),
        ...     pixel_size=1.5,
        ...     ctf=jax.vmap(CTF)(jnp.array([10_000.0, 12_000.0])),
        ... )
        >>> read_star(path)["particles"].column("rlnDefocusU").tolist()
        [10000.0, 12000.0]
    """
    if len(image_names) == 0:
        raise InputError(f"{path}: there are no particles to write.", hint="Give at least one image name.")
    n = len(image_names)
    columns: dict[str, Any] = {"rlnImageName": list(image_names)}
    if poses is not None:
        columns |= _pose_columns(poses)
    groups = np.ones(n, np.int64)
    microscope = np.empty((1, 0))
    if ctf is not None:
        columns |= {
            "rlnDefocusU": np.asarray(ctf.defocus_u),
            "rlnDefocusV": np.asarray(ctf.defocus_v),
            "rlnDefocusAngle": np.asarray(ctf.astigmatism_angle_deg),
            "rlnPhaseShift": np.asarray(ctf.phase_shift_deg),
            "rlnCtfBfactor": np.asarray(ctf.b_factor),
        }
        fields = np.stack([np.asarray(f) for f in (ctf.voltage_kv, ctf.cs_mm, ctf.amplitude_contrast)], axis=-1)
        microscope, inverse = np.unique(fields, axis=0, return_inverse=True)
        groups = inverse.reshape(-1) + 1
    if ctf_scale is not None or ctf is not None:
        columns["rlnCtfScalefactor"] = np.ones(n) if ctf_scale is None else np.asarray(ctf_scale)
    columns["rlnOpticsGroup"] = groups
    if half_sets is not None:
        columns["rlnRandomSubset"] = half_sets
    optics = _optics_table(microscope, image_shape, float(pixel_size))
    write_star(path, {"optics": optics, "particles": Table({**columns, **(extra or {})}, str(path))})


def _optics_table(microscope: np.ndarray, image_shape: tuple[int, int], pixel_size: float) -> Table:
    count = len(microscope)
    columns: dict[str, Any] = {
        "rlnOpticsGroupName": [f"opticsGroup{number}" for number in range(1, count + 1)],
        "rlnOpticsGroup": np.arange(1, count + 1),
        "rlnMicrographOriginalPixelSize": np.full(count, pixel_size),
    }
    if microscope.shape[1]:
        columns["rlnVoltage"], columns["rlnSphericalAberration"], columns["rlnAmplitudeContrast"] = microscope.T
    columns["rlnImagePixelSize"] = np.full(count, pixel_size)
    if image_shape[0] == image_shape[1]:  # RELION's one number says nothing about a rectangle
        columns["rlnImageSize"] = np.full(count, image_shape[0])
    columns["rlnImageDimensionality"] = np.full(count, 2)
    columns["rlnCtfDataAreCtfPremultiplied"] = np.zeros(count, np.int64)
    return Table(columns)


def _pose_columns(poses: AbstractPose) -> dict[str, np.ndarray]:
    if not isinstance(poses, EulerAnglePose):
        poses = jax.vmap(_as_euler)(poses)
    # Digits beyond the precision of the poses would only make the file longer.
    decimals = 6 if poses.phi.dtype == np.float32 else 12
    rot, tilt, psi = (-np.asarray(angle, np.float64) for angle in (poses.phi, poses.theta, poses.psi))
    tilt = tilt % 360
    # (rot, tilt, psi) and (rot + 180, −tilt, psi + 180) are one rotation.
    flipped = np.where(tilt > 180, 180.0, 0.0)
    tilt = np.where(tilt > 180, 360 - tilt, tilt)
    columns = {
        "rlnAngleRot": (rot + flipped + 180) % 360 - 180,
        "rlnAngleTilt": tilt,
        "rlnAnglePsi": (psi + flipped + 180) % 360 - 180,
        "rlnOriginXAngst": -np.asarray(poses.offset_x, np.float64),
        "rlnOriginYAngst": -np.asarray(poses.offset_y, np.float64),
    }
    return {name: np.round(values, decimals) + 0.0 for name, values in columns.items()}


def _as_euler(pose: AbstractPose) -> EulerAnglePose:
    offset_x, offset_y, offset_z = pose.offset
    return EulerAnglePose.from_rotation_matrix(
        pose.rotation_matrix, offset_x=offset_x, offset_y=offset_y, offset_z=offset_z
    )
