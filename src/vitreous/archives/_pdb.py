"""The file of a PDB entry."""

from ._options import FetchOptions
from ._sites import ArchiveSites
from ._tree import RemoteFile


def pdb_files(sites: ArchiveSites, accession: str, options: FetchOptions) -> tuple[RemoteFile, ...]:
    """The structure of an entry, compressed, as RCSB's file download services call it: `6z6u.cif.gz`."""
    name = f"{accession}.{options.structure_format}.gz"
    return (RemoteFile(name, f"{sites.pdb}/{name}"),)
