"""The bodies of a multi-body refinement, and how each particle's bodies moved."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError
from vitreous.io import Table, read_star, resolve_image_name

from ._picked_rows import Rows, picked_rows
from ._relion_table import RelionTable

_BODY = re.compile(r"images_body_(\d+)")
_ANGLES = ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")
_ORIGINS = ("rlnOriginXAngst", "rlnOriginYAngst", "rlnOriginZAngst")


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body of a multi-body refinement.

    Arguments:
        mask: The map that says where it is.
        rotates_relative_to: The body, counted from 0, towards whose middle the axes of its motions point; `None` for
            one that does not say.
        sigma_angles_deg: The standard deviation of the prior on its rotations.
        sigma_offset: That of the prior on its shifts, in Å, or in pixels where `is_in_pixels`.
        is_in_pixels: Whether `sigma_offset` is in pixels, as in files of RELION before 3.1.
    """

    mask: Path
    rotates_relative_to: int | None
    sigma_angles_deg: float
    sigma_offset: float
    is_in_pixels: bool


def load_bodies(path: str | Path, *, project: str | Path | None = None) -> tuple[Body, ...]:
    """The bodies that a STAR file for RELION's multi-body refinement defines.

    Arguments:
        path: The file, with `rlnBodyMaskName`, `rlnBodyRotateRelativeTo`, `rlnBodySigmaAngles`, `rlnBodySigmaOffset`.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

    Returns:
        The bodies, in the order of the file.

    Raises:
        InputError: The file is no such STAR file, a value is no number or not positive, or a body moves relative to one
            that is not there.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_star
        >>> path = Path(tempfile.mkdtemp()) / "bodies.star"
        >>> columns = {"rlnBodyMaskName": ["a.mrc", "b.mrc"], "rlnBodyRotateRelativeTo": [2, 1]}
        >>> priors = {"rlnBodySigmaAngles": [10.0, 10.0], "rlnBodySigmaOffsetAngst": [2.0, 2.0]}
        >>> write_star(path, {"": Table({**columns, **priors})})
        >>> [body.rotates_relative_to for body in load_bodies(path)]
        [1, 0]
    """
    path = Path(path)
    found = [table for table in read_star(path).values() if "rlnBodyMaskName" in table]
    if not found or not len(found[0]):
        raise InputError(
            f"{path}: defines no bodies: no block has rows with rlnBodyMaskName.",
            hint="Give the STAR file of bodies that multi-body refinement was given.",
        )
    table = found[0]
    in_pixels = "rlnBodySigmaOffsetAngst" not in table
    offsets = table.column("rlnBodySigmaOffset" if in_pixels else "rlnBodySigmaOffsetAngst")
    angles = table.column("rlnBodySigmaAngles")
    for name, values in (("rlnBodySigmaAngles", angles), ("the prior on offsets", offsets)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise InputError(f"{path}: {name} is {values.tolist()}, not from 0 up.", hint="Correct the file.")
    others: list[int | None] = [None] * len(table)
    if "rlnBodyRotateRelativeTo" in table:
        others = [int(number) - 1 for number in table.column("rlnBodyRotateRelativeTo", int)]
    wrong = [number for number in others if number is not None and not 0 <= number < len(table)]
    if wrong:
        raise InputError(
            f"{path}: a body moves relative to body {wrong[0] + 1}, and there are {len(table)}.",
            hint="rlnBodyRotateRelativeTo counts the rows from 1.",
        )
    names = table["rlnBodyMaskName"].tolist()
    return tuple(
        Body(
            mask=resolve_image_name(name, path, project=project)[1],
            rotates_relative_to=other,
            sigma_angles_deg=float(angle),
            sigma_offset=float(offset),
            is_in_pixels=in_pixels,
        )
        for name, other, angle, offset in zip(names, others, angles, offsets, strict=True)
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class BodyParticles:
    r"""Particles of a multi-body refinement: where each is as a whole, and how each of its bodies moved from there.

    RELION keeps the consensus poses in `data_particles` and a table for each body behind it, `data_images_body_1` and
    so on, with one row per particle. Their angles are of a rotation $A$ beyond the consensus rotation $A_c$, in axes
    $O$ that belong to the body: the body is turned by

    $$A_c\, O^T\, R_y(90°)\, A\, O$$

    in RELION's sense of rotations (Nakane et al., *eLife* 2018, 7, e36861, and its program `relion_flex_analyse`), so
    that (rot, tilt, psi) = (0, 90, 0) means that it did not move. $O$ depends on the masks of the bodies, so these
    are no poses of this library yet.

    Make one with `BodyParticles.load`.

    Arguments:
        particles: The consensus, with the optics table and whatever else the file has.
        bodies: One table per body, one row per particle.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_star
        >>> path = Path(tempfile.mkdtemp()) / "run_data.star"
        >>> body = Table({name: [0.0, 1.0] for name in ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")})
        >>> write_star(path, {"particles": Table({"rlnImageName": ["1@a", "2@a"]}), "images_body_1": body})
        >>> BodyParticles.load(path).angles_deg.shape
        (1, 2, 3)
    """

    particles: RelionTable
    bodies: tuple[Table, ...]

    @classmethod
    def load(cls, path: str | Path) -> "BodyParticles":
        """Read the particles of a `run_data.star` of a multi-body refinement.

        Arguments:
            path: The file.

        Raises:
            InputError: The file is no STAR file, lists no particles, or has no tables of bodies, or tables with other
                than one row per particle.
        """
        path = Path(path)
        table = RelionTable.read(path)
        numbers = sorted(int(match[1]) for name in table.others if (match := _BODY.fullmatch(name)))
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            raise InputError(
                f"{path}: has tables of the bodies {', '.join(map(str, numbers)) or 'none'}, not 1, 2, ….",
                hint="Give run_data.star of a multi-body refinement of RELION 3.1 or later.",
            )
        bodies = tuple(table.others[f"images_body_{number}"] for number in numbers)
        for number, body in zip(numbers, bodies, strict=True):
            if len(body) != len(table):
                raise InputError(
                    f"{path}: body {number} has {len(body)} rows, and there are {len(table)} particles.",
                    hint="Copy the file again.",
                )
        others = {name: other for name, other in table.others.items() if not _BODY.fullmatch(name)}
        return cls(particles=replace(table, others=others), bodies=bodies)

    def __len__(self) -> int:
        return len(self.particles)

    def __getitem__(self, rows: Rows) -> "BodyParticles":
        """The particles of an index, a slice, indices, a mask, or an expression of the consensus columns.

        Raises:
            InputError: Nothing is selected, or an expression that cannot be evaluated.
        """
        table = self.particles
        picked = picked_rows(rows, len(self), names=table.names, column=table.column, source=table.source)
        return BodyParticles(particles=table.select(picked), bodies=tuple(body.select(picked) for body in self.bodies))

    @property
    def angles_deg(self) -> Float64[np.ndarray, "bodies n 3"]:
        """RELION's (rot, tilt, psi) of each body beyond the consensus, in the body's own axes."""
        return np.stack([np.stack([body.column(name) for name in _ANGLES], axis=-1) for body in self.bodies])

    @property
    def origins(self) -> Float64[np.ndarray, "bodies n axes"]:
        """RELION's origins of each body beyond the consensus, (x, y) or (x, y, z) in Å."""
        names = [name for name in _ORIGINS if all(name in body for body in self.bodies)]
        if len(names) < 2:
            raise InputError(
                f"{self.particles.source}: not every body has {_ORIGINS[0]} and {_ORIGINS[1]}.",
                hint="Give run_data.star of a multi-body refinement of RELION 3.1 or later.",
            )
        return np.stack([np.stack([body.column(name) for name in names], axis=-1) for body in self.bodies])

    def write(self, path: str | Path) -> None:
        """Write the particles with the tables of their bodies as a STAR file.

        Arguments:
            path: The file to write, replaced if it exists.

        Raises:
            InputError: The folder cannot be written.
        """
        bodies = {f"images_body_{number}": body for number, body in enumerate(self.bodies, start=1)}
        table = self.particles
        replace(table, others={**table.others, **bodies}).write(Path(path))
