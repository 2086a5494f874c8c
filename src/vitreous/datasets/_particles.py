"""Particle images with their poses and optics."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int, PRNGKeyArray, Shaped

from vitreous._core import FloatLike, InputError
from vitreous.io import evaluate_expression
from vitreous.optics import CTF, Contrast, Microscope
from vitreous.poses import EulerAnglePose

from ._folders import renamed_from, warn_of_lost_images
from ._groups import GroupBy, checked_half_sets, group_rows, random_half_sets, split_rows
from ._hdf5_write import write_hdf5_particles
from ._metadata import ParticleMetadata
from ._microscopes import count_without_ctf, ctf_of, microscopes
from ._particle_formats import HDF5, in_format_of, read_particle_table
from ._particle_poses import count_without_pose, poses_of
from ._particle_table import AbstractParticleTable
from ._picked_rows import Rows, picked_rows
from ._stacks import Stacks
from ._uniform import common_value

_BATCH = 256  # images in memory while a stack is written


@dataclass(frozen=True, eq=False, kw_only=True)
class ParticleDataset:
    """Particles of a RELION, cryoSPARC or HDF5 file: metadata in memory, images read when asked for.

    Loading reads the metadata only. Images are named relative to the file (see `vitreous.io.resolve_image_name`).
    Subsets keep all columns of the file, known or not, and can be written again, in this format or another.

    A dataset is indexed like an array, with an int, a slice, indices or a mask, and with an expression of its columns:
    `particles["rlnDefocusU < 15000 and rlnClassNumber == 2"]` (see `vitreous.io.evaluate_expression`).

    Make one with `ParticleDataset.load`.

    Arguments:
        table: The particles' rows, with all columns of the file.
        contrast: Whether protein is dark or bright in the images.
        metadata: The columns in this library's conventions.
        stacks: The image files.
        given_pixel_size: Å, where the caller gave it.

    Examples:
        >>> import tempfile
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from vitreous.datasets import write_particles_star
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_mrc(folder / "a.mrcs", np.ones((3, 8, 8)), pixel_size=2.0, image_stack=True)
        >>> write_particles_star(
        ...     folder / "a.star",
        ...     image_names=[f"{n}@a.mrcs" for n in (1, 2, 3)],
        ...     image_shape=(8, 8),
        ...     pixel_size=2.0,
        ...     poses=jax.vmap(EulerAnglePose)(jnp.arange(3.0), -jnp.ones(3), jnp.ones(3)),
        ... )
        >>> particles = ParticleDataset.load(folder / "a.star")
        >>> len(particles), particles.shape, particles.pixel_size
        (3, (8, 8), 2.0)
        >>> particles[1:].images().shape, [round(float(phi), 5) for phi in particles[1:].poses.phi]
        ((2, 8, 8), [1.0, 2.0])
        >>> particles["rlnAngleRot < 0"].column("rlnAngleRot").tolist()
        [-1.0, -2.0]
    """

    table: AbstractParticleTable
    contrast: Contrast
    metadata: ParticleMetadata
    stacks: Stacks
    given_pixel_size: float | None = None

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        pixel_size: FloatLike | None = None,
        contrast: Contrast | None = None,
        project: str | Path | None = None,
        passthrough: Sequence[str | Path] | None = None,
    ) -> "ParticleDataset":
        """Read the metadata of particles; images are not touched.

        Arguments:
            path: A STAR file of particles (RELION 3.0 and later), a cryoSPARC `.cs` or `.csg` file, or an HDF5 stack
                that `ParticleDataset.write` made.
            pixel_size: Å, where the file has none or a wrong one.
            contrast: Whether protein is dark or bright in the images. Where it is not given, the file decides
                (cryoSPARC's `blob/sign`), and else it is bright, as RELION's own extraction makes it.
            project: The folder to which image paths are relative, instead of the file's folder and those above.
            passthrough: cryoSPARC's files with more columns of the same particles, joined by uid; the one that lies
                beside the file under cryoSPARC's name for it where not given.

        Returns:
            The dataset.

        Raises:
            InputError: The file lists no particles, has a column that is not numeric where numbers belong, or optics
                groups that do not fit together.
        """
        others = None if passthrough is None else [Path(other) for other in passthrough]
        table = read_particle_table(Path(path), passthrough=others)
        given = None if pixel_size is None else float(pixel_size)
        dataset = cls._of(table, given, contrast, None if project is None else Path(project))
        for message in dataset.metadata.warnings:
            warnings.warn(f"{path}: {message}.", UserWarning, stacklevel=2)
        return dataset

    @classmethod
    def _of(
        cls, table: AbstractParticleTable, pixel_size: float | None, contrast: Contrast | None, project: Path | None
    ) -> "ParticleDataset":
        metadata = table.metadata(pixel_size)
        return cls(
            table=table,
            contrast=contrast or metadata.contrast or Contrast.BRIGHT,
            metadata=metadata,
            stacks=Stacks(metadata.stacks, source=table.source, project=project),
            given_pixel_size=pixel_size,
        )

    @property
    def source(self) -> Path:
        """The file that lists the particles."""
        return self.table.source

    def __len__(self) -> int:
        return len(self.metadata)

    def __iter__(self) -> Iterator["ParticleDataset"]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, rows: Rows) -> "ParticleDataset":
        """The particles of an index, a slice, indices, a mask or an expression, as a dataset."""
        picked = picked_rows(
            rows, len(self), names=self.names, column=self.column, source=self.source, what="particles"
        )
        return replace(self, table=self.table.select(picked), metadata=self.metadata.select(picked))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file."""
        return self.table.names

    def column(self, name: str) -> Shaped[np.ndarray, " n"]:
        """A column of the file: numbers where all of it are numbers, else text.

        Raises:
            InputError: There is no such column.
        """
        return self.table.column(name)

    def where(self, expression: str) -> Bool[np.ndarray, " n"]:
        """The particles for which an expression of the file's columns holds.

        Raises:
            InputError: The expression cannot be understood, or names a column that is not there.
        """
        return evaluate_expression(expression, self.names, self.column)

    def split(self, count: int, *, key: PRNGKeyArray | None = None) -> list["ParticleDataset"]:
        """The particles in parts of nearly equal size, as they are listed, or drawn at random where there is a key.

        Raises:
            InputError: There are fewer particles than parts.
        """
        return [self[rows] for rows in split_rows(len(self), count, source=self.source, key=key)]

    def groups(self, by: GroupBy) -> dict[int | str, "ParticleDataset"]:
        """The particles of each optics group, micrograph, class or half-set, in the order in which they first occur.

        Raises:
            InputError: The file does not say to which one particles belong.
        """
        return {label: self[rows] for label, rows in group_rows(self.metadata, by, source=self.source).items()}

    def join(self, *others: "ParticleDataset") -> "ParticleDataset":
        """These particles and then those of others, of files of the same format, with images where they are.

        Optics groups that are the same become one; a `UserWarning` names those that had to be renumbered.

        Raises:
            InputError: The formats, pixel sizes in place of the files', or contrasts differ, or images cannot be named
                from this file's folder.
        """
        for other in others:
            if type(other.table) is not type(self.table):
                raise InputError(
                    f"{other.source}: is of another format than {self.source}, with which it is to be joined.",
                    hint="Bring them to one format first: vitreous convert IN OUT.",
                )
            if (other.contrast, other.given_pixel_size) != (self.contrast, self.given_pixel_size):
                raise InputError(
                    f"{other.source}: is {other.contrast.value} and {self.source} {self.contrast.value}, or they were "
                    "given different pixel sizes, so they are no one dataset.",
                    hint="Load both with the same contrast=… and pixel_size=….",
                )
        tables = [renamed_from(self.source, other.table, other.metadata, other.stacks) for other in others]
        return self._of(self.table.join(tables), self.given_pixel_size, self.contrast, self.stacks.project)

    def with_half_sets(self, *, key: PRNGKeyArray) -> "ParticleDataset":
        """The particles with new half-sets, drawn at random and equal in size in each optics group but for one.

        Arguments:
            key: For the draw.
        """
        table = self.table.with_half_sets(random_half_sets(self.metadata.optics_groups, key=key))
        return self._of(table, self.given_pixel_size, self.contrast, self.stacks.project)

    @property
    def pixel_size(self) -> float:
        """Å; the same for all particles, or it raises.

        Raises:
            InputError: The file has no pixel size, or optics groups of different ones.
        """
        return common_value(self.metadata.pixel_sizes, "pixel size", source=self.source)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of an image: from the optics table, or from the header of the first stack.

        Raises:
            InputError: Optics groups have different box sizes, or neither says and the stack is missing.
        """
        if (self.metadata.box_sizes > 0).all():
            side = int(common_value(self.metadata.box_sizes.astype(np.float64), "box size", source=self.source))
            return side, side
        stack_of, _ = self._image_indices()
        return self.stacks.images(int(stack_of[0])).shape[1:]

    @property
    def has_poses(self) -> bool:
        """Whether every particle has a pose."""
        return count_without_pose(self.metadata) == 0

    @property
    def poses(self) -> EulerAnglePose:
        """The poses, batched in the leading axis of each field.

        The offset along the beam is 0 unless the file has one (rlnOriginZAngst, minus the offset as for x and y). It
        adds to the defocus of `ctf`.

        Raises:
            InputError: The particles, or some of them, have no poses.
        """
        return poses_of(self.metadata, source=self.source)

    @property
    def has_ctf(self) -> bool:
        """Whether every particle has a CTF."""
        return count_without_ctf(self.metadata) == 0

    @property
    def ctf(self) -> CTF:
        """The CTF of each particle, batched in the leading axis of each field.

        Its defocus is that of the plane from which `poses` measure the offset along the beam, and an image is made
        with their sum (`CTF.with_defocus_offset`), as `vitreous.imaging.ImageModel` does. In a file without such
        offsets, as RELION writes for single particles, that is the defocus of the particle itself.

        Warns (`UserWarning`) of what the file says about the optics that a `CTF` does not hold, such as beam tilt:
        `optics` has it all.

        Raises:
            InputError: The particles, or some of them, have no CTF.
        """
        self._warn(self.metadata.ctf_warnings)
        return ctf_of(self.metadata, source=self.source)

    @property
    def optics(self) -> Microscope:
        """The optics of each particle, batched in the leading axis of each field: all that the file says.

        The CTF (see `ctf`) with its scale, aberrations, beam tilt, anisotropic magnification, and whether the images
        were multiplied by it.

        Raises:
            InputError: The particles, or some of them, have no CTF, or some of the images, but not all of them, were
                multiplied by it.
        """
        self._warn(self.metadata.optics_warnings)
        return microscopes(self.metadata, ctf_of(self.metadata, source=self.source), source=str(self.source))

    @property
    def ctf_scale(self) -> Float64[np.ndarray, " n"]:
        """What multiplies the CTF of each particle; 1 unless the file says otherwise."""
        return self.metadata.ctf_scales

    @property
    def half_sets(self) -> Int[np.ndarray, " n"] | None:
        """The half-set, 1 or 2, of each particle; `None` where the file assigns none.

        Raises:
            InputError: A value is neither 1 nor 2.
        """
        return checked_half_sets(self.metadata, source=self.source)

    def images(
        self, indices: slice | Sequence[int] | Int[np.ndarray, " m"] | None = None
    ) -> Float32[np.ndarray, "m y x"]:
        """Images as stored, float32; each stack is opened once, and only these images are read.

        Arguments:
            indices: Which particles of this dataset, all where `None`.

        Returns:
            The images, in the order of `indices`.

        Raises:
            InputError: A stack is missing, truncated, of another shape, or too short, or pixels are not finite.
        """
        stack_of, index_in_stack = self._image_indices()
        rows = np.arange(len(self))[slice(None) if indices is None else indices]
        return self.stacks.read(stack_of[rows], index_in_stack[rows], shape=self.shape)

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The files that hold the images of these particles.

        Raises:
            InputError: One is missing, or the metadata name none.
        """
        numbers = [int(number) for number in np.unique(self._image_indices()[0])]
        self.stacks.missing(numbers)
        return tuple(self.stacks.path(number) for number in numbers)

    def check_images(self) -> None:
        """Raise now what `images` would raise later, from the headers of the stacks alone (not their pixels).

        Raises:
            InputError: A stack is missing, truncated, of another shape, or too short.
        """
        stack_of, index_in_stack = self._image_indices()
        numbers = [int(number) for number in np.unique(stack_of)]
        self.stacks.missing(numbers)
        for number in numbers:
            self.stacks.checked(number, index_in_stack[stack_of == number], shape=self.shape)

    def with_columns(self, columns: Mapping[str, Any]) -> "ParticleDataset":
        """The dataset with columns replaced or added, under the names of its file format (such as rlnRandomSubset).

        Arguments:
            columns: Name to one value per particle.

        Raises:
            InputError: As `load`.
        """
        return self._of(self.table.with_columns(columns), self.given_pixel_size, self.contrast, self.stacks.project)

    def write(self, path: str | Path) -> None:
        """Write the particles, in the format that the ending of the path says.

        In the format they were read in, all columns are kept; another gets what `ParticleMetadata` holds (see
        `vitreous.datasets.convert_particles`). HDF5 (`.h5`) takes in the images too.

        Image names stay as they are, so the new file belongs where they still lead to the images: beside the old one,
        or in a folder of the same project. A `UserWarning` says where they do not.

        Arguments:
            path: The file to write, replaced if it exists: `.star`, `.cs` or `.h5`.

        Raises:
            InputError: The folder cannot be written, or the ending is none of these.
        """
        target = Path(path)
        if target.suffix.lower() in HDF5:
            batches = (self.images(slice(k, k + _BATCH)) for k in range(0, len(self), _BATCH))
            write_hdf5_particles(target, self.table, batches, pixel_size=self.pixel_size)
            return
        in_format_of(target, self.table, replace(self.metadata, contrast=self.contrast)).write(target)
        warn_of_lost_images(target, self.metadata, self.stacks)

    def _warn(self, messages: Sequence[str]) -> None:
        for message in messages:
            warnings.warn(f"{self.source}: {message}.", UserWarning, stacklevel=3)

    def _image_indices(self) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
        if self.metadata.stack_of is None or self.metadata.index_in_stack is None:
            raise InputError(f"{self.source}: names no images (rlnImageName).", hint="Give a file that names images.")
        return self.metadata.stack_of, self.metadata.index_in_stack
