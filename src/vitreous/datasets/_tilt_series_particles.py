"""Particles of tomograms: where they are, how they are turned, and in which images of the tilt series they are seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Shaped

from vitreous._core import InputError
from vitreous.io import read_star, resolve_image_name

from ._picked_rows import Rows, picked_rows
from ._relion_join import RelionJoin
from ._relion_table import RelionTable
from ._tilt_series_geometry import vectors

_CENTRED = tuple(f"rlnCenteredCoordinate{axis}Angst" for axis in "XYZ")
_FROM_CORNER = tuple(f"rlnCoordinate{axis}" for axis in "XYZ")
_ORIGINS = tuple(f"rlnOrigin{axis}Angst" for axis in "XYZ")
_ANGLES = ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")
_BOX_ANGLES = tuple(f"rlnTomoSubtomogram{angle}" for angle in ("Rot", "Tilt", "Psi"))


@dataclass(frozen=True, eq=False, kw_only=True)
class TomogramParticles:
    """Particles of tomograms in a STAR file of RELION 4 or 5, with all its columns.

    Such a particle is not an image: RELION 4 extracts a volume of each, RELION 5 a stack with the images of the tilt
    series in which it is visible. `ParticleDataset` is for images of particles.

    Make one with `TomogramParticles.load`.

    Arguments:
        table: The rows, with the optics table and whatever else the file has.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import Table, write_star
        >>> path = Path(tempfile.mkdtemp()) / "particles.star"
        >>> columns = {f"rlnCenteredCoordinate{axis}Angst": [0.0, 12.5] for axis in "XYZ"}
        >>> frames = {"rlnTomoVisibleFrames": ["[1,1,0]", "[1,0,0]"]}
        >>> write_star(path, {"particles": Table({"rlnTomoName": ["TS_01", "TS_01"], **columns, **frames})})
        >>> particles = TomogramParticles.load(path)
        >>> particles.positions[1].tolist(), particles.visible_images[0].tolist()
        ([12.5, 12.5, 12.5], [True, True, False])
    """

    table: RelionTable
    project: Path | None = None

    @classmethod
    def load(cls, path: str | Path, *, project: str | Path | None = None) -> "TomogramParticles":
        """Read what a STAR file says about particles of tomograms; no image is touched.

        Arguments:
            path: A `particles.star` or `run_data.star` of RELION's tomography, with a column `rlnTomoName`.
            project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

        Raises:
            InputError: The file is no STAR file, or lists no particles of tomograms.
        """
        path = Path(path)
        blocks = read_star(path)
        found = [name for name in ("particles", *blocks) if name in blocks and _is_listed(blocks[name].names)]
        if not found:
            raise InputError(
                f"{path}: lists no particles of tomograms: no block has rlnTomoName and coordinates.",
                hint="Images of single particles are loaded by ParticleDataset.load, tilt series by TiltSeriesDataset.",
            )
        name = found[0]
        if len(blocks[name]) == 0:
            raise InputError(f"{path}: lists no particles (0 rows).", hint="Check the selection that made the file.")
        others = {other: table for other, table in blocks.items() if other not in (name, "optics")}
        table = RelionTable(
            source=path, particles=blocks[name], optics=blocks.get("optics"), others=others, block_name=name
        )
        return cls(table=table, project=None if project is None else Path(project))

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rows: Rows) -> "TomogramParticles":
        """The particles of an index, a slice, indices, a mask, or an expression.

        Raises:
            InputError: Nothing is selected, or an expression that cannot be evaluated.
        """
        picked = picked_rows(rows, len(self), names=self.names, column=self.column, source=self.source)
        return replace(self, table=self.table.select(picked))

    @property
    def source(self) -> Path:
        """The file that lists them."""
        return self.table.source

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""
        return self.table.names

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column: numbers where all of it are numbers, else text.

        Raises:
            InputError: There is no such column.
        """
        return self.table.column(name)

    @property
    def tomograms(self) -> tuple[str, ...]:
        """The name of each particle's tomogram, as `TiltSeriesDataset` has it."""
        return tuple(self.table.particles["rlnTomoName"].tolist())

    @property
    def is_centred(self) -> bool:
        """Whether `positions` are in Å from the tomogram's middle (RELION 5), and not in voxels from its corner."""
        return all(name in self.table.particles for name in _CENTRED)

    @property
    def positions(self) -> Float64[np.ndarray, "n 3"]:
        """(x, y, z) in the tomogram, without `offsets`.

        In Å from its middle where `is_centred`, and else in voxels of the unbinned tilt series from its first voxel.
        """
        names = _CENTRED if self.is_centred else _FROM_CORNER
        return np.stack([self.table.particles.column(name) for name in names], axis=-1)

    @property
    def offsets(self) -> Float64[np.ndarray, "n 3"] | None:
        """(x, y, z) in Å: RELION's `rlnOriginX/Y/ZAngst` with the sign of this library; `None` where not refined."""
        values = self._numbers(_ORIGINS)
        return None if values is None else 0.0 - values

    @property
    def euler_angles_deg(self) -> Float64[np.ndarray, "n 3"] | None:
        """(φ, θ, ψ) of `EulerAnglePose`, minus RELION's (rot, tilt, psi); `None` where not refined.

        They are relative to `box_euler_angles_deg` where the file has those.
        """
        values = self._numbers(_ANGLES)
        return None if values is None else 0.0 - values

    @property
    def box_euler_angles_deg(self) -> Float64[np.ndarray, "n 3"] | None:
        """How the box of each particle is turned in the tomogram, likewise; `None` where it is not turned."""
        values = self._numbers(_BOX_ANGLES)
        return None if values is None else 0.0 - values

    @property
    def visible_images(self) -> tuple[Bool[np.ndarray, " tilts"], ...] | None:
        """For each particle, in which images of its tilt series it is visible; `None` where the file does not say."""
        column = "rlnTomoVisibleFrames"
        if column not in self.table.particles:
            return None
        texts = self.table.particles[column]
        return tuple(row != 0 for row in vectors(texts, length=None, source=str(self.source), column=column))

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file of each particle: the stack of its images, or its volume. It need not exist.

        Raises:
            InputError: The file names none, or a name leads out of the folders in which images are looked for.
        """
        names = self.table.particles["rlnImageName"].tolist()
        return tuple(resolve_image_name(name, self.source, project=self.project)[1] for name in names)

    @property
    def pixel_sizes(self) -> Float64[np.ndarray, " n"] | None:
        """Å, of the extracted images or volumes; `None` where the file does not say."""
        return RelionJoin(self.table.particles, self.table.optics).number("rlnImagePixelSize")

    def write(self, path: str | Path) -> None:
        """Write them with all columns, optics groups and other tables as a STAR file.

        Arguments:
            path: The file to write, replaced if it exists. It belongs into the project that the paths in it are of.

        Raises:
            InputError: The folder cannot be written.
        """
        self.table.write(Path(path))

    def _numbers(self, names: Sequence[str]) -> np.ndarray | None:
        particles = self.table.particles
        if any(name not in particles for name in names):
            return None
        return np.stack([particles.column(name) for name in names], axis=-1)


def _is_listed(names: Sequence[str]) -> bool:
    return "rlnTomoName" in names and any(all(name in names for name in three) for three in (_CENTRED, _FROM_CORNER))
