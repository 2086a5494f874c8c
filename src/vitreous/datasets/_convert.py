"""Files of particles from one format to another."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vitreous._core import InputError, check_outputs
from vitreous.optics import Contrast

from ._convert_losses import unplaced_columns, unread_by_relion
from ._convert_warning import ConversionWarning
from ._cryosparc_table import CryosparcTable
from ._cryosparc_write import cryosparc_table
from ._folders import warn_of_lost_images
from ._metadata import ParticleMetadata
from ._particle_formats import CRYOSPARC, HDF5
from ._particle_table import AbstractParticleTable
from ._particles import ParticleDataset
from ._relion import SIGN
from ._relion_table import RelionTable
from ._relion_versions import RelionVersion, as_relion_version
from ._relion_write import relion_table


@dataclass(frozen=True, kw_only=True)
class ConversionOptions:
    """How a file of particles is read, and what its new format must hold.

    Arguments:
        relion: The layout of a STAR file: 3.0, or 3.1 for all later versions.
        pixel_size: Å, where the source has none or a wrong one.
        contrast: Whether protein is dark or bright in the images, where the source does not say or is wrong.
        project: The folder to which the source's image paths are relative, where it is not the file's or one above.
        passthrough: cryoSPARC's files with more columns of the same particles; `None` for the one beside the source.
        strict: Refuse to write what does not hold everything about the images, rather than warn.
        overwrite: Replace the target if it exists.
    """

    relion: RelionVersion = RelionVersion.V3_1
    pixel_size: float | None = None
    contrast: Contrast | None = None
    project: str | Path | None = None
    passthrough: Sequence[str | Path] | None = None
    strict: bool = False
    overwrite: bool = False


def convert_particles(
    source: str | Path,
    target: str | Path,
    options: ConversionOptions = ConversionOptions(),
) -> ParticleDataset:
    """Write particles in the format that the ending of the target says, with the same meaning.

    Only metadata are converted, and images need not exist, but for HDF5, which takes them in. Where the format stays
    the same, all columns do; between formats goes what `ParticleMetadata` holds, and a `UserWarning` names the columns
    that have no place. Uids of cryoSPARC's are kept in a STAR file in the column `cryosparcUid`, and found there on the
    way back. Optics groups keep their numbers, or a warning says what these became. `compare_particle_files` proves
    that both files mean the same images.

    Arguments:
        source: A file that `ParticleDataset.load` reads.
        target: The file to write: `.star`, `.cs`, `.csg` (with a `.cs` file beside it) or `.h5`.
        options: How.

    Returns:
        The particles of the source, as they were understood.

    Raises:
        InputError: The source cannot be read, the target exists or is the source, its ending is of no format, or with
            `strict` something about the images would be lost.

    Warns:
        ConversionWarning: Of what about the images has no place in the new format.

    Examples:
        >>> import tempfile
        >>> from vitreous.datasets import write_particles_star
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_particles_star(
        ...     folder / "a.star", image_names=["1@a.mrcs", "2@a.mrcs"], image_shape=(64, 64), pixel_size=1.5
        ... )
        >>> len(convert_particles(folder / "a.star", folder / "a.cs"))
        2
        >>> ParticleDataset.load(folder / "a.cs").column("blob/idx").tolist()
        [0, 1]
    """
    source, target = Path(source), Path(target)
    _refuse(source, target, overwrite=options.overwrite)
    dataset = ParticleDataset.load(
        source,
        pixel_size=options.pixel_size,
        contrast=options.contrast,
        project=options.project,
        passthrough=options.passthrough,
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        table = _converted(dataset, target, options)
    lost = [str(warning.message) for warning in said if issubclass(warning.category, ConversionWarning)]
    if options.strict and lost:
        raise InputError(" ".join(lost), hint="Leave out --strict (in Python strict=False) to write it without that.")
    for warning in said:
        warnings.warn(str(warning.message), warning.category, stacklevel=2)
    if target.suffix.lower() in HDF5:
        replace(dataset, table=table).write(target)
    else:
        table.write(target)
        warn_of_lost_images(target, dataset.metadata, dataset.stacks)
    return dataset


def _refuse(source: Path, target: Path, *, overwrite: bool) -> None:
    suffix = target.suffix.lower()
    if suffix not in (".star", *CRYOSPARC, *HDF5):
        raise InputError(
            f"{target}: its ending is of no format of particles.",
            hint="Use .star (RELION), .cs or .csg (cryoSPARC) or .h5 (HDF5, with the images).",
        )
    written = [target, target.with_suffix(".cs")] if suffix == ".csg" else [target]
    check_outputs(written, overwrite=overwrite, reading=[source])


def _converted(dataset: ParticleDataset, target: Path, options: ConversionOptions) -> AbstractParticleTable:
    """The rows in the format of the target, with what the caller says about them."""
    table, suffix = dataset.table, target.suffix.lower()
    contrast = options.contrast or dataset.metadata.contrast
    metadata = replace(dataset.metadata, contrast=contrast)
    if suffix in CRYOSPARC:
        if isinstance(table, CryosparcTable):
            return _corrected_rows(table, metadata, options)
        unplaced_columns(table, target)
        return cryosparc_table(metadata, source=target)
    unread_by_relion(metadata, options.relion, target)
    if isinstance(table, RelionTable):
        table = _corrected_tables(table, options)
    else:
        unplaced_columns(table, target)
        for message in metadata.optics_warnings:
            warnings.warn(f"{target}: {message}.", ConversionWarning, stacklevel=2)
        table = relion_table(metadata, source=target)
    return as_relion_version(table, options.relion, pixel_sizes=metadata.pixel_sizes)


def _corrected_rows(table: CryosparcTable, metadata: ParticleMetadata, options: ConversionOptions) -> CryosparcTable:
    columns = {}
    if options.pixel_size is not None:
        columns["blob/psize_A"] = metadata.pixel_sizes.astype(np.float32)
    if options.contrast is not None:
        columns["blob/sign"] = np.full(len(table), -options.contrast.sign, np.float32)
    return table.with_columns(columns)


def _corrected_tables(table: RelionTable, options: ConversionOptions) -> RelionTable:
    if options.contrast is not None:
        table = table.with_columns({SIGN: np.full(len(table), -options.contrast.sign)})
    if options.pixel_size is None:
        return table
    particles = table.particles.without(["rlnImagePixelSize", "rlnPixelSize"])
    if table.optics is not None:
        sizes = {"rlnImagePixelSize": np.full(len(table.optics), options.pixel_size)}
        return replace(table, particles=particles, optics=table.optics.with_columns(sizes))
    n = len(table)
    sizes = {"rlnDetectorPixelSize": np.full(n, options.pixel_size), "rlnMagnification": np.full(n, 1e4)}
    return replace(table, particles=particles.with_columns(sizes))
