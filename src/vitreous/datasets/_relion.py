"""RELION's particle tables in this library's conventions: the one place that knows RELION's labels."""

from collections.abc import Mapping

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table
from vitreous.optics import Contrast

from ._metadata import ParticleMetadata
from ._relion_aberrations import RelionAberrations, relion_aberrations
from ._relion_join import RelionJoin
from ._relion_names import image_names, micrograph_names

UID = "cryosparcUid"
"""The column that keeps cryoSPARC's identity of a particle in a STAR file; RELION carries it along unread."""
SIGN = "cryosparcSign"
"""The column that keeps cryoSPARC's `blob/sign`: −1 where protein is dark, which RELION's files cannot say."""
_NO_VALUE = -999.0
_ANGLES = ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")
_MICROSCOPE = {
    "voltage_kv": "rlnVoltage",
    "cs_mm": "rlnSphericalAberration",
    "amplitude_contrast": "rlnAmplitudeContrast",
}


def find_particles(blocks: Mapping[str, Table], source: str) -> str:
    """The name of the block that lists particles.

    It is `particles` (RELION ≥ 3.1), else the only block that names images (older files), else the only one with
    poses.
    """
    if "particles" in blocks:
        return "particles"
    for column in ("rlnImageName", "rlnAngleRot"):
        found = [name for name, table in blocks.items() if column in table and name != "optics"]
        if len(found) == 1:
            return found[0]
    listed = ", ".join(f"data_{name} ({len(table)} rows)" for name, table in blocks.items())
    raise InputError(
        f"{source}: lists no particles: no block has rlnImageName or rlnAngleRot. Its blocks are: {listed}.",
        hint="Give the STAR file of particles, such as run_data.star of a refinement.",
    )


def metadata_from_relion(particles: Table, optics: Table | None, *, pixel_size: float | None) -> ParticleMetadata:
    """RELION's tables as plain metadata.

    RELION's `(rot, tilt, psi)` is the inverse rotation, so the pose is `(φ, θ, ψ) = (−rot, −tilt, −psi)`, and its
    origins are minus our offsets, along the beam too where there is such a column. Before version 3.1 origins are in
    pixels, the pixel size is `rlnDetectorPixelSize · 10⁴ / rlnMagnification`, and there is no optics table. The value
    −999 means none.

    Arguments:
        particles: One row per particle, text.
        optics: One row per optics group, or `None`.
        pixel_size: Å, in place of what the tables say.
    """
    if len(particles) == 0:
        raise InputError(
            f"{particles.source}: lists no particles (0 rows), so there is nothing to do.",
            hint="Check the selection that made the file.",
        )
    join = RelionJoin(particles, optics)
    warnings: list[str] = []
    dimensionality = join.number("rlnImageDimensionality")
    if dimensionality is not None and (dimensionality != 2).any():
        raise InputError(
            f"{particles.source}: lists subtomograms (rlnImageDimensionality 3), not images of particles.",
            hint="Give a STAR file of two-dimensional particles.",
        )
    if "rlnTomoVisibleFrames" in particles:
        raise InputError(
            f"{particles.source}: lists particles of tomograms (rlnTomoVisibleFrames): each has several images.",
            hint="Load it with vitreous.datasets.TomogramParticles.",
        )
    pixel_sizes = _pixel_sizes(join, pixel_size, warnings)
    boxes = join.number("rlnImageSize")
    angles, offsets, pose_problem = _poses(join, pixel_sizes)
    ctf, ctf_problem = _ctf(join)
    stacks, stack_of, index_in_stack = image_names(particles)
    micrographs, micrograph_of = micrograph_names(particles)
    scales = join.number("rlnCtfScalefactor")
    premultiplied = join.number("rlnCtfDataAreCtfPremultiplied")
    half_sets = particles.column("rlnRandomSubset", int) if "rlnRandomSubset" in particles else None
    aberrations = relion_aberrations(join)
    optics_warnings = () if ctf is None else _optics_warnings(ctf)
    return ParticleMetadata(
        stacks=stacks,
        stack_of=stack_of,
        index_in_stack=index_in_stack,
        pixel_sizes=pixel_sizes,
        box_sizes=np.zeros(len(particles), np.int64) if boxes is None else boxes.astype(np.int64),
        optics_groups=join.groups,
        euler_angles_deg=angles,
        offsets=offsets,
        pose_problem=pose_problem,
        ctf_parameters=ctf,
        ctf_problem=ctf_problem,
        ctf_warnings=() if ctf is None else (*_ctf_warnings(aberrations, premultiplied), *optics_warnings),
        optics_warnings=optics_warnings,
        ctf_scales=np.ones(len(particles)) if scales is None else scales,
        ctf_premultiplied=np.zeros(len(particles), bool) if premultiplied is None else premultiplied != 0,
        half_sets=half_sets,
        warnings=tuple(warnings),
        **aberrations._asdict(),
        optics_group_names=_group_names(optics),
        micrographs=micrographs,
        micrograph_of=micrograph_of,
        coordinates=_coordinates(particles),
        class_numbers=particles.column("rlnClassNumber", int) if "rlnClassNumber" in particles else None,
        uids=_uids(particles),
        contrast=_contrast(particles),
    )


def _contrast(particles: Table) -> Contrast | None:
    if SIGN not in particles:
        return None
    signs = set(particles.column(SIGN).tolist())
    if len(signs) > 1 or not signs <= {-1.0, 1.0}:
        raise InputError(
            f"{particles.source}: column {SIGN} holds {sorted(signs)}, and it is −1 (protein dark) or 1 for all.",
            hint="Split the file by it: vitreous stack subset --where.",
        )
    return Contrast.DARK if signs == {-1.0} else Contrast.BRIGHT


def _group_names(optics: Table | None) -> dict[int, str]:
    if optics is None or "rlnOpticsGroupName" not in optics or "rlnOpticsGroup" not in optics:
        return {}
    numbers = optics.column("rlnOpticsGroup", int).tolist()
    return dict(zip(numbers, optics["rlnOpticsGroupName"].tolist(), strict=True))


def _coordinates(particles: Table) -> np.ndarray | None:
    if "rlnCoordinateX" not in particles or "rlnCoordinateY" not in particles:
        return None
    return np.stack([particles.column("rlnCoordinateX"), particles.column("rlnCoordinateY")], axis=-1)


def _uids(particles: Table) -> np.ndarray | None:
    """The 64-bit numbers of cryoSPARC, which a float64 would round."""
    if UID not in particles:
        return None
    try:
        return np.array([int(text) for text in particles[UID].tolist()], np.uint64)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{particles.source}: column {UID} holds what is no number of cryoSPARC's ({error}).",
            hint="Remove the column, or convert the .cs file again.",
        ) from error


def _pixel_sizes(join: RelionJoin, given: float | None, warnings: list[str]) -> np.ndarray:
    n = len(join.particles)
    if given is not None:
        sizes = np.full(n, float(given))
    elif (sizes := join.number("rlnImagePixelSize")) is not None or (sizes := join.number("rlnPixelSize")) is not None:
        pass
    elif (detector := join.number("rlnDetectorPixelSize")) is not None:
        magnification = join.number("rlnMagnification")
        if magnification is None:
            warnings.append(
                f"rlnDetectorPixelSize without rlnMagnification: {detector[0]:g} is taken as Å, as tomography programs "
                "write it"
            )
            magnification = np.full(n, 1e4)
        with np.errstate(divide="ignore"):
            sizes = detector * 1e4 / magnification
    else:
        return np.full(n, np.nan)
    bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
    if len(bad):
        raise InputError(
            f"{join.particles.source}: row {bad[0] + 1} has a pixel size of {sizes[bad[0]]:g} Å, which must be "
            "positive.",
            hint="Correct the file, or give pixel_size=… in Å.",
        )
    return sizes


def _poses(join: RelionJoin, pixel_sizes: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    missing = [name for name in _ANGLES if name not in join.particles]
    if missing:
        return None, None, f"it has no column {', '.join(missing)}"
    angles = np.stack([join.particles.column(name) for name in _ANGLES], axis=-1)
    angles[(angles == _NO_VALUE) | ~np.isfinite(angles)] = np.nan
    offsets = np.zeros((len(angles), 3))
    for axis, name in enumerate(("rlnOriginX", "rlnOriginY", "rlnOriginZ")):
        in_angstrom, in_pixels = join.number(f"{name}Angst"), join.number(name)
        if in_angstrom is not None:
            offsets[:, axis] = -in_angstrom
        elif in_pixels is not None:
            offsets[:, axis] = -in_pixels * pixel_sizes
    if np.isnan(offsets).any() and np.isfinite(angles).any():
        return -angles + 0.0, offsets, "origins are in pixels, and the pixel size is unknown"
    return -angles + 0.0, offsets + 0.0, "an angle of −999 means none"


def _ctf(join: RelionJoin) -> tuple[dict[str, np.ndarray] | None, str]:
    missing = [name for name in ("rlnDefocusU", *_MICROSCOPE.values()) if name not in join]
    if missing:
        return None, f"it has no column {', '.join(missing)}"
    defocus_u = join.number("rlnDefocusU")
    defocus_v = join.number("rlnDefocusV")
    ctf = {
        "defocus_u": defocus_u,
        "defocus_v": defocus_u if defocus_v is None else defocus_v,
        "astigmatism_angle_deg": join.number("rlnDefocusAngle"),
        "phase_shift_deg": join.number("rlnPhaseShift"),
        "b_factor": join.number("rlnCtfBfactor"),
        **{argument: join.number(label) for argument, label in _MICROSCOPE.items()},
    }
    complete = {name: np.zeros(len(join.particles)) if values is None else values for name, values in ctf.items()}
    problem = ""
    for name, values in complete.items():
        usable = np.isfinite(values) & (values != _NO_VALUE)
        if name == "voltage_kv":
            usable &= values > 0
        if name == "amplitude_contrast":
            usable &= (values >= 0) & (values < 1)
        complete[name] = np.where(usable, values, np.nan)
        if not usable.all():
            problem = f"{name} of {values[np.argmin(usable)]:g} is none"
    return complete, problem


def _ctf_warnings(aberrations: RelionAberrations, premultiplied: np.ndarray | None) -> tuple[str, ...]:
    """What `ParticleDataset.ctf` leaves out."""
    warnings = []
    if aberrations.labels:
        warnings.append(f"aberrations that the CTF does not hold are ignored: {aberrations.labels}")
    if premultiplied is not None and (premultiplied != 0).any():
        warnings.append("the images were multiplied by their CTF already (rlnCtfDataAreCtfPremultiplied)")
    return tuple(warnings)


def _optics_warnings(ctf: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    negative = int((ctf["b_factor"] < 0).sum())
    if not negative:
        return ()
    return (
        f"{negative} particles have a negative rlnCtfBfactor, which amplifies high frequencies; some tomography "
        "programs write dose weights with this sign",
    )
