"""Asking for what is missing of a file."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from vitreous._core import InputError

from ._http import Answer, HttpSession, PassingFailure
from ._partial import Origin, Partial
from ._sites import plain
from ._tree import RemoteFile

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


class MissingPart:
    """What is missing of a partial file, to be asked for as often as the connection drops.

    Arguments:
        session: Who asks.
        remote: The file.
        partial: What is there of it.
        stack: What keeps the answer open, and closes it.
    """

    def __init__(self, session: HttpSession, remote: RemoteFile, partial: Partial, stack: ExitStack):
        self._session = session
        self._remote = remote
        self._partial = partial
        self._stack = stack
        self.size: int | None = None
        """Bytes of the whole, as the server says."""

    def ask(self) -> Answer | None:
        """The answer that goes on where the partial file now ends; `None` if nothing is missing.

        A part is asked for only on condition that the file is still the one that was begun (RFC 9110, 13.1.5 and 14.2:
        `If-Range` with a strong validator); where it is not, or the server knows no parts, the whole comes and the
        partial file is begun anew.

        Raises:
            PassingFailure: It may go better the next time.
            InputError: It will not.
        """
        self._stack.close()
        remote, partial, there = self._remote, self._partial, self._partial.length
        origin = partial.origin() if there else None
        headers: dict[str, str] = {}
        if origin is not None and origin.address == plain(remote.address):
            self.size = origin.size
            if there == origin.size:
                return None
            if origin.validator:
                headers = {"Range": f"bytes={there}-", "If-Range": origin.validator}
        request = self._session.open("GET", remote.address, headers=headers, accepted=(416,))
        answer = self._stack.enter_context(request)
        if answer.status == 200:
            self.size = content_length(answer)
            self._check_whole(answer)
            require_room(partial.target.parent, self.size or 0, what=remote.path)
            partial.start(Origin.of(remote.address, answer.headers, self.size))
        elif origin is None or not headers:
            raise InputError(
                f"{remote.path}: the server answers with status {answer.status} and not with the file.",
                hint="Try again later.",
            )
        elif self._goes_on(answer, origin, there):
            require_room(partial.target.parent, (self.size or there) - there, what=remote.path)
        else:
            partial.start(Origin(""))  # of no use: the next attempt asks for the whole
            raise PassingFailure(f"{remote.path}: the server answered with another part than was asked for")
        return answer

    def _goes_on(self, answer: Answer, origin: Origin, there: int) -> bool:
        """Whether an answer is the rest of the file that was begun (`Content-Range`, RFC 9110, 14.4)."""
        unit, _, span = answer.headers.get("Content-Range", "").partition(" ")
        span, _, whole = span.partition("/")
        first, _, last = span.partition("-")
        if answer.status != 206 or unit != "bytes" or not (_is_number(first) and _is_number(last)):
            return False
        now = Origin.of(origin.address, answer.headers, int(whole) if _is_number(whole) else origin.size)
        self.size = now.size
        return (
            now.validator in ("", origin.validator)
            and origin.size in (None, now.size)
            and int(first) == there
            and (now.size is None or int(last) == now.size - 1)
        )

    def _check_whole(self, answer: Answer) -> None:
        """Refuse bytes or a length that are not those of the archive's file."""
        encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
        # Some servers call the compression of a compressed file an encoding.
        if encoding not in ("", "identity") and not self._remote.name.endswith(_COMPRESSED):
            raise InputError(
                f"{self._remote.path}: the server compresses it ({encoding[:40]}), though it was asked not to.",
                hint="Try again later, or a mirror (VITREOUS_ARCHIVES).",
            )
        if self._remote.size_is_exact and self.size not in (None, self._remote.size):
            raise InputError(
                f"{self._remote.path}: has {self._remote.size} bytes in the archive's list, and its server sends "
                f"{self.size}.",
                hint="Try again later.",
            )


def require_room(folder: Path, needed: int, *, what: str) -> None:
    """Refuse what does not fit on the disk.

    Arguments:
        folder: Where it would be; it need not exist yet.
        needed: Bytes.
        what: What needs them.

    Raises:
        InputError: It has fewer bytes left.
    """
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise InputError(
            f"{what}: needs {needed / 2**30:.1f} GiB, and the disk of {folder} has {free / 2**30:.1f} GiB left.",
            hint="Make room, or choose a folder on another disk.",
        )


def content_length(answer: Answer) -> int | None:
    """Bytes of the body that an answer announces, if it does."""
    text = answer.headers.get("Content-Length", "").strip()
    return int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
