"""Particle metadata from poses and optics, as RELION reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64, Int

from vitreous._core import FloatLike, InputError
from vitreous.io import Table
from vitreous.optics import CTF
from vitreous.poses import AbstractPose, EulerAnglePose

from ._metadata import ParticleMetadata
from ._relion_write import pose_columns, relion_table


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
    if poses is not None and not isinstance(poses, EulerAnglePose):
        poses = jax.vmap(_as_euler)(poses)
    _check_lengths(path, {"image_names": image_names, "poses": poses and poses.phi, "ctf": ctf and ctf.defocus_u})
    metadata = _metadata(len(image_names), image_shape, float(pixel_size), poses=poses, ctf=ctf)
    table = relion_table(metadata, source=Path(path))
    if poses is not None and poses.phi.dtype == np.float32:
        # Digits beyond the precision of the poses would only make the file longer.
        table = table.with_columns(pose_columns(metadata.euler_angles_deg, metadata.offsets, decimals=6))
    optics = table.optics or Table()
    sizes = {"rlnMicrographOriginalPixelSize": np.full(len(optics), float(pixel_size))}
    columns: dict[str, Any] = {"rlnImageName": list(image_names)}
    if ctf_scale is not None:
        columns["rlnCtfScalefactor"] = np.asarray(ctf_scale)
    if half_sets is not None:
        columns["rlnRandomSubset"] = half_sets
    particles = Table({**columns, **table.particles.columns, **columns, **(extra or {})}, str(path))
    replace(table, particles=particles, optics=optics.with_columns(sizes)).write(Path(path))


def _check_lengths(path: str | Path, given: Mapping[str, Any]) -> None:
    lengths = {name: len(np.atleast_1d(values)) for name, values in given.items() if values is not None}
    if len(set(lengths.values())) > 1:
        raise InputError(
            f"{path}: the particles' arrays have one length, not {lengths}.",
            hint="Give one value per particle in each.",
        )


def _metadata(
    n: int, image_shape: tuple[int, int], pixel_size: float, *, poses: EulerAnglePose | None, ctf: CTF | None
) -> ParticleMetadata:
    angles = offsets = parameters = None
    if poses is not None:
        angles = np.stack([np.asarray(a, np.float64) for a in (poses.phi, poses.theta, poses.psi)], axis=-1)
        # The offset along the beam is not the STAR file's (see above).
        shifts = (poses.offset_x, poses.offset_y, jnp.zeros_like(poses.offset_x))
        offsets = np.stack([np.asarray(shift, np.float64) for shift in shifts], axis=-1)
    if ctf is not None:
        parameters = {field.name: _decimals(np.asarray(getattr(ctf, field.name))) for field in fields(ctf)}
    return replace(
        ParticleMetadata.of_images(n, shape=image_shape, pixel_size=pixel_size),
        optics_groups=_groups(parameters, n),
        euler_angles_deg=angles,
        offsets=offsets,
        ctf_parameters=parameters,
    )


def _groups(parameters: Mapping[str, np.ndarray] | None, n: int) -> Int[np.ndarray, " n"]:
    """An optics group for each voltage, spherical aberration and amplitude contrast."""
    if parameters is None:
        return np.ones(n, np.int64)
    shared = np.stack([parameters[name] for name in ("voltage_kv", "cs_mm", "amplitude_contrast")], axis=-1)
    return np.unique(shared, axis=0, return_inverse=True)[1].reshape(-1) + 1


def _decimals(values: np.ndarray) -> Float64[np.ndarray, " n"]:
    """Single precision as the shortest decimals that it is read back from: 2.7, not 2.7000000477."""
    if values.dtype == np.float64:
        return values
    distinct, place = np.unique(values, return_inverse=True)
    return np.array([float(str(value)) for value in distinct])[place.reshape(-1)]


def _as_euler(pose: AbstractPose) -> EulerAnglePose:
    offset_x, offset_y, offset_z = pose.offset
    return EulerAnglePose.from_rotation_matrix(
        pose.rotation_matrix, offset_x=offset_x, offset_y=offset_y, offset_z=offset_z
    )
