"""Whom an archive's client talks to, and what it tells nobody."""

import contextlib
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archives.server import archive_server, says, sends
from vitreous._core import InputError
from vitreous.archives import Archive, ArchiveSites
from vitreous.archives._http import HttpSession, PassingFailure, Patience, _asked_pause
from vitreous.archives._sites import TrustedHosts
from vitreous.archives._token import AccessToken

pytestmark = pytest.mark.filterwarnings("ignore:.*trying again in")

SECRET = "s3cr3t-token-of-a-person"


@pytest.fixture
def archive():
    with archive_server() as server:
        server.files["/osf_api/file"] = b"content"
        yield server


@pytest.fixture
def stranger():
    """A server that belongs to no archive."""
    with archive_server() as server:
        server.files["/file"] = b"content of a stranger"
        yield server


def host(server) -> str:
    return server.address.removeprefix("http://")


def read(archive, path: str, **options) -> bytes:
    hosts = options.pop("hosts", TrustedHosts((host(archive),)))
    return HttpSession(hosts, pause=lambda seconds: None, **options).read(archive.address + path, most=1000)


def test_redirects_are_followed_on_the_archives_own_hosts(archive):
    archive.files["/file"] = b"content"
    archive.faults["/a"] = [says(302, Location="/b")]
    archive.faults["/b"] = [says(307, Location=f"{archive.address}/file")]
    assert read(archive, "/a") == b"content"


def test_redirects_off_host_are_refused_and_nobody_is_asked(archive, stranger):
    archive.faults["/a"] = [says(302, Location=f"{stranger.address}/file?signature=hidden")]
    with pytest.raises(InputError, match="does not belong to the archive") as raised:
        read(archive, "/a")
    assert stranger.requests == [] and "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://example.org/file", "leads from https to http"),
        ("ftp://127.0.0.1/file", "cannot be used"),
        ("file:///etc/passwd", "cannot be used"),
        ("http://user:password@127.0.0.1/file", "cannot be used"),
        ("http://127.0.0.1:99999/file", "cannot be used"),
        ("//[bad", "redirected to no address"),
    ],
)
def test_redirects_to_what_is_no_address_of_an_archive(archive, target, message):
    archive.faults["/a"] = [says(302, Location=target)]
    with pytest.raises(InputError, match=message):
        read(archive, "/a")


def test_https_never_becomes_http():
    hosts = TrustedHosts(("127.0.0.1", "osf.io"))
    hosts.check("https://osf.io/file", came_from="https://127.0.0.1/file")
    with pytest.raises(InputError, match="from https to http"):
        hosts.check("http://127.0.0.1/file", came_from="https://127.0.0.1/file")


def test_redirects_in_a_circle_end(archive):
    archive.faults["/a"] = [says(302, Location="/a")] * 99
    with pytest.raises(InputError, match="redirected more than 5 times"):
        read(archive, "/a")
    assert len(archive.requests) == 6


def test_bodies_of_redirects_are_not_read(archive):
    """Not even where they have no end."""

    def endless(handler, content):
        handler.send_response(302)
        handler.send_header("Location", "/file")
        handler.send_header("Content-Length", str(2**40))
        handler.end_headers()

    archive.files["/file"] = b"content"
    archive.faults["/a"] = [endless]
    began = time.monotonic()
    assert read(archive, "/a") == b"content"
    assert time.monotonic() - began < 30.0  # half of what reading waits for the next byte


def test_the_hosts_of_osf():
    hosts = TrustedHosts.of(Archive.OSF, ArchiveSites())
    assert all(map(hosts.may_see_token, ["https://api.osf.io/v2", "https://osf.io/x", "https://files.de-1.osf.io/v1"]))
    for other in ("https://storage.googleapis.com/x", "https://evil.org/osf.io", "https://api.osf.io.evil.org"):
        assert not hosts.may_see_token(other)
    for other in (
        "https://files.a.b.osf.io",
        "https://evilosf.io",
        "https://api.osf.io:8443/",
        "https://osf.io@evil.org",
    ):
        assert not hosts.may_see_token(other)
    hosts.check("https://storage.googleapis.com/bucket/object?Signature=x", came_from="https://files.osf.io/v1")
    with pytest.raises(InputError, match="does not belong"):
        TrustedHosts.of(Archive.EMDB, ArchiveSites()).check("https://storage.googleapis.com/bucket/object")


def test_a_token_goes_to_the_archive_only(archive, stranger):
    archive.faults["/a"] = [says(302, Location=f"{stranger.address}/file")]
    hosts = TrustedHosts((host(archive),), (host(stranger),))
    assert read(archive, "/a", hosts=hosts, token=AccessToken(SECRET)) == b"content of a stranger"
    assert archive.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert "Authorization" not in stranger.requests[0].headers


def test_a_token_is_looked_for_when_the_archive_asks(archive):
    archive.token = SECRET
    archive.osf["file"] = b"content"
    asked = []

    def find_token():
        asked.append(1)
        return AccessToken(SECRET)

    assert read(archive, archive.download("file"), find_token=find_token) == b"content" and asked == [1]
    with pytest.raises(InputError, match="401"):
        read(archive, archive.download("file"), find_token=lambda: None)
    with pytest.raises(InputError, match="401") as raised:
        read(archive, archive.download("file"), token=AccessToken("another"), find_token=find_token)
    assert asked == [1] and "OSF_TOKEN" in raised.value.hint


def test_passwords_of_a_netrc_file_are_not_sent(archive, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    archive.files["/file"] = b"content"
    read(archive, "/file")
    assert "Authorization" not in archive.requests[0].headers


def test_answers_are_not_longer_than_wanted(archive):
    archive.faults["/a"] = [sends(b"x" * 1001)]
    with pytest.raises(InputError, match="longer than 1000 bytes"):
        read(archive, "/a")


SOUND = b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
edits = st.lists(st.tuples(st.integers(0, len(SOUND)), st.integers(0, 40), st.binary(max_size=9)), max_size=5)


@given(edits=edits, status=st.sampled_from([b"200", b"206", b"302", b"429", b"503"]))
def test_whatever_a_server_sends_is_content_or_refused(edits, status):
    raw = SOUND.replace(b"200", status)
    for start, length, piece in edits:
        raw = raw[:start] + piece + raw[start + length :]

    def fault(handler, content):
        handler.wfile.write(raw)
        handler.close_connection = True

    with archive_server() as archive, contextlib.suppress(InputError):
        archive.faults["/a"] = [fault] * 9
        assert len(read(archive, "/a")) <= 1000


@pytest.mark.parametrize("text", ["", "soon", "-1", "9" * 99, "Wed, 99 Oct 2015", "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_any_retry_after_is_a_pause_or_none(text):
    pause = _asked_pause({"Retry-After": text})
    assert pause is None or pause >= 0


def test_a_host_that_does_not_answer(archive):
    with archive_server() as gone:
        address = host(gone)
    waited = []
    session = HttpSession(TrustedHosts((address,)), pause=waited.append)
    with pytest.raises(InputError, match=rf"http://{address}/x: no answer .ConnectionError."):
        session.read(f"http://{address}/x?signature=hidden", most=10)
    assert waited == [2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/mirror",
        "ftp://example.org",
        "example.org",
        "https://",
        "https://example.org/",
        "",
        "https://[",
    ],
)
def test_a_mirror_needs_https_or_is_on_this_machine(address):
    with pytest.raises(InputError, match="no address of an archive"):
        ArchiveSites(pdb=address)


def test_the_mirror_of_the_settings(monkeypatch):
    monkeypatch.delenv("VITREOUS_ARCHIVES", raising=False)
    assert ArchiveSites.from_settings() == ArchiveSites()
    monkeypatch.setenv("VITREOUS_ARCHIVES", "https://mirror.example.org/cryoem/")
    assert ArchiveSites.from_settings().empiar_api == "https://mirror.example.org/cryoem/empiar_api"
    monkeypatch.setenv("VITREOUS_ARCHIVES", "")
    with pytest.raises(InputError, match="no address"):
        ArchiveSites.from_settings()


@pytest.mark.parametrize("value", ["", "  ", "two words", "line\nbreak", "ümlaut", "\x00"])
def test_what_is_no_token_is_refused_without_showing_it(value):
    with pytest.raises(InputError, match="empty, or has characters that no token has") as raised:
        AccessToken(value)
    assert not value.strip() or value not in str(raised.value)


def test_a_token_shows_itself_to_nobody():
    token = AccessToken(f" {SECRET}\n")
    assert token.header() == f"Bearer {SECRET}"
    assert SECRET not in f"{token} {token!r} {[token]}" and not hasattr(token, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(token)


def test_patience_ends_and_returns_with_progress():
    waited = []
    patience = Patience(waited.append)
    for _ in range(4):
        patience.after(PassingFailure("dropped"))
    patience.progress()
    patience.after(PassingFailure("dropped", pause=100.0))
    assert waited == [2.0, 4.0, 8.0, 16.0, 100.0]
