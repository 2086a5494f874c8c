"""Projects of the Open Science Framework, by its API v2 and WaterButler v1.

A listing is JSON:API: `data` holds files and folders, `links.next` the rest of them. The actions' addresses are links
of each: `download` and `upload` of a file, `upload` and `new_folder` of a folder (OSF APIv2 documentation, "Files";
WaterButler documentation, "API").
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, final

from vitreous._core import InputError

from ._http import HttpSession
from ._json import MOST_OF_JSON, parse_object
from ._names import check_inside
from ._sites import ArchiveSites, plain
from ._tree import AbstractTree, RemoteFile, RemoteFolder

_DIGITS = {"sha256": 64, "md5": 32}
_MOST_PAGES = 20_000
_ACCEPT = "application/vnd.api+json"


@final
class OsfTree(AbstractTree):
    """The folders and files of a project's own storage (`osfstorage`).

    Arguments:
        session: Who asks.
        sites: Where OSF is.
        project: The project's short name.
    """

    def __init__(self, session: HttpSession, sites: ArchiveSites, project: str):
        self._session = session
        self._sites = sites
        self._project = project

    @property
    def root(self) -> RemoteFolder:
        storage = f"{self._sites.osf_files}/{self._project}/providers/osfstorage/"
        return RemoteFolder(
            "",
            f"{self._sites.osf_api}/nodes/{self._project}/files/osfstorage/?page[size]=100",
            upload=f"{storage}?kind=file",
            new_folder=f"{storage}?kind=folder",
        )

    def children(self, folder: RemoteFolder) -> tuple[RemoteFile | RemoteFolder, ...]:
        return tuple(_item(record, folder) for record in self._records(folder.address))

    def _records(self, address: str) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        while address:
            if address in seen or len(seen) >= _MOST_PAGES:
                raise InputError(f"{plain(address)}: the listing has no end.", hint="Name a smaller folder.")
            seen.add(address)
            page = parse_object(self._session.read(address, most=MOST_OF_JSON, accept=_ACCEPT), of=plain(address))
            data = page.get("data")
            if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
                raise InputError(f"{plain(address)}: the answer lists no files.", hint="Try again later.")
            yield from data
            address = text_at(page, "links", "next") or ""


def _item(record: Mapping[str, Any], folder: RemoteFolder) -> RemoteFile | RemoteFolder:
    name = check_inside(text_at(record, "attributes", "name") or "", of=plain(folder.address))
    path = folder.path_of(name)
    kind, upload = text_at(record, "attributes", "kind"), text_at(record, "links", "upload")
    if kind == "folder":
        address = text_at(record, "relationships", "files", "links", "related", "href")
        if address is not None:
            return RemoteFolder(path, address, upload, text_at(record, "links", "new_folder"))
    elif kind == "file":
        address = text_at(record, "links", "download")
        if address is not None:
            size = _at(record, "attributes", "size")
            size = size if isinstance(size, int) and size >= 0 else None
            return RemoteFile(path, address, size, size is not None, hashes_of(record), upload)
    raise InputError(f"{plain(folder.address)}: does not say where {name!r} is.", hint="Try again later.")


def hashes_of(record: Mapping[str, Any]) -> dict[str, str]:
    """The hashes of a file's content that OSF or WaterButler tells (`attributes.extra.hashes`), in lower case."""
    found = {}
    for name, digits in _DIGITS.items():
        value = text_at(record, "attributes", "extra", "hashes", name)
        if value is not None and re.fullmatch(rf"[0-9a-f]{{{digits}}}", value.lower()):
            found[name] = value.lower()
    return found


def text_at(record: Mapping[str, Any], *keys: str) -> str | None:
    """The text at the end of these keys, or of its `href` (JSON:API lets a link be an object); else `None`."""
    value = _at(record, *keys)
    if isinstance(value, dict):
        value = value.get("href")
    return value if isinstance(value, str) else None


def _at(record: object, *keys: str) -> object:
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record
