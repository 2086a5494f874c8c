"""cryoSPARC's `.csg` groups: which `.cs` file holds which result of a job."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vitreous._core import InputError

from ._csg_text import Node, parse_group_text

_LARGEST = 1 << 20  # bytes; a group has about ten results of three lines each


@dataclass(frozen=True)
class CsGroup:
    """A group of results that cryoSPARC's jobs put out together, such as all there is about the particles.

    Arguments:
        source: The `.csg` file.
        name: The group's name, such as `particles_selected`.
        kind: What its items are, such as `particle` or `exposure`.
        metafiles: Result (`blob`, `ctf`, `alignments3D`, …) to the `.cs` file whose columns `result/…` hold it.
    """

    source: Path
    name: str
    kind: str
    metafiles: Mapping[str, Path]

    @property
    def files(self) -> tuple[Path, ...]:
        """The `.cs` files of the group, each once: the job's own first, then those that it passed through."""
        files = dict.fromkeys(self.metafiles.values())
        return tuple(sorted(files, key=lambda path: "passthrough" in path.name))


def read_csg(path: str | Path) -> CsGroup:
    r"""The group that a `.csg` file describes.

    A `.csg` file is a small YAML text that cryoSPARC puts beside the `.cs` files of each job and of each export. Its
    `results` name a metafile each, with a `>` before a path that is relative to the folder of the `.csg` file
    (cryoSPARC guide, *Manipulating .cs files*). Only mappings and scalars are read, as cryoSPARC writes them; tags,
    anchors and whatever else YAML offers are refused.

    Arguments:
        path: The `.csg` file.

    Returns:
        The group. Its `.cs` files need not exist.

    Raises:
        InputError: The file is absent or no such text, has no results, or names a file outside of its folder.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "J7_particles.csg"
        >>> _ = path.write_text(
        ...     "group:\n  name: particles\n  type: particle\n"
        ...     "results:\n  blob:\n    metafile: '>J7_particles.cs'\n    num_items: 3\n"
        ... )
        >>> group = read_csg(path)
        >>> group.kind, {result: file.name for result, file in group.metafiles.items()}
        ('particle', {'blob': 'J7_particles.cs'})
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if len(content) > _LARGEST:
        raise _no_group(path, f"it has more than {_LARGEST} bytes")
    try:
        root = parse_group_text(content.decode("utf-8"))
    except ValueError as error:
        raise _no_group(path, str(error)) from error
    group, results = root.get("group", {}), root.get("results")
    if not isinstance(results, dict) or not results:
        raise _no_group(path, "it lists no results")
    details = group if isinstance(group, dict) else {}
    return CsGroup(
        source=path,
        name=_scalar(details.get("name")),
        kind=_scalar(details.get("type")),
        metafiles={result: _metafile(result, entry, path) for result, entry in results.items()},
    )


def _metafile(result: str, entry: Node, source: Path) -> Path:
    name = entry.get("metafile") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise _no_group(source, f"its result {result} names no metafile")
    written = PurePosixPath(name.removeprefix(">"))
    if written.is_absolute() or ".." in written.parts or re.search(r"[\\\0]", name):
        raise InputError(
            f"{source}: result {result} names {name!r}, and paths out of the group's folder are not followed.",
            hint="Put the .cs file beside the .csg file and name it there.",
        )
    return source.parent / written


def _scalar(node: Node | None) -> str:
    return node if isinstance(node, str) else ""


def _no_group(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: is no group of a cryoSPARC job: {why}.",
        hint="Give the .csg file as cryoSPARC wrote it, or a .cs file.",
    )
