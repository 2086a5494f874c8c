"""Every reader with sound files for it, from which damaged ones are made."""

import bz2
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vitreous import io

from . import samples


@dataclass(frozen=True)
class Target:
    """A reader.

    Arguments:
        make: Writes sound files into a folder.
        read: Reads one of them wholly.
        pattern: Which of the files are damaged.
    """

    make: Callable[[Path], None]
    read: Callable[[Path], object]
    pattern: str = "*"


def _all(*readers: Callable[[Path], object]) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        for reader in readers:
            reader(path)

    return read


def _images(path: Path) -> None:
    with io.open_images(path) as images:
        images.read(range(min(len(images), 4)))


def _movie(path: Path) -> None:
    movie = io.open_eer(path)
    for _ in movie.render(min(2, len(movie)), super_resolution=2):
        pass


def _by_suffix(readers: Mapping[str, Callable[[Path], object]]) -> Callable[[Path], object]:
    return lambda path: readers[path.suffix](path)


_COORDINATES = {
    ".box": io.read_box,
    ".coords": io.read_coords,
    ".txt": io.read_delimited,
    ".csv": io.read_delimited,
    ".json": io.read_eman_boxes,
}


def _particles(path: Path) -> None:
    from vitreous.datasets import ParticleDataset

    particles = ParticleDataset.load(path)
    assert len(particles[0]) == 1 and isinstance(particles.has_ctf, bool)


def _frames(path: Path) -> None:
    io.read_trajectory(path.with_name("a.pdb"), path)


def _picks(path: Path) -> None:
    from vitreous.datasets import load_picks

    load_picks(path)


def _tilt_series(path: Path) -> None:
    from vitreous import datasets

    readers = {
        "series.star": datasets.TiltSeriesDataset.load,
        "bodies.star": datasets.load_bodies,
        "micrographs.star": datasets.MicrographDataset.load,
    }
    readers[path.name](path)


def _mdoc_series(path: Path) -> None:
    from vitreous.datasets import tilt_series_from_mdoc

    tilt_series_from_mdoc(path)


def _describe(path: Path) -> None:
    from vitreous.datasets import describe_file

    describe_file(path)


def _compressed(folder: Path) -> None:
    samples.mrc(folder)
    for path in list(folder.iterdir()):
        content = path.read_bytes()
        path.unlink()
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, mtime=0))
        path.with_name(f"{path.name}.bz2").write_bytes(bz2.compress(content))


TARGETS: dict[str, Target] = {
    "mrc": Target(samples.mrc, _all(io.inspect_mrc, io.read_mrc, _images)),
    "mrc-compressed": Target(_compressed, io.read_mrc),
    "star": Target(samples.star, io.read_star),
    "cs": Target(samples.cs, io.read_cs),
    "npz": Target(samples.npz, _all(io.npz_members, io.read_npz)),
    "pdb": Target(samples.pdb, _all(io.read_atoms, io.read_structure_summary)),
    "cif": Target(samples.cif, _all(io.read_atoms, io.read_structure_summary)),
    "markers": Target(samples.markers, io.read_markers),
    "cs-compressed": Target(samples.cs_compressed, io.read_cs),
    "csg": Target(samples.csg, io.read_csg, "*.csg"),
    "hdf5": Target(samples.hdf5, _all(io.read_hdf5_tables, _images)),
    "eman": Target(samples.eman, _images),
    "lst": Target(samples.lst, _all(io.read_lst, _images), "*.lst"),
    "tiff": Target(samples.tiff, _all(io.inspect_tiff, io.read_tiff, _images)),
    "eer": Target(samples.eer, _movie),
    "mdoc": Target(samples.mdoc, io.read_mdoc),
    "imod": Target(samples.imod, _by_suffix({".xf": io.read_xf, ".tlt": io.read_tilt_angles})),
    "coordinates": Target(samples.coordinates, _by_suffix(_COORDINATES)),
    "dat": Target(samples.dat, io.read_dat),
    "particles": Target(samples.particles, _particles),
    "mrc-modes": Target(samples.mrc_modes, _all(io.read_mrc, _images)),
    "gain": Target(samples.gain, io.read_gain),
    "defects": Target(samples.defects, lambda path: io.read_defects(path, (6, 8))),
    "trajectory": Target(samples.trajectory, _frames, "*.[dxt]*"),
    "picks": Target(samples.coordinates, _picks),
    "tilt-series": Target(samples.tilt_series, _tilt_series),
    "tilt-series-mdoc": Target(samples.mdoc, _mdoc_series),
    "info": Target(samples.every_kind, _describe, "*.*"),
}
