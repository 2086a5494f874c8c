"""What to fetch of an entry."""

from dataclasses import dataclass
from enum import StrEnum


class StructureFormat(StrEnum):
    """The formats that the PDB distributes structures in."""

    CIF = "cif"
    PDB = "pdb"


@dataclass(frozen=True)
class FetchOptions:
    """What to fetch of an entry, and what of existing files.

    Arguments:
        structure_format: The format of structures of the PDB; large structures have no PDB file.
        half_maps: The half-maps of an EMDB entry too.
        masks: The masks of an EMDB entry too.
        overwrite: Replace existing files that are not those of the archive.
    """

    structure_format: StructureFormat = StructureFormat.CIF
    half_maps: bool = False
    masks: bool = False
    overwrite: bool = False
