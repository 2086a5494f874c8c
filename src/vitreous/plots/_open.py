"""Which file is what: its figures, from its name and its content."""

import re
from pathlib import Path

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset, read_latent_bundle
from vitreous.io import ImageFile, MrcFile, inspect_mrc, is_mrc, open_images, read_cs, read_dat, read_mrc, read_star
from vitreous.report import orthogonal_projections, orthogonal_slices

from ._charts import PictureChart
from ._columns import structured_columns
from ._kinds import PlotKind
from ._map_figures import density_chart, image_density_chart, image_spectrum_chart, montage_chart, spectrum_chart
from ._panels import (
    Subject,
    bundle_subject,
    count_of,
    multibody_subject,
    one,
    particle_subject,
    star_subject,
    table_subject,
)

_LISTS_PARTICLES = re.compile(rb"^\s*_rln(ImageName|AngleRot)\b", re.MULTILINE)
_PARTICLES = (".csg", ".h5", ".hdf5")
_IMAGES = (".tif", ".tiff", ".hdf", ".lst")
_MULTIBODY = (".dat", ".txt")
_READ = ".star, .cs, .csg, .h5, .mrc, .mrcs, .map, .tif, .hdf, .lst, .npz, .wgl or .dat"


def open_subject(path: Path, *, pixel_size: float | None) -> Subject:
    """What can be seen of a file.

    Arguments:
        path: The file.
        pixel_size: Å, in place of what the file says.

    Raises:
        InputError: The file cannot be read, or is of no kind known here.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.", hint="Check the path.")
    suffix = path.suffix.lower()
    if suffix == ".star":
        return _star(path, pixel_size)
    if suffix == ".cs":
        return _cs(path, pixel_size)
    if suffix in _PARTICLES:
        return particle_subject(ParticleDataset.load(path, pixel_size=pixel_size))
    if suffix in (".npz", ".wgl"):
        return bundle_subject(read_latent_bundle(path, voxel_size=pixel_size), path)
    if suffix in _MULTIBODY:
        return multibody_subject(read_dat(path), path)
    if suffix in _IMAGES:
        return _images(open_images(path), pixel_size)
    if is_mrc(path):
        header = inspect_mrc(path)
        return _images(open_images(path), pixel_size) if header.is_image_stack else _map(header, pixel_size)
    raise InputError(f"{path}: is of no kind that can be drawn, by its name.", hint=f"Give a file of {_READ}.")


def _star(path: Path, pixel_size: float | None) -> Subject:
    try:
        lists_particles = _LISTS_PARTICLES.search(path.read_bytes()) is not None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if lists_particles:
        return particle_subject(ParticleDataset.load(path, pixel_size=pixel_size))
    return star_subject(read_star(path), path)


def _cs(path: Path, pixel_size: float | None) -> Subject:
    rows = read_cs(path)
    if "blob/path" in (rows.dtype.names or ()):
        return particle_subject(ParticleDataset.load(path, pixel_size=pixel_size))
    return table_subject(structured_columns(rows, str(path)), path, len(rows))


def _images(images: ImageFile, pixel_size: float | None) -> Subject:
    size = images.pixel_size if pixel_size is None else pixel_size
    count, rows, columns = images.shape
    unit = "pixel size unknown" if size is None else f"{size:g} Å per pixel"
    return Subject(
        path=images.path,
        what=f"{count_of(count, 'image')} of {rows} × {columns}, {unit}",
        panels=[
            one(PlotKind.IMAGES, lambda: montage_chart(images, size)),
            one(PlotKind.SPECTRUM, lambda: image_spectrum_chart(images, size)),
            one(PlotKind.DENSITIES, lambda: image_density_chart(images)),
        ],
    )


def _map(header: MrcFile, pixel_size: float | None) -> Subject:
    path = header.path
    if header.is_volume_stack:
        raise InputError(
            f"{path}: is a stack of {header.volume_count} volumes in one file, and which is meant is not said.",
            hint="Write one of them with vitreous.datasets.load_volume(path, index=0) and vitreous.io.write_mrc.",
        )
    volume, _ = read_mrc(path)
    sizes = header.pixel_size if pixel_size is None else (pixel_size,) * 3
    size = sizes[0] if sizes is not None and max(sizes) <= 1.001 * min(sizes) else None
    unit = "voxel size unknown" if size is None else f"{size:g} Å per voxel"
    return Subject(
        path=path,
        what=f"{' × '.join(map(str, volume.shape))} (z, y, x), {unit}",
        panels=[
            one(PlotKind.SLICES, lambda: PictureChart(picture=orthogonal_slices(volume, voxel_size=size))),
            one(PlotKind.PROJECTIONS, lambda: PictureChart(picture=orthogonal_projections(volume, voxel_size=size))),
            one(PlotKind.SPECTRUM, lambda: spectrum_chart(volume, size, str(path))),
            one(PlotKind.DENSITIES, lambda: density_chart(volume, "density")),
        ],
    )
