"""`vitreous zernike bundle`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.shape import bundle_files


def bundle(
    consensus: Annotated[Path, typer.Argument(metavar="MAP.mrc", help="The consensus map of the job.")],
    components: Annotated[list[Path], typer.Argument(metavar="COMPONENT.mrc…", help="Its component maps, by number.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle to write (.npz or .wgl).")],
    particles: Annotated[
        Path | None, typer.Option(metavar="PARTICLES.cs", help="The particles of the job, with their latents.")
    ] = None,
    apix: Annotated[float | None, typer.Option(help="Voxel size in Å, in place of what the maps' headers say.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing bundle.")] = False,
) -> None:
    """The maps and particles of a 3D variability job in one file, as WIGGLE reads it.

    Example:
    $ vitreous zernike bundle J7_map.mrc J7_component_0.mrc J7_component_1.mrc --particles J7_particles.cs -o job.npz
    """
    path, made = bundle_files(consensus, components, particles, output=output, voxel_size=apix, overwrite=overwrite)
    print(
        f"{path}: a map and {made.component_count} components of {' × '.join(map(str, made.consensus.shape))} voxels "
        f"of {made.voxel_size:.6g} Å, {made.particle_count} particles"
    )
