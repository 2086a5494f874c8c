"""Where the archives are, and which hosts belong to each."""

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from vitreous._core import InputError, settings

from ._entry import Archive

_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class ArchiveSites:
    """The addresses of the archives, without a final `/`: `https://…`, or `http://…` on this machine.

    Arguments:
        pdb: Structures (RCSB PDB, file download services).
        emdb: Maps (EMDB's `structures` folder at the EBI).
        empiar: Image sets (EMPIAR's public folder at the EBI).
        empiar_api: What EMPIAR says of an entry.
        osf_api: The Open Science Framework's API v2.
        osf_files: WaterButler v1, which takes OSF's uploads.

    Examples:
        >>> ArchiveSites.mirror("http://127.0.0.1:8080").emdb
        'http://127.0.0.1:8080/emdb'
    """

    pdb: str = "https://files.rcsb.org/download"
    emdb: str = "https://ftp.ebi.ac.uk/pub/databases/emdb/structures"
    empiar: str = "https://ftp.ebi.ac.uk/empiar/world_availability"
    empiar_api: str = "https://www.ebi.ac.uk/empiar/api/entry"
    osf_api: str = "https://api.osf.io/v2"
    osf_files: str = "https://files.osf.io/v1/resources"

    def __post_init__(self):
        for field in fields(self):
            address = getattr(self, field.name)
            parts = _split(address)
            local = parts is not None and parts.scheme == "http" and parts.hostname in _LOCAL
            if parts is None or not parts.hostname or not (parts.scheme == "https" or local) or address.endswith("/"):
                raise InputError(
                    f"{address!r} is no address of an archive.",
                    hint="Use https://HOST/FOLDER, or http://127.0.0.1:PORT on this machine.",
                )

    @classmethod
    def mirror(cls, address: str) -> "ArchiveSites":
        """One server that keeps all archives, in folders that are called as the arguments of this class."""
        return cls(**{field.name: f"{address.rstrip('/')}/{field.name}" for field in fields(cls)})

    @classmethod
    def from_settings(cls) -> "ArchiveSites":
        """The mirror that `VITREOUS_ARCHIVES` names, or the archives themselves."""
        address = settings().archives
        return cls() if address is None else cls.mirror(address)


@dataclass(frozen=True)
class TrustedHosts:
    """The hosts that belong to an archive.

    Arguments:
        own: Hosts, with their ports, that an access token of the archive may be sent to; `*` stands for any letters.
        others: Hosts that the archive stores files on, which are told no token.
    """

    own: tuple[str, ...]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, archive: Archive, sites: ArchiveSites) -> "TrustedHosts":
        """Those of one archive, at these sites."""
        own, others = {
            # Beside those of the sites: PDB files move between hosts of the wwPDB's members; OSF's downloads lead from
            # osf.io to a WaterButler of the project's region, and from there to a signed address at Google's storage.
            Archive.PDB: ((sites.pdb,), ("files.wwpdb.org",)),
            Archive.EMDB: ((sites.emdb,), ("files.wwpdb.org",)),
            Archive.EMPIAR: ((sites.empiar, sites.empiar_api), ()),
            Archive.OSF: ((sites.osf_api, sites.osf_files), ("storage.googleapis.com",)),
        }[archive]
        hosts = tuple(dict.fromkeys(urlsplit(address).netloc for address in own))
        if archive is Archive.OSF and sites == ArchiveSites():
            hosts += ("osf.io", "files.*.osf.io")
        return cls(hosts, others)

    def check(self, address: str, *, came_from: str = "") -> None:
        """Refuse an address that a server gave and that is none of the archive's.

        Arguments:
            address: Where to go.
            came_from: The address that was redirected there.

        Raises:
            InputError: It is on another host, or leads from https to http.
        """
        parts, before = _split(address), _split(came_from)
        if parts is None or parts.scheme not in ("http", "https") or parts.username is not None:
            raise InputError(
                f"the archive's server sent an address that cannot be used: {plain(address)[:200]!r}.", hint=_TRY
            )
        secure = parts.scheme == "https" or parts.hostname in _LOCAL
        if not secure or (before is not None and before.scheme == "https" and parts.scheme != "https"):
            raise InputError(
                f"{plain(address)}: the archive's server leads from https to http, where anyone may change the file.",
                hint=_TRY,
            )
        if not (self._is_own(parts.netloc) or _any_matches(parts.netloc, self.others)):
            raise InputError(
                f"{plain(address)}: the archive's server leads to {parts.netloc}, which does not belong to the "
                "archive; it was not followed.",
                hint=_TRY,
            )

    def may_see_token(self, address: str) -> bool:
        """Whether a token may be sent to this address."""
        parts = _split(address)
        return parts is not None and self._is_own(parts.netloc)

    def _is_own(self, host: str) -> bool:
        return _any_matches(host, self.own)


_TRY = "Try again later; if it stays, the archive has changed: please report it."


def plain(address: str) -> str:
    """An address without its query, which may hold a signature that opens the file to anyone."""
    return address.partition("?")[0].partition("#")[0]


def _any_matches(host: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host.lower(), pattern) and host.count(".") == pattern.count(".") for pattern in patterns)


def _split(address: str):
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 (which it checks when it is asked for)
    except ValueError:
        return None
    return parts
