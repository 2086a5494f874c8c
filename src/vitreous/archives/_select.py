"""The files of an entry that are wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vitreous._core import InputError

from ._ebi import ListedTree
from ._emdb import emdb_files
from ._entry import Archive, ArchiveEntry, parse_identifier
from ._http import HttpSession
from ._names import readable_size
from ._options import FetchOptions
from ._osf import OsfTree
from ._pdb import pdb_files
from ._sites import ArchiveSites, TrustedHosts
from ._token import osf_token_of_environment, osf_token_of_keyring
from ._tree import AbstractTree, RemoteFile, RemoteFolder, select_files


@dataclass(frozen=True)
class Selection:
    """What is wanted of an entry, and whom to ask.

    Arguments:
        entry: The entry.
        paths: Files, folders and patterns in it.
        sites: Where the archives are.
        session: A conversation with its archive.
    """

    entry: ArchiveEntry
    paths: tuple[str, ...]
    sites: ArchiveSites
    session: HttpSession

    @classmethod
    def of(
        cls,
        identifier: str,
        paths: Sequence[str],
        *,
        sites: ArchiveSites | None,
        pause: Callable[[float], None],
    ) -> "Selection":
        """That of an identifier, whose own path, if it has one, the paths are below."""
        entry, sites = parse_identifier(identifier), sites or ArchiveSites.from_settings()
        all_paths = tuple(paths)
        if entry.path:
            all_paths = tuple(f"{entry.path}/{path.lstrip('/')}" for path in paths) or (entry.path,)
        return cls(entry, all_paths, sites, _open_session(entry.archive, sites, pause))

    @property
    def tree(self) -> AbstractTree | None:
        """The folders of the entry, if entries of its archive have folders to choose from."""
        accession = self.entry.accession
        if self.entry.archive is Archive.EMPIAR:
            return ListedTree(self.session, f"{self.sites.empiar}/{accession}")
        return OsfTree(self.session, self.sites, accession) if self.entry.archive is Archive.OSF else None

    def files(self, options: FetchOptions) -> tuple[RemoteFile, ...]:
        """The files.

        Raises:
            InputError: There are none, or nobody said which.
        """
        tree, entry = self.tree, self.entry
        if tree is not None:
            if not self.paths:
                raise InputError(
                    f"{entry} names a whole entry, which may be terabytes.",
                    hint=f"See what is in it with --list, and name files, folders or patterns: {entry}/FOLDER.",
                )
            return select_files(tree, self.paths)
        if self.paths:
            raise InputError(
                f"{entry} has no paths to choose from.",
                hint="Leave them out; --half-maps and --masks (in Python FetchOptions) ask for more.",
            )
        if entry.archive is Archive.PDB:
            return pdb_files(self.sites, entry.accession, options)
        return emdb_files(self.session, self.sites, entry.accession, options)


def count_and_size(items: Sequence[RemoteFile | RemoteFolder]) -> str:
    """How many files these are, and how large together: `3 files, about 1.5 GiB`."""
    files = [item for item in items if isinstance(item, RemoteFile)]
    count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    sizes = [file.size for file in files if file.size is not None]
    if not sizes or len(sizes) < len(files):
        return count
    about = "" if all(file.size_is_exact for file in files) else "about "
    return f"{count}, {about}{readable_size(sum(sizes))}"


def _open_session(archive: Archive, sites: ArchiveSites, pause: Callable[[float], None]) -> HttpSession:
    """A conversation with an archive, with OSF's token if there is one."""
    hosts = TrustedHosts.of(archive, sites)
    if archive is not Archive.OSF:
        return HttpSession(hosts, pause=pause)
    # The keyring is asked only when OSF does not let anyone in: it may want to be unlocked.
    return HttpSession(hosts, token=osf_token_of_environment(), find_token=osf_token_of_keyring, pause=pause)
