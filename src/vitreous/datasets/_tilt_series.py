"""A tilt series: what each of its images is a projection of, and under which optics and dose."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Shaped

from vitreous._core import InputError
from vitreous.io import Table, resolve_image_name
from vitreous.optics import CTF

from ._metadata import ParticleMetadata
from ._microscopes import count_without_ctf, ctf_of
from ._picked_rows import Rows, picked_rows
from ._tilt_series_geometry import projection_matrices, tilt_rotations


@dataclass(frozen=True, eq=False, kw_only=True)
class TiltSeries:
    """The n images of a tilt series, in the order of the file. `TiltSeriesDataset.load` makes them.

    Angles and shifts are those of the alignment where the file has one (`is_aligned`), and else those that the
    microscope was asked for; `vitreous.datasets.tilt_rotations` says what they mean.

    Arguments:
        name: What the tomogram is called.
        source: The file that lists the images, against which their names are resolved.
        tilts: All columns of the file, one row per image.
        settings: What the file says about the whole series, one row; no columns where it says nothing.
        tilt_angles_deg: The tilt about the tilt axis, θ.
        tilt_axes_deg: The direction ψ of the tilt axis in the image, from +y, turning from +x towards +y; `None` where
            not said.
        x_tilts_deg: The tilt across the axis, ω.
        shifts: (x, y) in Å of the tomogram's middle in each image, from the image's middle; `None` where only
            `projections` say it.
        is_aligned: Whether angles and shifts are those of an alignment.
        pre_exposures: The dose per Å² in electrons that the specimen had before each image; `None` where not said.
        nominal_defocus: Å, positive for underfocus, that the microscope was asked for; `None` where not said.
        pixel_size: Å, of the images; `None` where not said.
        projections: RELION's `rlnTomoProjX` to `W`, which take a voxel (x, y, z, 1) of the unbinned tomogram to a
            pixel of the image; `None` where the file has none.
        tomogram_shape: (sections, rows, columns) of the unbinned tomogram; `None` where not said.
        hand: RELION's `rlnTomoHand`, +1 or −1: a point's defocus is that of the tomogram's middle plus this times its
            height over it, the third coordinate of `projections`; `None` where not said.
        image_names: The images as the file names them, `number@stack` or a path, one each; `None` where it names none.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.
        optics: The CTF of each image in this library's conventions.
    """

    name: str
    source: Path
    tilts: Table
    settings: Table
    tilt_angles_deg: Float64[np.ndarray, " n"]
    tilt_axes_deg: Float64[np.ndarray, " n"] | None
    x_tilts_deg: Float64[np.ndarray, " n"]
    shifts: Float64[np.ndarray, "n 2"] | None
    is_aligned: bool
    pre_exposures: Float64[np.ndarray, " n"] | None
    nominal_defocus: Float64[np.ndarray, " n"] | None
    pixel_size: float | None
    projections: Float64[np.ndarray, "n 4 4"] | None
    tomogram_shape: tuple[int, int, int] | None
    hand: float | None
    image_names: tuple[str, ...] | None
    project: Path | None
    optics: ParticleMetadata

    def __len__(self) -> int:
        return len(self.tilt_angles_deg)

    def __getitem__(self, rows: Rows) -> "TiltSeries":
        """The images of an index, a slice, indices, a mask, or an expression such as `"rlnTomoYTilt < 40"`.

        Raises:
            InputError: Nothing is selected, or an expression that cannot be evaluated.
        """
        picked = picked_rows(rows, len(self), names=self.names, column=self.column, source=self.source)

        def some(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[picked]

        names = self.image_names
        return replace(
            self,
            tilts=self.tilts.select(picked),
            tilt_angles_deg=self.tilt_angles_deg[picked],
            tilt_axes_deg=some(self.tilt_axes_deg),
            x_tilts_deg=self.x_tilts_deg[picked],
            shifts=some(self.shifts),
            pre_exposures=some(self.pre_exposures),
            nominal_defocus=some(self.nominal_defocus),
            projections=some(self.projections),
            image_names=None if names is None else tuple(names[row] for row in picked.tolist()),
            optics=self.optics.select(picked),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file, one row per image."""
        return self.tilts.names

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column of the file: numbers where all of it are numbers, else text.

        Raises:
            InputError: There is no such column.
        """
        try:
            return self.tilts.column(name)
        except InputError:
            return self.tilts[name]  # raises for a column that is not there

    @property
    def images(self) -> tuple[tuple[int | None, Path], ...]:
        """Of each image its number in a file, counted from 0 (`None` in a file of one), and the file.

        Raises:
            InputError: The file names no images, or a name leads out of the folders in which they are looked for.
        """
        if self.image_names is None:
            raise InputError(f"{self.source}: names no images.", hint="Give the STAR file of a later job.")
        return tuple(resolve_image_name(name, self.source, project=self.project) for name in self.image_names)

    @property
    def rotations(self) -> Float64[np.ndarray, "n 3 3"]:
        """The rotation of the tomogram that each image shows (`tilt_rotations`).

        Raises:
            InputError: The direction of the tilt axis is not said.
        """
        return tilt_rotations(self._angles())

    def projection_matrices(
        self, *, image_shape: tuple[int, int], tomogram_shape: tuple[int, int, int] | None = None
    ) -> Float64[np.ndarray, "n 4 4"]:
        """The matrices of `projections`, made from the angles and shifts.

        Arguments:
            image_shape: Rows and columns of an unbinned image.
            tomogram_shape: Sections, rows and columns of the unbinned tomogram; that of the file where `None`.

        Raises:
            InputError: The direction of the tilt axis, the pixel size, the shifts or the tomogram's shape is not said.
        """
        shape = self.tomogram_shape if tomogram_shape is None else tomogram_shape
        if self.pixel_size is None or shape is None or self.shifts is None:
            known = {"the pixel size": self.pixel_size, "the size of the tomogram": shape, "the shifts": self.shifts}
            unknown = next(what for what, value in known.items() if value is None)
            raise InputError(
                f"{self.source}: does not say {unknown} of {self.name}.",
                hint="Load it with pixel_size=…, give tomogram_shape=(z, y, x), or use the matrices of RELION 4.",
            )
        return projection_matrices(
            self._angles(), self.shifts, pixel_size=self.pixel_size, image_shape=image_shape, tomogram_shape=shape
        )

    @property
    def has_ctf(self) -> bool:
        """Whether every image has a CTF."""
        return count_without_ctf(self.optics) == 0

    @property
    def ctf(self) -> CTF:
        """The CTF of each image at the tomogram's middle, batched in the leading axis of each field.

        Raises:
            InputError: The images, or some of them, have no CTF.
        """
        if lost := count_without_ctf(self.optics):
            raise InputError(
                f"{self.source}: {lost} of {len(self)} tilts of {self.name} have no CTF: {self.optics.ctf_problem}.",
                hint="Give the STAR file of a CTF estimation, or leave these out.",
            )
        return ctf_of(self.optics, source=self.source)

    def _angles(self) -> Float64[np.ndarray, "n 3"]:
        if self.tilt_axes_deg is None:
            raise InputError(
                f"{self.source}: does not say in which direction the tilt axis of {self.name} lies.",
                hint="Align the series, or give the .xf of an alignment.",
            )
        return np.stack([self.x_tilts_deg, self.tilt_angles_deg, self.tilt_axes_deg], axis=-1)
