"""What an archive holds, as folders and files, and which of them a path or pattern names."""

import abc
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from vitreous._core import InputError

from ._names import check_inside, safe_parts

_MOST_FOLDERS, _DEEPEST = 20_000, 64


@dataclass(frozen=True)
class RemoteFile:
    """A file of an archive.

    Arguments:
        path: Where it lies in its entry, and below the output folder: `data/particles.mrcs`.
        address: Where it is downloaded from.
        size: Its bytes; `None` where the archive does not say.
        size_is_exact: Whether that is so to the byte. Listings round.
        hashes: What the archive says of its content, in hexadecimal digits: `{"sha256": …, "md5": …}`.
        upload: Where its content is replaced, for those who may.
    """

    path: str
    address: str
    size: int | None = None
    size_is_exact: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict)
    upload: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class RemoteFolder:
    """A folder of an archive.

    Arguments:
        path: Where it lies in its entry; `""` for the whole entry.
        address: Where its content is listed.
        upload: Where files are added to it, for those who may.
        new_folder: Where folders are added to it.
    """

    path: str
    address: str
    upload: str | None = None
    new_folder: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def path_of(self, name: str) -> str:
        """The path of something in it."""
        return f"{self.path}/{name}" if self.path else name


class AbstractTree(abc.ABC):
    """The folders of one entry."""

    @property
    @abc.abstractmethod
    def root(self) -> RemoteFolder:
        """The whole entry."""

    @abc.abstractmethod
    def children(self, folder: RemoteFolder) -> tuple[RemoteFile | RemoteFolder, ...]:
        """What is in a folder, as the archive says now; no name in it leads out."""


def select_files(tree: AbstractTree, paths: Sequence[str]) -> tuple[RemoteFile, ...]:
    """The files that paths name, each once, in the order of the paths.

    Arguments:
        tree: Where to look.
        paths: Files, folders (with all that is in them), and patterns of `*`, `?` and `[…]` in the parts of a path;
            `**` is any number of folders.

    Raises:
        InputError: A path names nothing, or leads out of the entry.
    """
    walk, found = _Walk(tree), {}
    for path in paths:
        is_pattern = any(letter in path for letter in "*?[")
        matches = _matching(walk, tree.root, _pattern_parts(path)) if is_pattern else walk.all_of(find(walk, path))
        files = {file.path: file for file in matches}
        if not files:
            raise InputError(f"{path}: {'matches' if is_pattern else 'holds'} no file.", hint="See --list.")
        found |= files
    return tuple(found.values())


def find(tree: AbstractTree, path: str) -> RemoteFile | RemoteFolder:
    """The one file or folder of this path.

    Raises:
        InputError: There is none; the message says what is most like it.
    """
    here: RemoteFile | RemoteFolder = tree.root
    for part in safe_parts(path.strip("/"), of=path):
        children = tree.children(here) if isinstance(here, RemoteFolder) else ()
        named = [child for child in children if child.name == part]
        if not named:
            close = difflib.get_close_matches(part, [child.name for child in children], n=1)
            raise InputError(
                f"{path}: there is no {part!r} in {here.path or 'the entry'}.",
                hint=f"Did you mean {close[0]!r}?" if close else "See --list.",
            )
        here = named[0]
    return here


class _Walk(AbstractTree):
    """A way through a tree that ends: it lists each folder once, and so many and no more."""

    def __init__(self, tree: AbstractTree):
        self._tree = tree
        self._listed: dict[str, tuple[RemoteFile | RemoteFolder, ...]] = {}

    @property
    def root(self) -> RemoteFolder:
        return self._tree.root

    def children(self, folder: RemoteFolder) -> tuple[RemoteFile | RemoteFolder, ...]:
        if folder.path not in self._listed:
            if len(self._listed) >= _MOST_FOLDERS or folder.path.count("/") >= _DEEPEST:
                raise InputError(
                    f"{folder.path}: more than {_MOST_FOLDERS} folders, or folders more than {_DEEPEST} deep.",
                    hint="Name a smaller folder.",
                )
            self._listed[folder.path] = self._tree.children(folder)
        return self._listed[folder.path]

    def all_of(self, item: RemoteFile | RemoteFolder) -> Iterator[RemoteFile]:
        """A file itself, or all files below a folder."""
        if isinstance(item, RemoteFile):
            yield item
            return
        for child in self.children(item):
            yield from self.all_of(child)


def _pattern_parts(path: str) -> tuple[str, ...]:
    """The parts of a pattern, without a last `**`: a folder that is named means all below it anyway."""
    parts = [part for part in path.split("/") if part]
    for part in parts:
        check_inside(part, of=path)
    while parts[-1:] == ["**"]:
        parts.pop()
    return tuple(parts)


def _matching(walk: _Walk, here: RemoteFile | RemoteFolder, parts: Sequence[str]) -> Iterator[RemoteFile]:
    if not parts:
        yield from walk.all_of(here)
    elif isinstance(here, RemoteFolder):
        first, rest = parts[0], parts[1:]
        if first == "**":
            yield from _matching(walk, here, rest)
        for child in walk.children(here):
            if first == "**":
                if isinstance(child, RemoteFolder):
                    yield from _matching(walk, child, parts)
            elif child.name == first or fnmatchcase(child.name, first):
                yield from _matching(walk, child, rest)
