"""HTTP with an archive: redirects followed by hand, failures told apart, secrets kept."""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar, runtime_checkable
from urllib.parse import urljoin

from vitreous._core import InputError

from ._sites import TrustedHosts, plain
from ._token import AccessToken

T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
MOST_REDIRECTS = 5
MOST_FAILURES = 5
"""Failures in a row, without any progress between them, after which one gives up: half a minute of pauses."""
LONGEST_PAUSE = 120.0
"""Seconds that a server may ask to wait; where it asks for more, the person decides."""
_PIECE = 2**16
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class PassingFailure(Exception):
    """What may go better the next time: a dropped connection, a server that is busy.

    Arguments:
        message: What happened.
        pause: The seconds that the server asks to wait, if it does.
    """

    def __init__(self, message: str, *, pause: float | None = None):
        super().__init__(message)
        self.pause = pause


class Patience:
    """Waits longer after each failure, with a warning, and gives up after too many without progress.

    Arguments:
        pause: What waits for so many seconds.
    """

    def __init__(self, pause: Callable[[float], None] = time.sleep):
        self._pause = pause
        self._failures = 0

    def progress(self) -> None:
        """Forget the failures so far."""
        self._failures = 0

    def after(self, failure: PassingFailure) -> None:
        """Wait until it is time to try again.

        Raises:
            InputError: It failed too often, or the server asks for more patience than anyone has.
        """
        self._failures += 1
        asked = failure.pause or 0.0
        if self._failures >= MOST_FAILURES or asked > LONGEST_PAUSE:
            when = f"in {math.ceil(asked)} s" if asked else "later"
            raise InputError(f"{failure}.", hint=f"Check the network, and try again {when}: the same command goes on.")
        seconds = max(asked, 2.0**self._failures)
        warnings.warn(f"{failure}; trying again in {seconds:.0f} s.", stacklevel=2)
        self._pause(seconds)

    def insist(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, as soon as it does not fail."""
        while True:
            try:
                return attempt()
            except PassingFailure as failure:
                self.after(failure)


@dataclass(frozen=True)
class Answer:
    """What a server answered, its body still to be read.

    Arguments:
        status: The HTTP status.
        headers: The headers; their names are not case-sensitive.
        address: The address that answered, after all redirects.
        raw: urllib3's response.
    """

    status: int
    headers: Mapping[str, str]
    address: str
    raw: Any

    def pieces(self) -> Iterator[bytes]:
        """The body as it was sent, in pieces of 64 KiB or fewer bytes.

        Raises:
            PassingFailure: The connection dropped before its end.
        """
        from urllib3.exceptions import HTTPError

        try:
            while piece := self.raw.read(_PIECE, decode_content=False):
                yield piece
        except (HTTPError, OSError) as error:
            raise PassingFailure(f"{plain(self.address)}: the connection dropped ({_reason(error)})") from None

    def body(self, *, most: int) -> bytes:
        """The whole body.

        Raises:
            PassingFailure: The connection dropped.
            InputError: It is longer than `most` bytes.
        """
        body = bytearray()
        for piece in self.pieces():
            body += piece
            if len(body) > most:
                raise InputError(
                    f"{plain(self.address)}: the answer is longer than {most} bytes.", hint="Name a smaller folder."
                )
        return bytes(body)


@runtime_checkable
class Body(Protocol):
    """What a request sends: pieces, and how many bytes they have in all."""

    def __len__(self) -> int:
        """Bytes in all."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """The pieces, from the beginning each time."""
        ...


class HttpSession:
    """A conversation with an archive's servers.

    Arguments:
        hosts: Which hosts belong to it.
        token: What says who asks; sent to the archive's own hosts only.
        find_token: Where to look for a token when a server asks who we are and there is none.
        pause: What waits for so many seconds before a failed request is sent again.
    """

    def __init__(
        self,
        hosts: TrustedHosts,
        *,
        token: AccessToken | None = None,
        find_token: Callable[[], AccessToken | None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
    ):
        self.hosts = hosts
        self.pause = pause
        self._token = token
        self._find_token = find_token
        self._session: Any = None

    def read(self, address: str, *, most: int, accept: str = "*/*") -> bytes:
        """The body at an address, which has `most` bytes at most; sent again while failures pass.

        Raises:
            InputError: It cannot be had.
        """

        def attempt() -> bytes:
            with self.open("GET", address, headers={"Accept": accept}) as answer:
                return answer.body(most=most)

        return Patience(self.pause).insist(attempt)

    @contextmanager
    def open(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        accepted: tuple[int, ...] = (),
    ) -> Iterator[Answer]:
        """Send one request, and give what was answered while the block runs.

        Arguments:
            method: GET, HEAD or PUT; the last is never redirected.
            address: Where to.
            headers: Headers beside those that every request has.
            body: What to send.
            accepted: Statuses beside 2xx that the caller understands.

        Raises:
            PassingFailure: It may go better the next time.
            InputError: It will not.
        """
        answer = self._follow(method, address, dict(headers or {}), body)
        try:
            if answer.status in (401, 403) and self._token is None and self.hosts.may_see_token(answer.address):
                self._token = self._find_token()
                if self._token is not None and body is None:
                    answer.raw.close()
                    answer = self._follow(method, address, dict(headers or {}), None)
            if not 200 <= answer.status < 300 and answer.status not in accepted:
                raise self._refusal(answer)
            yield answer
        finally:
            answer.raw.close()

    def _follow(self, method: str, address: str, headers: dict[str, str], body: Body | None) -> Answer:
        self.hosts.check(address)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._send(method, address, headers, body)
            if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                return answer
            answer.raw.close()
            if body is not None:
                raise InputError(f"{plain(address)}: an upload was redirected, which OSF does not do.", hint=_LATER)
            try:
                target = urljoin(address, answer.headers["Location"])
            except ValueError:
                raise InputError(f"{plain(address)}: was redirected to no address.", hint=_LATER) from None
            self.hosts.check(target, came_from=address)
            address = target
        raise InputError(f"{plain(address)}: was redirected more than {MOST_REDIRECTS} times.", hint=_LATER)

    def _send(self, method: str, address: str, headers: dict[str, str], body: Body | None) -> Answer:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.auth = _nobody  # else a password of ~/.netrc would be sent in the token's place
            self._session.get_redirect_target = _nowhere  # else the whole body of a redirection would be read
        # The body is kept as it is sent: a length, a range and a hash are all of those bytes.
        length = len(body) if body is not None else 0
        sent = {"User-Agent": "vitreous", "Accept-Encoding": "identity", **headers}
        if self._token is not None and self.hosts.may_see_token(address):
            sent["Authorization"] = self._token.header()
        try:
            response = self._session.request(
                method,
                address,
                headers=sent,
                data=body if length else None,  # an empty stream would be sent without a length
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
        # Their own texts are not shown: they may hold a signed address.
        except requests.exceptions.SSLError:
            raise InputError(
                f"{plain(address)}: the server's certificate is not valid.", hint="Check the clock and the network."
            ) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            raise PassingFailure(f"{plain(address)}: no answer ({_reason(error)})") from None
        except (requests.exceptions.RequestException, UnicodeError, ValueError):
            raise InputError(f"{plain(address)}: is no address, or its server speaks no HTTP.", hint=_LATER) from None
        return Answer(response.status_code, response.headers, address, response.raw)

    def _refusal(self, answer: Answer) -> Exception:
        status, where = answer.status, plain(answer.address)
        if status in _PASSING:
            what = "asks to wait" if status == 429 else f"is busy or in trouble (status {status})"
            return PassingFailure(f"{where}: the server {what}", pause=_asked_pause(answer.headers))
        what, hint = _REFUSALS.get(status, (f"the server refuses (status {status})", _LATER))
        return InputError(f"{where}: {what}.", hint=hint)


_LATER = "Try again later; if it stays, the archive has changed: please report it."
_TOKEN = "For OSF, set OSF_TOKEN to a token of https://osf.io/settings/tokens that may see this project"
_REFUSALS = {
    401: ("the server asks who you are (status 401), or the access token is not valid", f"{_TOKEN}."),
    403: ("access is not allowed (status 403)", f"{_TOKEN}, or ask its owner; other entries may not be released yet."),
    404: ("there is no such entry or file (status 404)", "Check the accession and the path; see --list."),
    410: ("it was withdrawn (status 410)", "Look for the entry that replaces it on the archive's page."),
    507: ("the archive's storage is full (status 507)", "Make room in the project, or use another."),
}


def _nobody(request: Any) -> Any:
    return request


def _nowhere(response: Any) -> None:
    return None


def _reason(error: BaseException) -> str:
    """What kind of failure it was, in a word, without the texts of libraries."""
    name = type(error).__name__
    return "timeout" if "Timeout" in name else name


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds of a `Retry-After` header (RFC 9110, 10.2.3), which is a number or a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
        date = date.replace(tzinfo=date.tzinfo or UTC)
        return max(0.0, (date - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # whichever of them this text leads to
        return None
