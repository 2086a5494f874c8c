"""What an archive has, before anything is fetched."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ._empiar import EmpiarEntry, empiar_entry
from ._entry import Archive
from ._names import readable_size
from ._options import FetchOptions
from ._select import Selection, count_and_size
from ._sites import ArchiveSites
from ._tree import RemoteFile, RemoteFolder


@dataclass(frozen=True)
class FileListing:
    """What `list_files` found.

    Arguments:
        items: Files and folders, in the archive's order.
        entry: What EMPIAR says of the whole entry; of other archives `None`.
    """

    items: tuple[RemoteFile | RemoteFolder, ...]
    entry: EmpiarEntry | None = None

    @property
    def summary(self) -> list[str]:
        """The entry's facts, a line for each file and folder with its size, and how large the files are together."""
        facts = [] if self.entry is None else self.entry.summary
        sizes = [readable_size(item.size) if isinstance(item, RemoteFile) else "folder" for item in self.items]
        width = max(map(len, sizes), default=0)
        lines = [
            f"{size:>{width}}  {item.path}{'/' if isinstance(item, RemoteFolder) else ''}"
            for size, item in zip(sizes, self.items, strict=True)
        ]
        return [*facts, *lines, count_and_size(self.items)]


def list_files(
    identifier: str,
    paths: Sequence[str] = (),
    *,
    options: FetchOptions | None = None,
    sites: ArchiveSites | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> FileListing:
    """What `fetch_files` would fetch; of an entry of EMPIAR or OSF, without a path, what is directly in it.

    Sizes are those that the archive tells: OSF's are exact, EMDB's and EMPIAR's rounded, and the PDB tells none.

    Arguments:
        identifier: `pdb:6z6u`, `emdb:1832`, `empiar:10028` or `osf:PROJECT`; see `parse_identifier`.
        paths: Files, folders (with all that is in them) and patterns; see `fetch_files`.
        options: What else to list of an entry of the PDB or EMDB.
        sites: Where the archives are; themselves, or the mirror of `VITREOUS_ARCHIVES`, unless given.
        pause: Waits for so many seconds before a request that failed is sent again.

    Raises:
        InputError: The entry or a path does not exist, cannot be reached, or is not allowed.

    Examples:
        >>> [file.path for file in list_files("pdb:6Z6U").items]
        ['6z6u.cif.gz']
    """
    selection = Selection.of(identifier, paths, sites=sites, pause=pause)
    tree = selection.tree
    if tree is None or selection.paths:
        return FileListing(selection.files(options or FetchOptions()))
    entry = None
    if selection.entry.archive is Archive.EMPIAR:
        entry = empiar_entry(selection.session, selection.sites, selection.entry.accession)
    return FileListing(tree.children(tree.root), entry)
