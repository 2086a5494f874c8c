"""Micrographs of RELION's STAR files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError
from vitreous.io import open_images
from vitreous.optics import CTF

from ._metadata import ParticleMetadata
from ._micrographs_base import AbstractRecordings, read_recordings
from ._microscopes import count_without_ctf, ctf_of
from ._relion_table import RelionTable


@dataclass(frozen=True, eq=False, kw_only=True)
class MicrographDataset(AbstractRecordings):
    """Micrographs of a STAR file: all columns in memory, images read when asked for.

    Make one with `MicrographDataset.load`.

    Arguments:
        table: The rows, with the optics table and whatever else the file has.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import Table, write_star
        >>> path = Path(tempfile.mkdtemp()) / "micrographs.star"
        >>> optics = Table({"rlnOpticsGroup": [1], "rlnMicrographPixelSize": [1.06]})
        >>> rows = Table({"rlnMicrographName": ["a.mrc", "b.mrc"], "rlnOpticsGroup": [1, 1], "rlnDefocusU": [9e3, 2e4]})
        >>> write_star(path, {"optics": optics, "micrographs": rows})
        >>> micrographs = MicrographDataset.load(path)
        >>> len(micrographs), micrographs.pixel_size, micrographs["rlnDefocusU < 15000"].paths[0].name
        (2, 1.06, 'a.mrc')
    """

    table: RelionTable
    project: Path | None = None

    @classmethod
    def load(cls, path: str | Path, *, project: str | Path | None = None) -> "MicrographDataset":
        """Read what a STAR file says about micrographs; images are not touched.

        Arguments:
            path: A STAR file of RELION 3.0 or later, such as `corrected_micrographs.star`, `micrographs_ctf.star`, or
                another with a column `rlnMicrographName`.
            project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

        Raises:
            InputError: The file is no STAR file or lists no micrographs.
        """
        table = read_recordings(Path(path), column="rlnMicrographName", block="micrographs", what="micrographs")
        return cls(table=table, project=None if project is None else Path(project))

    @property
    def image_column(self) -> str:
        """The column that names the files: `rlnMicrographName`."""
        return "rlnMicrographName"

    def read(self, row: int) -> Float32[np.ndarray, "y x"]:
        """A micrograph's pixels.

        Arguments:
            row: Which, counted from 0.

        Raises:
            InputError: The file is missing or damaged, or holds several images.
        """
        path = self[row].paths[0]
        with open_images(path) as images:
            if len(images) != 1:
                raise InputError(
                    f"{path}: holds {len(images)} images, not a micrograph.",
                    hint="Correct rlnMicrographName; movies are listed by rlnMicrographMovieName.",
                )
            return images.read()[0]

    @property
    def has_ctf(self) -> bool:
        """Whether every micrograph has a CTF."""
        return count_without_ctf(self._metadata) == 0

    @property
    def ctf(self) -> CTF:
        """The CTF of each micrograph, batched in the leading axis of each field.

        Raises:
            InputError: The micrographs, or some of them, have no CTF.
        """
        metadata = self._metadata
        if lost := count_without_ctf(metadata):
            raise InputError(
                f"{self.source}: {lost} of {len(self)} micrographs have no CTF: {metadata.ctf_problem}.",
                hint="Give micrographs_ctf.star of a CTF estimation, or leave these out.",
            )
        return ctf_of(metadata, source=self.source)

    @property
    def _metadata(self) -> ParticleMetadata:
        return self.table.metadata(1.0)  # nothing that is used of it depends on the pixel size
