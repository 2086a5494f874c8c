"""One file from an archive to the disk: whole and checked, or not at all under its name."""

import errno
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vitreous._core import InputError

from ._http import HttpSession, PassingFailure, Patience
from ._names import PARTIAL
from ._partial import Partial, partial_of
from ._request import MissingPart, content_length
from ._tree import RemoteFile
from ._verify import IntegrityCheck, check_passed, open_to_check, what_is_wrong

MEBIBYTE = 2**20


class Arrival(StrEnum):
    """How a file came to be in the output folder."""

    FETCHED = "fetched"
    RESUMED = "resumed"
    PRESENT = "already there"


@dataclass(frozen=True)
class FetchedFile:
    """A file that is in the output folder.

    Arguments:
        path: Where it is.
        size: Its bytes.
        arrival: Whether it came now.
        check: The check that it passed.
    """

    path: Path
    size: int
    arrival: Arrival
    check: IntegrityCheck


class Download:
    """One file on its way, or found to be there already.

    What comes is written to `NAME.partial`; whatever stops it, the next download of the file goes on from there, if the
    archive's file is still the same. It gets its name when it is complete, checked and on the disk.

    Arguments:
        session: Who asks.
        remote: What to fetch.
        target: The file to make.
        overwrite: Replace an existing file that is not the archive's.
    """

    def __init__(self, session: HttpSession, remote: RemoteFile, target: Path, *, overwrite: bool):
        self._session = session
        self._remote = remote
        self._target = target
        self._overwrite = overwrite
        self._fetched: FetchedFile | None = None

    @property
    def fetched(self) -> FetchedFile:
        """What became of it, after all steps."""
        if self._fetched is None:
            raise RuntimeError("the download has not run to its end")
        return self._fetched

    def steps(self) -> Generator[int, None, None]:
        """Do it; yields 1 for each mebibyte that is there.

        Raises:
            InputError: It cannot be had, is not what the archive says, or has no room here; or another file has its
                name.
        """
        target = self._target
        try:
            if target.exists():
                self._fetched = self._existing()
            if self._fetched is None:
                with partial_of(target) as partial, ExitStack() as stack:
                    missing = MissingPart(self._session, self._remote, partial, stack)
                    arrival = yield from self._transfer(partial, missing)
                    self._fetched = self._finish(partial, missing.size, arrival)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise InputError(f"{target}: cannot be written ({error.strerror}).", hint="Check the disk.") from error
            raise InputError(
                f"{target}: the disk is full. What came is kept in {target.name}{PARTIAL}.",
                hint="Make room; the same command then goes on from there.",
            ) from error

    def _existing(self) -> FetchedFile | None:
        """The file that is there, if it is the archive's; `None` where it may be replaced."""
        session, remote, target = self._session, self._remote, self._target
        size = remote.size if remote.size_is_exact else None
        if size is None and not remote.hashes:
            size = Patience(session.pause).insist(lambda: _declared_size(session, remote))
        with open_to_check(target) as stream:
            wrong = what_is_wrong(stream, name=remote.name, size=size, hashes=remote.hashes)
            there = stream.seek(0, 2)
        check = check_passed(name=remote.name, size=size, hashes=remote.hashes)
        if wrong is None and check is IntegrityCheck.NONE:
            wrong = "the archive says neither how long nor what the file is"
        if wrong is None:
            return FetchedFile(target, there, Arrival.PRESENT, check)
        if self._overwrite:
            return None
        raise InputError(
            f"{target}: there is a file of this name, which may not be that of the archive: {wrong}.",
            hint="Use --overwrite (in Python overwrite=True) to replace it, or another output folder.",
        )

    def _transfer(self, partial: Partial, missing: MissingPart) -> Generator[int, None, Arrival]:
        """Write what comes, asking again for the rest when the connection drops."""
        patience, told = Patience(self._session.pause), 0
        answer = patience.insist(missing.ask)
        arrival = Arrival.RESUMED if partial.length else Arrival.FETCHED
        while answer is not None:
            length = partial.length
            try:
                for piece in answer.pieces():
                    length += len(piece)
                    self._refuse_more(length, missing.size, partial)
                    partial.append(piece)
                    for _ in range(told, length // MEBIBYTE):
                        patience.progress()
                        yield 1
                    told = max(told, length // MEBIBYTE)
                answer = None
            except PassingFailure as failure:
                patience.after(failure)
                answer = patience.insist(missing.ask)
        return arrival

    def _refuse_more(self, length: int, size: int | None, partial: Partial) -> None:
        if size is not None and length > size:
            partial.discard()
            raise InputError(
                f"{self._remote.path}: the server sent more than the {size} bytes that it announced.",
                hint="The same command starts over; if it stays so, tell the archive.",
            )

    def _finish(self, partial: Partial, size: int | None, arrival: Arrival) -> FetchedFile:
        """Check the whole, and give it its name."""
        remote, there = self._remote, partial.length
        size = remote.size if remote.size_is_exact else size
        wrong = what_is_wrong(partial.stream, name=remote.name, size=size, hashes=remote.hashes)
        if wrong is not None:
            partial.discard()
            raise InputError(
                f"{remote.path}: what came is not what the archive describes: {wrong}. Nothing was kept.",
                hint="The same command starts over; if it stays so, tell the archive.",
            )
        partial.finish()
        check = check_passed(name=remote.name, size=size, hashes=remote.hashes)
        return FetchedFile(partial.target, there, arrival, check)


def _declared_size(session: HttpSession, remote: RemoteFile) -> int | None:
    with session.open("HEAD", remote.address) as answer:
        return content_length(answer)
