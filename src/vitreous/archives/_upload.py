"""Files to a project of the Open Science Framework."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from vitreous._core import NO_PROGRESS, InputError, Progress

from ._download import MEBIBYTE
from ._entry import Archive, parse_identifier
from ._http import HttpSession, PassingFailure, Patience
from ._json import MOST_OF_JSON, parse_object
from ._names import check_name, readable_size, safe_parts
from ._osf import OsfTree, hashes_of
from ._sites import ArchiveSites, TrustedHosts
from ._token import no_token, osf_token_of_environment, osf_token_of_keyring
from ._tree import RemoteFile, RemoteFolder
from ._verify import hash_of, open_to_check

_CONFLICT = 409


class Departure(StrEnum):
    """What became of a file that was to be uploaded."""

    CREATED = "uploaded"
    UPDATED = "uploaded as a new version"
    PRESENT = "already there"


@dataclass(frozen=True)
class UploadedFile:
    """A file that is in the archive.

    Arguments:
        path: Where it is in the project.
        size: Its bytes.
        departure: Whether it went now.
        sha256: Its hash, here and there.
    """

    path: str
    size: int
    departure: Departure
    sha256: str


@dataclass(frozen=True)
class UploadReport:
    """What `upload_files` did.

    Arguments:
        files: Each file, in the order given.
    """

    files: tuple[UploadedFile, ...]

    @property
    def summary(self) -> list[str]:
        """A line for each file: where it is, its size, how it went, and its hash."""
        return [f"{f.path}  {readable_size(f.size)}  {f.departure}, sha256 {f.sha256}" for f in self.files]


def upload_files(
    identifier: str,
    files: Sequence[str | Path],
    *,
    overwrite: bool = False,
    sites: ArchiveSites | None = None,
    progress: Progress = NO_PROGRESS,
    pause: Callable[[float], None] = time.sleep,
) -> UploadReport:
    """Put files into a folder of an OSF project; what is there already with the same content is left as it is.

    Each file is streamed, and its SHA-256 compared with the one that OSF answers. An upload that was stopped is
    repeated by the same call, which skips the files that had arrived.

    The access token, which must allow to write (`osf.full_write`), is that of `OSF_TOKEN` or of the keyring (service
    `osf.io`, user `token`).

    Arguments:
        identifier: `osf:PROJECT` or `osf:PROJECT/folder`; folders are made where they are absent.
        files: The files, which keep their names.
        overwrite: Make new versions of files that are there with another content. OSF keeps the old ones.
        sites: Where OSF is; itself, or the mirror of `VITREOUS_ARCHIVES`, unless given.
        progress: Told of each mebibyte.
        pause: Waits for so many seconds before a request that failed is sent again.

    Raises:
        InputError: A file cannot be read, is there with another content, or came wrong; the project cannot be reached
            or written, or there is no token.

    Examples:
        >>> try:
        ...     upload_files("emdb:1832", ["map.mrc"])
        ... except ValueError as error:
        ...     print(error)
        emdb:1832 takes no uploads.
        hint: Name a project of OSF: osf:PROJECT/folder.
    """
    entry, sites = parse_identifier(identifier), sites or ArchiveSites.from_settings()
    if entry.archive is not Archive.OSF:
        raise InputError(f"{identifier} takes no uploads.", hint="Name a project of OSF: osf:PROJECT/folder.")
    sources = _sources(files)
    token = osf_token_of_environment() or osf_token_of_keyring()
    if token is None:
        raise no_token()
    session = HttpSession(TrustedHosts.of(entry.archive, sites), token=token, pause=pause)
    tree = OsfTree(session, sites, entry.accession)
    folder = _folder(session, tree, entry.path)
    return UploadReport(
        tuple(_upload(session, tree, folder, source, overwrite=overwrite, progress=progress) for source in sources)
    )


def _sources(files: Sequence[str | Path]) -> list[Path]:
    """The files, if each is one and no two have one name."""
    sources, names = [Path(file) for file in files], set()
    for source in sources:
        if not source.is_file():
            raise InputError(f"{source}: is no file that can be uploaded.", hint="Name files; folders are not sent.")
        check_name(source.name, of=str(source))
        if source.name in names:
            raise InputError(
                f"{source}: another file of the same name is to be uploaded.", hint="Upload it to another folder."
            )
        names.add(source.name)
    return sources


def _folder(session: HttpSession, tree: OsfTree, path: str) -> RemoteFolder:
    """The folder of this path, which is made where it is absent."""
    folder = tree.root
    for name in safe_parts(path, of=path):
        found = _child(tree, folder, name)
        if found is None:
            _make_folder(session, folder, name)
            found = _child(tree, folder, name)
        if not isinstance(found, RemoteFolder):
            raise InputError(f"{folder.path_of(name)}: is no folder, or could not be made.", hint="Choose another.")
        folder = found
    return folder


def _child(tree: OsfTree, folder: RemoteFolder, name: str) -> RemoteFile | RemoteFolder | None:
    return next((child for child in tree.children(folder) if child.name == name), None)


def _make_folder(session: HttpSession, folder: RemoteFolder, name: str) -> None:
    address = _named(_writable(folder.new_folder, folder.path), name)

    def attempt() -> None:
        # A conflict: someone else made it, or this client did and the answer got lost.
        with session.open("PUT", address, accepted=(_CONFLICT,)):
            return

    Patience(session.pause).insist(attempt)


def _upload(
    session: HttpSession, tree: OsfTree, folder: RemoteFolder, source: Path, *, overwrite: bool, progress: Progress
) -> UploadedFile:
    path = folder.path_of(source.name)
    with open_to_check(source) as stream:
        sha256 = hash_of(stream, "sha256")
        size = stream.tell()
        there = _child(tree, folder, source.name)
        if isinstance(there, RemoteFolder):
            raise InputError(f"{path}: is a folder in the project.", hint="Upload to another folder.")
        if there is None:
            address, departure = _named(_writable(folder.upload, folder.path), source.name), Departure.CREATED
        elif there.hashes.get("sha256") == sha256:
            return UploadedFile(path, size, Departure.PRESENT, sha256)
        elif not overwrite:
            raise _differs(path)
        else:
            address, departure = _writable(there.upload, path), Departure.UPDATED
        body = _Body(stream, size, progress, f"Uploading {source.name} (MiB)")
        answered = _send(session, address, body)
    if answered is None:  # OSF has a file of this name by now: of someone else, or this one, whose answer got lost
        now = _child(tree, folder, source.name)
        answered = now.hashes.get("sha256") if isinstance(now, RemoteFile) else None
        if answered != sha256:
            raise _differs(path)
    if answered != sha256:
        raise InputError(
            f"{path}: came to OSF with the sha256 {answered or '?'}, and here it is {sha256}.",
            hint="Upload it again with --overwrite (in Python overwrite=True).",
        )
    return UploadedFile(path, size, departure, sha256)


def _send(session: HttpSession, address: str, body: "_Body") -> str | None:
    """The hash that OSF answers (`""` where it says none), or `None` if there is a file of that name."""

    def attempt() -> str | None:
        with session.open("PUT", address, body=body, accepted=(_CONFLICT,)) as answer:
            if answer.status == _CONFLICT:
                return None
            content = parse_object(answer.body(most=MOST_OF_JSON), of=body.name)
        data = content.get("data")
        return hashes_of(data).get("sha256", "") if isinstance(data, dict) else ""

    return Patience(session.pause).insist(attempt)


def _writable(address: str | None, path: str) -> str:
    if address is None:
        raise InputError(
            f"{path or 'the project'}: OSF does not say how to write there.",
            hint="Check that the token may write (osf.full_write) and that the project is not registered.",
        )
    return address


def _named(address: str, name: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}name={quote(name, safe='')}"


def _differs(path: str) -> InputError:
    return InputError(
        f"{path}: there is a file of this name in the project, and its content is another.",
        hint="Use --overwrite (in Python overwrite=True) to make a new version of it.",
    )


class _Body:
    """A file as the body of a request, which may be sent again from its beginning."""

    def __init__(self, stream: BinaryIO, size: int, progress: Progress, description: str):
        self.name = description
        self._stream = stream
        self._size = size
        self._progress = progress

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        total = -(-self._size // MEBIBYTE)
        return self._progress.track(self._pieces(), description=self.name, total=total)

    def _pieces(self) -> Iterator[bytes]:
        self._stream.seek(0)
        left = self._size
        while left:
            piece = self._stream.read(min(MEBIBYTE, left))
            if not piece:
                raise PassingFailure(f"{self.name}: the file became shorter while it was sent")
            left -= len(piece)
            yield piece
