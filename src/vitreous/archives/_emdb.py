"""The files of an EMDB entry."""

from dataclasses import replace
from fnmatch import fnmatchcase

from vitreous._core import InputError

from ._ebi import ListedTree
from ._http import HttpSession
from ._options import FetchOptions
from ._sites import ArchiveSites
from ._tree import RemoteFile, RemoteFolder


def emdb_files(
    session: HttpSession, sites: ArchiveSites, accession: str, options: FetchOptions
) -> tuple[RemoteFile, ...]:
    """The map of an entry and its header in XML; its half-maps and masks where the options ask for them.

    An entry's folder holds `map/emd_1832.map.gz`, `header/emd-1832.xml`, `other/emd_1832_half_map_1.map.gz` and
    `masks/emd_1832_msk_1.map` (EMDB, "Archive organisation"); only the first two are in every entry. Their names tell
    entries apart, so all lie directly in the output folder.

    Raises:
        InputError: There is no such entry, or it has none of what is wanted.
    """
    wanted = [("map", f"emd_{accession}.map.gz", "map"), ("header", f"emd-{accession}.xml", "header")]
    if options.half_maps:
        wanted.append(("other", f"emd_{accession}_half_map_*", "half-maps"))
    if options.masks:
        wanted.append(("masks", f"emd_{accession}_msk_*", "masks"))
    tree = ListedTree(session, f"{sites.emdb}/EMD-{accession}")
    folders = {child.name: child for child in tree.children(tree.root) if isinstance(child, RemoteFolder)}
    files: list[RemoteFile] = []
    for folder, pattern, what in wanted:
        children = tree.children(folders[folder]) if folder in folders else ()
        found = [child for child in children if isinstance(child, RemoteFile) and fnmatchcase(child.name, pattern)]
        if not found:
            raise InputError(f"emdb:{accession} has no {what}.", hint=f"See {tree.root.address} for what it has.")
        files += [replace(file, path=file.name) for file in found]
    return tuple(files)
