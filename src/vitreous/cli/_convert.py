"""`vitreous convert`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.datasets import (
    ConversionOptions,
    ParticleDataset,
    RelionVersion,
    compare_particle_files,
    convert_particles,
)
from vitreous.optics import Contrast


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A .star, .cs, .csg or .h5 file of particles.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write; its ending says the format.")],
    relion: Annotated[
        RelionVersion, typer.Option(help="The layout of a STAR file; 3.1 is also that of RELION 4 and 5.")
    ] = ConversionOptions.relion,
    apix: Annotated[float | None, typer.Option(help="Pixel size in Å, in place of what IN says.")] = None,
    contrast: Annotated[
        Contrast | None, typer.Option(help="Whether protein is dark or bright in the images, where IN does not say.")
    ] = None,
    project: Annotated[Path | None, typer.Option(help="The folder that the image paths of IN are relative to.")] = None,
    passthrough: Annotated[
        list[Path] | None,
        typer.Option(help="A .cs file with more columns of the same particles; the one beside IN if not given."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make model images from both files; exit with 2 where they differ.")
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Write nothing: check an OUT that exists against IN.")
    ] = False,
    count: Annotated[int, typer.Option(help="How many particles --check makes images of.")] = 64,
    seed: Annotated[int, typer.Option(help="For the draw of these.")] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse, rather than warn, where OUT cannot hold all about the images.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT if it exists.")] = False,
) -> None:
    """Particles from one format to another: RELION before and since 3.1, cryoSPARC, HDF5.

    Only HDF5 needs the images themselves. Warnings say what has no place in the new format.

    Example:
    $ vitreous convert J24/J24_005_particles.cs particles.star --check
    $ vitreous convert mine.star theirs.star --check-only
    """
    options = ConversionOptions(
        relion=relion,
        pixel_size=apix,
        contrast=contrast,
        project=project,
        passthrough=passthrough,
        strict=strict,
        overwrite=overwrite,
    )
    if check_only:
        particles = ParticleDataset.load(
            source, pixel_size=apix, contrast=contrast, project=project, passthrough=passthrough
        )
    else:
        particles = convert_particles(source, target, options)
        print(f"{target}: {len(particles)} particles, from {source}")
    if check or check_only:
        agreement = compare_particle_files(particles, target, count=count, seed=seed)
        print("\n".join(agreement.describe()))
        if not agreement.agrees:
            raise typer.Exit(2)
