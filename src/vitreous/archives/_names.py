"""Names of files that a stranger chose, and the paths they may lead to."""

import re
from collections.abc import Iterable
from pathlib import Path

from vitreous._core import InputError

PARTIAL = ".partial"
SIDECAR = ".partial.json"

# "Naming Files, Paths, and Namespaces" (Microsoft): device names, with any suffix, are no files on Windows.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_BYTES = 255  # of one name, on every common file system


def check_inside(name: str, *, of: str) -> str:
    """`name`, if it is that of something in a folder, and of nothing elsewhere.

    Arguments:
        name: One part of a path, such as a server sent it.
        of: What has that name, for the message.

    Raises:
        InputError: It is empty, leads elsewhere (`..`, separators, a drive), or cannot be printed.
    """
    if name in ("", ".", "..") or "/" in name or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise _refused(name, of, "leads out of the folder")
    if _UNPRINTABLE.search(name):
        raise _refused(name, of, "has characters that cannot be printed")
    return name


def check_name(name: str, *, of: str) -> str:
    """`name`, if it is the plain name of a file or folder on every system, for something that is made here.

    Arguments:
        name: One part of a path, such as a server sent it.
        of: What has that name, for the message.

    Raises:
        InputError: `check_inside` refuses it, or it names a device, is too long, or is kept for unfinished downloads.

    Examples:
        >>> check_name("emd_1832.map.gz", of="emdb:1832")
        'emd_1832.map.gz'
    """
    check_inside(name, of=of)
    if _DEVICE.fullmatch(name) or name.endswith((".", " ")):
        raise _refused(name, of, "is no file name on every system")
    if len(name.encode()) + len(SIDECAR) > _MOST_BYTES:
        raise _refused(name, of, "is too long")
    if name.endswith((PARTIAL, SIDECAR)):
        raise _refused(name, of, "is kept for unfinished downloads")
    return name


def _refused(name: str, of: str, why: str) -> InputError:
    return InputError(
        f"{of}: the name {name!r} {why}, so nothing of that name is touched.",
        hint="Leave that file out: name those that are wanted.",
    )


def safe_parts(path: str, *, of: str) -> tuple[str, ...]:
    """The parts of a path below a folder, each of which `check_name` lets pass; a final `/` says nothing.

    Raises:
        InputError: It is absolute, or one of its parts is refused.
    """
    return tuple(check_name(part, of=of) for part in path.removesuffix("/").split("/")) if path else ()


def path_below(folder: Path, parts: Iterable[str], *, of: str) -> Path:
    """Where a file of these safe parts lies below `folder`, whose symbolic links do not lead out of it.

    Raises:
        InputError: A symbolic link in the folder leads elsewhere.
    """
    path = folder.joinpath(*parts)
    try:
        leads_to, root = path.resolve(), folder.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise InputError(f"{path}: its symbolic links lead nowhere.", hint="Remove the link.") from error
    if not leads_to.is_relative_to(root):
        raise InputError(
            f"{path}: a symbolic link leads out of the folder {folder}, to {leads_to}; {of} is not written through it.",
            hint="Remove the link, or name that folder as the output.",
        )
    if path.is_symlink():
        raise InputError(f"{path}: is a symbolic link; {of} is not written through it.", hint="Remove the link.")
    return path


def readable_size(size: int | None) -> str:
    """A number of bytes in the largest unit that leaves it above one.

    Examples:
        >>> readable_size(1_572_864), readable_size(12), readable_size(None)
        ('1.5 MiB', '12 bytes', '?')
    """
    if size is None:
        return "?"
    for power, unit in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        if size >= 1024**power:
            return f"{size / 1024**power:.1f} {unit}"
    return f"{size} byte{'' if size == 1 else 's'}"
