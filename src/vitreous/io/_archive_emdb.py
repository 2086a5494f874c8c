"""The files of an EMDB entry."""

from dataclasses import replace

from vitreous._core import InputError

from ._archive_ebi import ListedTree
from ._archive_http import HttpSession
from ._archive_options import FetchOptions
from ._archive_sites import ArchiveSites
from ._archive_tree import RemoteFile, RemoteFolder


def emdb_files(
    session: HttpSession, sites: ArchiveSites, accession: str, options: FetchOptions
) -> tuple[RemoteFile, ...]:
    """The map of an entry and its header in XML; its half-maps and masks where the options ask for them.

    An entry's folder (EMDB, "Archive organisation") holds `map/emd_1832.map.gz`, `header/emd-1832.xml`,
    `other/emd_1832_half_map_1.map.gz` and `masks/emd_1832_msk_1.map`; only the first two are in every entry. Their
    names tell entries apart, so all lie directly in the output folder.
    """
    address = f"{sites.emdb}/EMD-{accession}"
    map_name, header_name = f"emd_{accession}.map.gz", f"emd-{accession}.xml"
    files = [
        RemoteFile(map_name, f"{address}/map/{map_name}"),
        RemoteFile(header_name, f"{address}/header/{header_name}"),
    ]
    tree = ListedTree(session, address)
    if options.half_maps:
        files += _in_folder(tree, "other", "half_map", what=f"emdb:{accession} has no half-maps")
    if options.masks:
        files += _in_folder(tree, "masks", "msk", what=f"emdb:{accession} has no masks")
    return tuple(files)


def _in_folder(tree: ListedTree, folder: str, mark: str, *, what: str) -> list[RemoteFile]:
    """The files of one of the entry's folders with this in their names."""
    there = {child.name for child in tree.children(tree.root)}
    children = tree.children(RemoteFolder(folder, f"{tree.root.address}{folder}/")) if folder in there else ()
    found = [replace(child, path=child.name) for child in children if isinstance(child, RemoteFile)]
    found = [child for child in found if mark in child.name]
    if not found:
        raise InputError(f"{what}.", hint="Leave that option out.")
    return found
