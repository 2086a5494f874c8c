"""What image files other than MRC hold, and what in them will bite."""

from pathlib import Path

from vitreous.io import inspect_tiff, open_eer, open_images, read_hdf5_tables

from ._describe_star import describe_particle_tables

Described = tuple[str, list[tuple[str, str]], list[str]]


def describe_tiff(path: Path) -> Described:
    """The kind, facts and warnings of a TIFF file, from the headers of its pages."""
    tiff = inspect_tiff(path)
    facts = [_shape(tiff.shape, "n, y, x"), ("values", f"{tiff.dtype}"), ("compression", tiff.compression)]
    warnings = _pixel_size(tiff.pixel_size, facts)
    if tiff.description:
        facts.append(("description", " ".join(tiff.description.split())[:200]))
    return "image (TIFF)" if tiff.shape[0] == 1 else "movie or image stack (TIFF)", facts, warnings


def describe_eer(path: Path) -> Described:
    """The kind, facts and warnings of a movie of electron events."""
    movie = open_eer(path)
    facts = [_shape(movie.shape, "frames, y, x")]
    warnings = _pixel_size(movie.pixel_size, facts)
    for label, value, unit in (
        ("exposure", movie.exposure_s, "s"),
        ("dose", movie.dose_per_pixel, "electrons per pixel"),
        ("dose rate", movie.dose_rate_per_pixel_s, "electrons per pixel and s"),
    ):
        if value is not None:
            facts.append((label, f"{value:.5g} {unit}"))
    return "movie of electron events (EER)", facts, warnings


def describe_images(path: Path) -> Described:
    """The kind, facts and warnings of EMAN2's images, or of a list of images."""
    with open_images(path) as images:
        facts = [_shape(images.shape, "n, y, x")]
        return "image stack (EMAN2)", facts, _pixel_size(images.pixel_size, facts)


def describe_hdf5(path: Path) -> Described:
    """The kind, facts and warnings of a particle stack in HDF5."""
    _, facts, warnings = describe_particle_tables(read_hdf5_tables(path), path)
    with open_images(path) as images:
        shape = _shape(images.shape, "n, y, x")
    return "particles with their images (HDF5)", [shape, *facts], warnings


def _shape(shape: tuple[int, ...], axes: str) -> tuple[str, str]:
    return "shape", f"{' × '.join(map(str, shape))} ({axes})"


def _pixel_size(size: float | None, facts: list[tuple[str, str]]) -> list[str]:
    """Add the pixel size to the facts, or return the warning that there is none."""
    if size is None:
        return ["no pixel size"]
    facts.append(("pixel size", f"{size:.5g} Å"))
    return []
