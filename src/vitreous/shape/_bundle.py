"""The files of a 3D variability job in one."""

from collections.abc import Sequence
from pathlib import Path

from vitreous._core import check_outputs
from vitreous.datasets import LatentBundle, bundle_from_cryosparc, write_latent_bundle


def bundle_files(
    consensus: str | Path,
    components: Sequence[str | Path],
    particles: str | Path | None,
    *,
    output: str | Path,
    voxel_size: float | None = None,
    overwrite: bool = False,
) -> tuple[Path, LatentBundle]:
    """Write the maps and latents of a 3D variability job as a bundle that WIGGLE reads too.

    Arguments:
        consensus: The map (`…_map.mrc`).
        components: The component maps; the number in a name says which.
        particles: The table of the job (`…_particles.cs`), or `None` for maps alone.
        output: The bundle; `.npz` is added where it ends neither so nor with `.wgl`.
        voxel_size: Å, in place of what the maps' headers say.
        overwrite: Replace an existing file.

    Returns:
        The path written, and what it holds.

    Raises:
        InputError: As `vitreous.datasets.bundle_from_cryosparc`, or the output exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> paths = [folder / name for name in ("map.mrc", "component_0.mrc")]
        >>> for path in paths:
        ...     write_mrc(path, np.ones((4, 4, 4)), pixel_size=1.5)
        >>> bundle_files(paths[0], paths[1:], None, output=folder / "job")[0].name
        'job.npz'
    """
    path = Path(output)
    if path.suffix.lower() not in (".npz", ".wgl"):
        path = path.with_name(f"{path.name}.npz")
    check_outputs([path], overwrite=overwrite, what="bundle")
    bundle = bundle_from_cryosparc(consensus, components, particles, voxel_size=voxel_size)
    write_latent_bundle(path, bundle)
    return path, bundle
