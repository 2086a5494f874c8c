"""Projects of OSF: files down and up, both checked, and a token that stays secret."""

import hashlib
import sys
import traceback
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archives.server import PROJECT, Handler, archive_server, drops_after, hangs_up, says, sends
from tests.interruption import Interrupting
from vitreous._core import InputError
from vitreous.archives import (
    Arrival,
    Departure,
    IntegrityCheck,
    UploadedFile,
    fetch_files,
    list_files,
    upload_files,
)
from vitreous.archives._osf import _item
from vitreous.archives._tree import RemoteFolder

pytestmark = pytest.mark.filterwarnings("ignore:.*trying again in")

SECRET = "s3cr3t-token-of-a-person"
FILES = {
    "maps/": b"",
    "maps/half1.mrc": b"half 1" * 999,
    "maps/half2.mrc": b"half 2",
    "maps/notes, 1 & 2.txt": b"notes",
    "maps/more/": b"",
    "maps/more/mask.mrc": b"mask",
    "empty.txt": b"",
}
HALF, UPLOADED = "maps/half1.mrc", f"/osf_files/{PROJECT}/providers/osfstorage/maps/"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    """No test asks the keyring of whoever runs it."""
    monkeypatch.delenv("OSF_TOKEN", raising=False)
    monkeypatch.setattr("vitreous.archives._token.importlib.util.find_spec", lambda name: None)


@pytest.fixture
def archive():
    with archive_server() as server:
        server.osf |= FILES
        yield server


@pytest.fixture
def private(archive, monkeypatch):
    archive.token = SECRET
    monkeypatch.setenv("OSF_TOKEN", SECRET)
    return archive


@pytest.fixture
def fetch(archive, tmp_path):
    def call(path: str, *paths: str, **changes):
        options = {"sites": archive.sites, "pause": lambda seconds: None, "output": tmp_path / "out"} | changes
        return fetch_files(f"osf:{PROJECT}/{path}", paths, **options)

    return call


@pytest.fixture
def upload(private):
    def call(*files, folder: str = "/maps", **changes):
        options = {"sites": private.sites, "pause": lambda seconds: None} | changes
        return upload_files(f"osf:{PROJECT}{folder}", files, **options)

    return call


def local(tmp_path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def test_files_and_folders(fetch, tmp_path):
    report = fetch("maps")
    assert {file.path.relative_to(tmp_path / "out").as_posix(): file.path.read_bytes() for file in report.files} == {
        name: content for name, content in FILES.items() if name.startswith("maps/") and not name.endswith("/")
    }
    assert {file.check for file in report.files} == {IntegrityCheck.SHA256}
    assert fetch("empty.txt").files[0].size == 0
    assert [file.arrival for file in fetch("", "maps/*.mrc").files] == [Arrival.PRESENT] * 2


def test_listing(archive):
    listing = list_files(f"osf:{PROJECT}", sites=archive.sites)
    assert listing.summary == [" folder  maps/", "0 bytes  empty.txt", "1 file, 0 bytes"]
    listing = list_files(f"osf:{PROJECT}/maps", ["*.txt", "more"], sites=archive.sites)
    assert listing.summary == ["5 bytes  maps/notes, 1 & 2.txt", "4 bytes  maps/more/mask.mrc", "2 files, 9 bytes"]


def test_md5_is_checked_where_there_is_no_other(fetch, monkeypatch):
    whole = Handler.record

    def without_sha256(self, path):
        record = whole(self, path)
        record["attributes"].get("extra", {}).get("hashes", {}).pop("sha256", None)
        return record

    monkeypatch.setattr(Handler, "record", without_sha256)
    assert fetch(HALF).files[0].check is IntegrityCheck.MD5


def test_a_wrong_hash_leaves_nothing(fetch, archive, tmp_path):
    archive.faults[archive.download(HALF)] = [sends(b"HALF 1" * 999)]
    with pytest.raises(InputError, match=r"its sha256 is .*, and the archive's .*Nothing was kept"):
        fetch(HALF)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert fetch(HALF).files[0].path.read_bytes() == FILES[HALF]


def test_another_length_than_listed(fetch, archive, tmp_path):
    archive.faults[archive.download(HALF)] = [sends(b"half 1" * 1000)]
    with pytest.raises(InputError, match=r"has 5994 bytes in the archive's list, and its server sends\s+6000"):
        fetch(HALF)
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_hashed(fetch, archive, tmp_path):
    (file,) = fetch(HALF).files
    archive.requests.clear()
    assert fetch(HALF).files[0].arrival is Arrival.PRESENT and archive.download(HALF) not in archive.asked()
    file.path.write_bytes(b"HALF 1" * 999)
    with pytest.raises(InputError, match=r"its sha256 is(.|\n)*--overwrite"):
        fetch(HALF)
    assert file.path.read_bytes() == b"HALF 1" * 999


def test_a_folder_whose_listing_has_no_end(fetch, archive):
    here = f"/osf_api/nodes/{PROJECT}/files/osfstorage/"
    archive.faults[here] = [sends(b'{"data": [], "links": {"next": "' + (archive.address + here).encode() + b'"}}')] * 9
    with pytest.raises(InputError, match="listing has no end"):
        fetch("maps")


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b'{"data": 3}', b'{"data": ["x"]}', b'{"data": [{}]}', b'{"data": [{"attributes": {"name": "maps"}}]}',
     b'{"data": [{"attributes": {"name": "../maps", "kind": "file"}}]}', b"\xff\xff", b"[" * 99_999,
     b'{"data": [{"attributes": {"name": "maps", "kind": "folder"}, "relationships": {"files": []}}]}'],
)  # fmt: skip
def test_listings_that_are_none(fetch, archive, answer):
    archive.faults[f"/osf_api/nodes/{PROJECT}/files/osfstorage/"] = [sends(answer)]
    with pytest.raises(InputError) as raised:
        fetch("maps")
    assert raised.value.hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "attributes",
                    "name",
                    "kind",
                    "size",
                    "extra",
                    "hashes",
                    "sha256",
                    "links",
                    "download",
                    "href",
                    "files",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["attributes", "links", "relationships"]), json_values, max_size=3))
def test_any_record_is_an_item_or_refused(record):
    try:
        item = _item(record, RemoteFolder("x", "http://127.0.0.1/"))
    except InputError:
        return
    assert item.path.startswith("x/") and item.name


def test_links_of_files_off_host_are_refused(fetch, archive):
    with archive_server() as stranger:
        record = f"""{{"data": [{{"attributes": {{"name": "maps", "kind": "file", "size": 3}},
            "links": {{"download": "{stranger.address}/file"}}}}]}}"""
        archive.faults[f"/osf_api/nodes/{PROJECT}/files/osfstorage/"] = [sends(record.encode())]
        with pytest.raises(InputError, match="does not belong to the archive"):
            fetch("maps")
        assert stranger.requests == []


def test_private_projects(fetch, private, monkeypatch):
    assert fetch(HALF).files[0].path.read_bytes() == FILES[HALF]
    with pytest.raises(InputError, match=r"404"):
        fetch_files("osf:other", ["x"], output="out", sites=private.sites)
    monkeypatch.delenv("OSF_TOKEN")
    with pytest.raises(InputError, match="asks who you are") as raised:
        fetch("maps/half2.mrc")
    assert "OSF_TOKEN" in raised.value.hint


class FakeKeyring(ModuleType):
    """As the package `keyring` answers."""

    def __init__(self, value):
        super().__init__("keyring")
        self.errors = type("errors", (), {"KeyringError": KeyError, "NoKeyringError": ImportError})
        self.value = value
        self.asked = []

    def get_password(self, service, user):
        self.asked.append((service, user))
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture
def keyring(monkeypatch):
    def install(value) -> FakeKeyring:
        fake = FakeKeyring(value)
        monkeypatch.setitem(sys.modules, "keyring", fake)
        monkeypatch.setattr("vitreous.archives._token.importlib.util.find_spec", lambda name: fake)
        return fake

    return install


def test_the_keyring_is_asked_only_when_osf_asks(fetch, archive, keyring):
    fake = keyring(SECRET)
    fetch("maps/half2.mrc")
    assert fake.asked == []
    archive.token = SECRET
    assert fetch(HALF).files[0].path.read_bytes() == FILES[HALF] and fake.asked == [("osf.io", "token")]


def test_a_keyring_that_is_closed_or_empty(upload, tmp_path, keyring, monkeypatch):
    monkeypatch.delenv("OSF_TOKEN")
    source = local(tmp_path, "a.txt", b"a")
    keyring(KeyError("locked"))
    with pytest.raises(InputError, match=r"the keyring cannot be read \(KeyError\)"):
        upload(source)
    for nothing in (None, ImportError("no backend")):
        keyring(nothing)
        with pytest.raises(InputError, match="there is no access token") as raised:
            upload(source)
        assert "OSF_TOKEN" in raised.value.hint and "keyring set osf.io token" in raised.value.hint


def test_an_upload(upload, private, tmp_path):
    content = b"new" * 2**19
    report = upload(local(tmp_path, "new & old.mrc", content), local(tmp_path, "empty", b""))
    assert private.osf["maps/new & old.mrc"] == content and private.osf["maps/empty"] == b""
    (file, empty) = report.files
    sha256 = hashlib.sha256(content).hexdigest()
    assert file == UploadedFile("maps/new & old.mrc", len(content), Departure.CREATED, sha256) and empty.size == 0
    puts = [request for request in private.requests if request.method == "PUT"]
    assert all(request.headers["Content-Length"] == str(len(request.body)) for request in puts)
    private.requests.clear()
    again = upload(tmp_path / "new & old.mrc")
    assert again.files[0].departure is Departure.PRESENT and private.asked("PUT") == []
    assert again.summary == [f"maps/new & old.mrc  1.5 MiB  already there, sha256 {sha256}"]


def test_folders_are_made(upload, private, tmp_path):
    upload(local(tmp_path, "a", b"a"), folder="/maps/new/deep")
    assert private.osf["maps/new/deep/a"] == b"a" and private.osf["maps/new/"] == b""
    upload(local(tmp_path, "b", b"b"), folder="")
    assert private.osf["b"] == b"b"
    with pytest.raises(InputError, match="is no folder"):
        upload(tmp_path / "a", folder="/maps/half1.mrc")


def test_another_content_needs_overwrite(upload, private, tmp_path):
    source = local(tmp_path, "half2.mrc", b"better half")
    with pytest.raises(InputError, match=r"maps/half2.mrc: there is a file of this name(.|\n)*--overwrite"):
        upload(source)
    assert private.osf["maps/half2.mrc"] == b"half 2" and private.asked("PUT") == []
    assert upload(source, overwrite=True).files[0].departure is Departure.UPDATED
    assert private.osf["maps/half2.mrc"] == b"better half"
    with pytest.raises(InputError, match="is a folder in the project"):
        upload(local(tmp_path, "more", b""))


def test_a_conflict_that_arose_meanwhile(upload, private, tmp_path):
    def somebody_elses(handler, content):
        private.osf["maps/a"] = b"theirs"
        handler.send_bytes(409)

    private.faults[UPLOADED] = [somebody_elses]
    with pytest.raises(InputError, match="its content is another"):
        upload(local(tmp_path, "a", b"mine"))


def test_an_upload_whose_answer_got_lost(upload, private, tmp_path):
    def stored(handler, content):
        private.osf["maps/a"] = private.requests[-1].body
        handler.close_connection = True

    private.faults[UPLOADED] = [stored]
    assert upload(local(tmp_path, "a", b"mine")).files[0].departure is Departure.CREATED
    assert private.asked("PUT") == [UPLOADED] * 2


def test_uploads_are_sent_again(upload, private, tmp_path):
    private.faults[UPLOADED] = [hangs_up, says(503), says(429, Retry_After="1")]
    content = b"xyz" * 2**20
    upload(local(tmp_path, "a", content))
    assert private.osf["maps/a"] == content


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (says(403), "not allowed"),
        (says(507), "storage is full"),
        (says(307, Location="/elsewhere"), "an upload was redirected"),
        (says(201, b"{}"), r"came to OSF with the sha256 \?"),
        (says(201, b'{"data": {"attributes": {"extra": {"hashes": {"sha256": "%s"}}}}}' % (b"0" * 64)), "sha256 0000"),
        (says(201, b"not json"), "no JSON object"),
    ],
)
def test_uploads_that_fail(upload, private, tmp_path, fault, message):
    private.faults[UPLOADED] = [fault]
    with pytest.raises(InputError, match=message):
        upload(local(tmp_path, "a", b"a"))


def test_what_cannot_be_uploaded(upload, private, tmp_path):
    (tmp_path / "x").mkdir()
    source, other = local(tmp_path, "a", b""), local(tmp_path / "x", "a", b"")
    for files, message in (
        ([tmp_path / "absent"], "is no file"),
        ([tmp_path], "is no file"),
        ([source, other], "another file of the same name"),
        ([local(tmp_path, "a.partial", b"")], "unfinished downloads"),
    ):
        with pytest.raises(InputError, match=message):
            upload(*files)
    with pytest.raises(InputError, match="takes no uploads"):
        upload_files("emdb:1832", [source])
    assert private.requests == []


def test_an_interrupted_upload_goes_on_with_the_next_file(upload, private, tmp_path):
    first, second = local(tmp_path, "a", b"a" * 2**20), local(tmp_path, "b", b"b" * 2**22)
    with pytest.raises(KeyboardInterrupt):
        upload(first, second, progress=Interrupting(3))
    assert "maps/b" not in private.osf
    assert [file.departure for file in upload(first, second).files] == [Departure.PRESENT, Departure.CREATED]


def test_nothing_shows_the_token(fetch, upload, private, tmp_path, capsys, caplog):
    """Neither what is written, printed or logged, nor what an error or its traceback says."""
    caplog.set_level("DEBUG")
    big = local(tmp_path, "big", b"x" * 2**20)
    private.osf["big"] = big.read_bytes()
    shown = []
    for path, fault in [
        ("big", drops_after(2**19)),
        ("big", says(401, SECRET.encode())),
        ("big", says(302, Location="http://127.0.0.1:1/x?signature=hidden")),
        ("maps/half1.mrc", sends(b"wrong" * 1199)),
    ]:
        private.faults[private.download(path)] = [fault, *[hangs_up] * 9]
        with pytest.raises(InputError) as raised:
            fetch(path)
        error = raised.value
        shown += [repr(error), *traceback.format_exception(error), repr(error.__context__), repr(vars(error))]
    private.faults[UPLOADED] = [hangs_up] * 9
    with pytest.raises(InputError) as raised:
        upload(big)
    shown += traceback.format_exception(raised.value)
    private.faults.clear()
    shown += upload(big).summary + fetch("maps").summary
    captured = capsys.readouterr()
    shown += [captured.out, captured.err, caplog.text]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 4 and caplog.text
    assert not [text for text in shown if SECRET in text or "signature" in text]
    assert not [content for content in written if SECRET.encode() in content]
