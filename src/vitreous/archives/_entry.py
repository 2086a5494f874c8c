"""How an entry of a public archive is called: `emdb:1832`."""

import re
from dataclasses import dataclass
from enum import StrEnum

from vitreous._core import InputError

from ._names import safe_parts


class Archive(StrEnum):
    """The archives that files are fetched from."""

    PDB = "pdb"
    EMDB = "emdb"
    EMPIAR = "empiar"
    OSF = "osf"


# The archives' own forms: a PDB code of four characters, EMD-1832, EMPIAR-10028, and an OSF project's short name.
_ACCESSIONS = {
    Archive.PDB: (r"([0-9][a-z0-9]{3})", "pdb:6z6u"),
    Archive.EMDB: (r"(?:emd-)?([0-9]{4,6})", "emdb:1832"),
    Archive.EMPIAR: (r"(?:empiar-)?([0-9]{5,6})", "empiar:10028/data/README"),
    Archive.OSF: (r"([a-z0-9]{5,12})", "osf:f3szh/folder/file.mrc"),
}
_WITH_PATHS = (Archive.EMPIAR, Archive.OSF)


@dataclass(frozen=True)
class ArchiveEntry:
    """An entry of an archive, and where in it.

    Arguments:
        archive: Which archive.
        accession: The entry's name there, in lower case and without the archive's prefix: `6z6u`, `1832`.
        path: A file, folder or pattern in the entry, `/` between its parts; `""` for none.
    """

    archive: Archive
    accession: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.archive}:{self.accession}" + (f"/{self.path}" if self.path else "")


def parse_identifier(identifier: str) -> ArchiveEntry:
    """The entry that `archive:accession` or `archive:accession/path` names.

    Arguments:
        identifier: `pdb:6z6u`, `emdb:1832` or `emdb:EMD-1832`, `empiar:10028/data/…`, `osf:PROJECT/folder/file`.
            Capitals make no difference but in the path, which only EMPIAR and OSF have.

    Raises:
        InputError: No such archive, an accession of another form, or a path that leads out of the entry.

    Examples:
        >>> parse_identifier("emdb:EMD-1832").accession
        '1832'
        >>> str(parse_identifier("osf:F3SZH/maps/half1.mrc"))
        'osf:f3szh/maps/half1.mrc'
    """
    name, colon, rest = identifier.strip().partition(":")
    archives = {archive.value: archive for archive in Archive}
    if not colon or name.lower() not in archives:
        examples = ", ".join(example for _, example in _ACCESSIONS.values())
        raise InputError(f"{identifier!r} names no entry of an archive.", hint=f"Such names are {examples}.")
    archive = archives[name.lower()]
    pattern, example = _ACCESSIONS[archive]
    accession, _, path = rest.partition("/")
    found = re.fullmatch(pattern, accession.lower(), re.ASCII)
    if found is None:
        raise InputError(
            f"{identifier!r}: {accession!r} is no accession of {name.upper()}.", hint=f"Such as {example}."
        )
    if path and archive not in _WITH_PATHS:
        raise InputError(f"{identifier!r}: an entry of {name.upper()} has no folders.", hint=f"Such as {example}.")
    return ArchiveEntry(archive, found[1], "/".join(safe_parts(path, of=identifier)))
