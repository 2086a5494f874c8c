"""What a file holds, and what in it will bite: the facts behind `vitreous info`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError
from vitreous.io import is_mrc

from ._describe_cs import describe_cs
from ._describe_images import describe_eer, describe_hdf5, describe_images, describe_tiff
from ._describe_mrc import describe_mrc
from ._describe_npz import describe_npz
from ._describe_star import describe_star
from ._describe_structure import describe_structure
from ._describe_tables import describe_dat, describe_mdoc, describe_picks, describe_tilts, describe_transforms

Described = tuple[str, list[tuple[str, str]], list[str]]

_NUMPY, _ZIP = b"\x93NUMPY", b"PK\x03\x04"
_BY_SUFFIX: dict[str, Callable[[Path], Described]] = {
    ".star": describe_star,
    **dict.fromkeys((".pdb", ".ent", ".cif", ".mmcif"), describe_structure),
    **dict.fromkeys((".cs", ".csg"), describe_cs),
    **dict.fromkeys((".tif", ".tiff", ".gain"), describe_tiff),
    ".eer": describe_eer,
    **dict.fromkeys((".h5", ".hdf5"), describe_hdf5),
    **dict.fromkeys((".hdf", ".lst"), describe_images),
    ".mdoc": describe_mdoc,
    ".dat": describe_dat,
    **dict.fromkeys((".xf", ".prexf", ".prexg"), describe_transforms),
    **dict.fromkeys((".tlt", ".rawtlt", ".xtilt"), describe_tilts),
    **dict.fromkeys((".box", ".coords"), describe_picks),
}


@dataclass(frozen=True, kw_only=True)
class FileDescription:
    """What a file holds.

    Arguments:
        path: The file.
        kind: Such as `map`, `image stack`, `particles (STAR)` or `structure (PDB)`.
        facts: Label and value, in the order to show them.
        warnings: What will bite, each a sentence.
    """

    path: Path
    kind: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def describe_file(path: str | Path) -> FileDescription:
    """What a file of images, particles, metadata or a structure holds; of MRC files the values are read too.

    Arguments:
        path: The file, recognised by its ending or else by its content.

    Returns:
        Its kind, facts and warnings.

    Raises:
        InputError: The file cannot be read, is truncated, or is of no kind known here.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.zeros((4, 4, 4)), pixel_size=1.5)
        >>> description = describe_file(path)
        >>> description.kind, description.facts[0]
        ('map', ('shape', '4 × 4 × 4 (z, y, x)'))
    """
    path = Path(path)
    kind, facts, warnings = _reader(path)(path)
    return FileDescription(path=path, kind=kind, facts=tuple(facts), warnings=tuple(warnings))


def _reader(path: Path) -> Callable[[Path], Described]:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".bz2")][-1:]
    if suffixes and suffixes[0] in _BY_SUFFIX:
        return _BY_SUFFIX[suffixes[0]]
    if is_mrc(path):
        return describe_mrc
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if start.startswith(_NUMPY):
        return describe_cs
    if start.startswith(_ZIP):
        return describe_npz
    lines = start.splitlines()
    if any(line.startswith(b"_rln") for line in lines):
        return describe_star
    if any(line.startswith((b"ATOM  ", b"HETATM", b"HEADER", b"CRYST1", b"_entry.", b"_atom_site.")) for line in lines):
        return describe_structure
    raise InputError(
        f"{path}: is of no kind known here, by its name and its first bytes.",
        hint="Give images (.mrc, .mrcs, .map, .tif, .eer, .hdf, .lst), tables (.star, .cs, .csg, .h5, .npz, .mdoc, "
        ".dat, .xf, .tlt, .box, .coords) or structures (.pdb, .cif).",
    )
