"""Particle images with their poses and optics."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int

from vitreous._core import FloatLike, InputError
from vitreous.io import Table, read_star, take_images, write_star
from vitreous.optics import CTF, Contrast, Microscope
from vitreous.poses import EulerAnglePose

from ._metadata import ParticleMetadata
from ._microscopes import microscopes
from ._relion import find_particles, metadata_from_relion
from ._stacks import Stacks

Rows = int | slice | Sequence[int] | Int[np.ndarray, " m"] | Bool[np.ndarray, " n"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ParticleDataset:
    """Particles of a STAR file: metadata in memory, images read when asked for.

    Loading reads the metadata only. Images are named relative to the STAR file (see
    `vitreous.io.resolve_image_name`). Subsets keep all columns of the file, known or not, and can be written again.
    Both dialects of RELION are read: with an optics table (3.1 and later) and without.

    Make one with `ParticleDataset.load`.

    Arguments:
        table: The particles' columns as the file has them, text.
        blocks: The other tables of the file, `optics` among them.
        block_name: The name of the particles' table in the file.
        source: The file.
        contrast: Whether protein is dark or bright in the images.
        metadata: The columns in this library's conventions.
        stacks: The image files.
        given_pixel_size: Å, where the caller gave it.

    Examples:
        >>> import tempfile
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
    """

    table: Table
    blocks: Mapping[str, Table]
    block_name: str
    source: Path
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
        contrast: Contrast = Contrast.BRIGHT,
        project: str | Path | None = None,
    ) -> "ParticleDataset":
        """Read the metadata of particles; images are not touched.

        Arguments:
            path: A STAR file of particles.
            pixel_size: Å, where the file has none or a wrong one.
            contrast: Whether protein is dark or bright in the images; RELION's own extraction makes it bright.
            project: The folder to which image paths are relative, instead of the STAR file's folder and those above.

        Returns:
            The dataset.

        Raises:
            InputError: The file is no STAR file of particles, lists none, has a column that is not numeric where
                numbers belong, or optics groups that do not fit together.
        """
        path = Path(path)
        if path.suffix in (".cs", ".csg"):
            raise InputError(
                f"{path}: cryoSPARC's files are not read yet.",
                hint="Convert it to a STAR file, for example with csparc2star.py of pyem.",
            )
        given = None if pixel_size is None else float(pixel_size)
        blocks = read_star(path)
        name = find_particles(blocks, str(path))
        table = blocks.pop(name)
        metadata = metadata_from_relion(table, blocks.get("optics"), pixel_size=given)
        stacks = Stacks(metadata.stacks, source=path, project=None if project is None else Path(project))
        for message in metadata.warnings:
            warnings.warn(f"{path}: {message}.", UserWarning, stacklevel=2)
        return cls(
            table=table,
            blocks=blocks,
            block_name=name,
            source=path,
            contrast=contrast,
            metadata=metadata,
            stacks=stacks,
            given_pixel_size=given,
        )

    def __len__(self) -> int:
        return len(self.metadata)

    def __getitem__(self, rows: Rows) -> "ParticleDataset":
        """The particles of an index, a slice, indices or a mask, as a dataset."""
        n = len(self)
        picked = np.arange(n)[[rows] if isinstance(rows, int) else rows]
        if len(picked) == 0:
            raise InputError(f"{self.source}: a selection of 0 of {n} particles.", hint="Select at least one particle.")
        return replace(self, table=self.table.select(picked), metadata=self.metadata.select(picked))

    @property
    def pixel_size(self) -> float:
        """Å; the same for all particles, or it raises.

        Raises:
            InputError: The file has no pixel size, or optics groups of different ones.
        """
        return self._one(self.metadata.pixel_sizes, "pixel sizes (Å)", unknown="no pixel size")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of an image: from the optics table, or from the header of the first stack.

        Raises:
            InputError: Optics groups have different box sizes, or neither says and the stack is missing.
        """
        if (self.metadata.box_sizes > 0).all():
            side = int(self._one(self.metadata.box_sizes.astype(np.float64), "box sizes", unknown="no box size"))
            return side, side
        stack_of, _ = self._image_indices()
        return self.stacks.header(int(stack_of[0])).shape[1:]

    @property
    def has_poses(self) -> bool:
        """Whether every particle has a pose."""
        angles, offsets = self.metadata.euler_angles_deg, self.metadata.offsets
        return (
            angles is not None and offsets is not None and bool(np.isfinite(angles).all() & np.isfinite(offsets).all())
        )

    @property
    def poses(self) -> EulerAnglePose:
        """The poses, batched in the leading axis of each field.

        The offset along the beam is 0 unless the file has one (rlnOriginZAngst, minus the offset as for x and y). It
        adds to the defocus of `ctf`.

        Raises:
            InputError: The particles, or some of them, have no poses.
        """
        angles, offsets = self.metadata.euler_angles_deg, self.metadata.offsets
        if angles is None or offsets is None or not self.has_poses:
            lost = len(self) if angles is None or offsets is None else _count_lost(np.hstack([angles, offsets]))
            raise InputError(
                f"{self.source}: {lost} of {len(self)} particles have no pose: {self.metadata.pose_problem}.",
                hint="Refine the particles first, leave these out, or give poses in another STAR file.",
            )
        phi, theta, psi = jnp.asarray(angles.T)
        offset_x, offset_y, offset_z = jnp.asarray(offsets.T)
        return jax.vmap(EulerAnglePose)(phi, theta, psi, offset_x=offset_x, offset_y=offset_y, offset_z=offset_z)

    @property
    def has_ctf(self) -> bool:
        """Whether every particle has a CTF."""
        parameters = self.metadata.ctf_parameters
        return parameters is not None and _count_lost(np.stack([*parameters.values()], axis=-1)) == 0

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
        return self._ctf()

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
        return microscopes(self.metadata, self._ctf(), source=str(self.source))

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
        halves = self.metadata.half_sets
        if halves is not None and not np.isin(halves, (1, 2)).all():
            row = int(np.argmin(np.isin(halves, (1, 2))))
            raise InputError(
                f"{self.source}: the half-set (rlnRandomSubset) of particle {row + 1} is {halves[row]}, not 1 or 2.",
                hint="Correct the column, or remove it to have half-sets assigned.",
            )
        return halves

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
        numbers = [int(number) for number in np.unique(stack_of[rows])]
        self.stacks.missing(numbers)
        images = np.empty((len(rows), *self.shape), np.float32)
        for number in numbers:
            here = np.flatnonzero(stack_of[rows] == number)
            wanted = self._checked(number, index_in_stack[rows[here]])
            images[here] = take_images(self.stacks.array(number), wanted, self.stacks.path(number))
        return images

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
            self._checked(number, index_in_stack[stack_of == number])

    def with_columns(self, columns: Mapping[str, Any]) -> "ParticleDataset":
        """The dataset with columns replaced or added, under the names of its file format (such as rlnRandomSubset).

        Arguments:
            columns: Name to one value per particle.

        Raises:
            InputError: As `load`.
        """
        table = self.table.with_columns(columns)
        optics = self.blocks.get("optics")
        metadata = metadata_from_relion(table, optics, pixel_size=self.given_pixel_size)
        stacks = Stacks(metadata.stacks, source=self.source, project=self.stacks.project)
        return replace(self, table=table, metadata=metadata, stacks=stacks)

    def write(self, path: str | Path) -> None:
        """Write the particles with all their columns as a STAR file, in the dialect they were read in.

        Image names stay as they are, so the new file belongs where they still lead to the images: beside the old one,
        or in a folder of the same project. A `UserWarning` says where they do not.

        Arguments:
            path: The file to write, replaced if it exists.

        Raises:
            InputError: The folder cannot be written.
        """
        target = Path(path)
        order = ["optics"] if "optics" in self.blocks else []
        order += [name for name in self.blocks if name != "optics"]
        write_star(target, {**{name: self.blocks[name] for name in order}, self.block_name: self.table})
        moved = Stacks(self.stacks.names, source=target, project=self.stacks.project)
        used = () if self.metadata.stack_of is None else np.unique(self.metadata.stack_of)
        lost = [number for number in map(int, used) if self.stacks.path(number) != moved.path(number)]
        if lost:
            warnings.warn(
                f"{target}: its image names no longer lead to the images of {self.source}, such as "
                f"{self.stacks.path(lost[0])}. Load it with project=…, or write it beside the old file.",
                UserWarning,
                stacklevel=2,
            )

    def _warn(self, messages: Sequence[str]) -> None:
        for message in messages:
            warnings.warn(f"{self.source}: {message}.", UserWarning, stacklevel=3)

    def _ctf(self) -> CTF:
        parameters = self.metadata.ctf_parameters
        if parameters is None or not self.has_ctf:
            lost = len(self) if parameters is None else _count_lost(np.stack([*parameters.values()], axis=-1))
            raise InputError(
                f"{self.source}: {lost} of {len(self)} particles have no CTF: {self.metadata.ctf_problem}.",
                hint="Use a file with defocus, voltage, Cs and amplitude contrast, or leave these out.",
            )
        return jax.vmap(lambda fields: CTF(**fields))(
            {name: jnp.asarray(values) for name, values in parameters.items()}
        )

    def _image_indices(self) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
        if self.metadata.stack_of is None or self.metadata.index_in_stack is None:
            raise InputError(f"{self.source}: names no images (rlnImageName).", hint="Give a file that names images.")
        return self.metadata.stack_of, self.metadata.index_in_stack

    def _checked(self, number: int, indices: Int[np.ndarray, " m"]) -> Int[np.ndarray, " m"]:
        """Indices into a stack, once the stack has proved to hold such images."""
        header = self.stacks.header(number)
        count, *shape = header.shape
        if tuple(shape) != self.shape:
            raise InputError(
                f"{header.path}: holds images of {shape[0]} × {shape[1]} pixels, and {self.source} wants "
                f"{self.shape[0]} × {self.shape[1]}.",
                hint="The STAR file and the stack do not belong together, or rlnImageSize is wrong.",
            )
        if (indices < 0).any() and count > 1:
            raise InputError(
                f"{self.source}: names {header.path} without a number, but it holds {count} images.",
                hint="Name each image as number@stack, counted from 1.",
            )
        if indices.max() >= count:
            raise InputError(
                f"{header.path}: holds {count} images, and {self.source} names number {indices.max() + 1}.",
                hint="The STAR file and the stack do not belong together, or the stack is incomplete.",
            )
        return np.maximum(indices, 0)

    def _one(self, values: Float64[np.ndarray, " n"], what: str, *, unknown: str) -> float:
        if not np.isfinite(values).all() or (values <= 0).any():
            raise InputError(f"{self.source}: has {unknown}.", hint="Give pixel_size=… in Å when loading.")
        if values.max() > values.min() * (1 + 1e-4):
            raise InputError(
                f"{self.source}: its particles have different {what}: {np.unique(values).tolist()}.",
                hint="Work on one optics group at a time: dataset[dataset.metadata.optics_groups == 1].",
            )
        return float(values[0])


def _count_lost(values: Float64[np.ndarray, "n k"]) -> int:
    return int((~np.isfinite(values)).any(axis=-1).sum())
