"""Files from archives: the right ones, whole, checked, resumed, and nothing half-written under its name."""

import errno
import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tests.archives.server import archive_server, drops_after, hangs_up, ignores_if_range, ignores_range, says, sends
from tests.interruption import Interrupting
from vitreous._core import InputError
from vitreous.archives import (
    Archive,
    Arrival,
    EmpiarImageSet,
    FetchedFile,
    FetchOptions,
    IntegrityCheck,
    RemoteFile,
    StructureFormat,
    fetch_files,
    list_files,
    read_empiar_entry,
)
from vitreous.archives import _partial as partial_module
from vitreous.archives import _request as request_module

pytestmark = pytest.mark.filterwarnings("ignore:.*trying again in")

MAP = "/emdb/EMD-1832/map/emd_1832.map.gz"
HEADER = "/emdb/EMD-1832/header/emd-1832.xml"
STACK = "/empiar/10028/data/Particles/shiny.mrcs"
# Three mebibytes that do not repeat, so that a part in the wrong place is seen.
CONTENT = np.random.default_rng(0).bytes(3 * 2**20)


FILES = {
    "/pdb/6z6u.cif.gz": gzip.compress(b"data_6Z6U"),
    MAP: gzip.compress(b"a map"),
    HEADER: b"<emd/>",
    "/emdb/EMD-1832/other/emd_1832_half_map_1.map.gz": gzip.compress(b"half 1"),
    "/emdb/EMD-1832/other/emd_1832_half_map_2.map.gz": gzip.compress(b"half 2"),
    "/emdb/EMD-1832/other/emd_1832_additional_1.map.gz": gzip.compress(b"sharp"),
    "/emdb/EMD-1832/masks/emd_1832_msk_1.map": b"a mask",
    STACK: CONTENT,
    "/empiar/10028/data/Particles/shiny [2].star": b"data_",
    "/empiar/10028/data/Micrographs/001.mrc": b"m1",
    "/empiar/10028/data/Micrographs/002.mrc": b"m2",
    "/empiar/10028/data/Micrographs/deep/er/001.txt": b"t1",
    "/empiar/10028/10028.xml": b"<entry/>",
    "/empiar_api/10028/": json.dumps(
        {
            "EMPIAR-10028": {
                "title": "Plasmodium\x1b[2J ribosome",
                "dataset_size": "1.1 TB",
                "release_date": "2015-07-23",
                "imagesets": [
                    {"name": "shiny", "directory": "data/Particles", "category": "picked", "pixel_width": "1.34"},
                    {"name": 3, "directory": None, "pixel_width": "wide"},
                ],
            }
        }
    ).encode(),
}


@pytest.fixture
def archive():
    with archive_server() as server:
        server.files |= FILES
        yield server


@pytest.fixture
def fetch(archive, tmp_path):
    """`fetch_files` from the local server, without waiting; tells how long it would have waited."""

    def call(identifier: str, *paths: str, **changes):
        waited.clear()
        options = {"sites": archive.sites, "pause": waited.append, "output": tmp_path / "out"} | changes
        return fetch_files(identifier, paths, **options)

    waited = call.waited = []
    return call


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def only(report):
    (file,) = report.files
    return file


def test_a_structure(fetch, archive, tmp_path):
    path, size = tmp_path / "out/6z6u.cif.gz", len(archive.files["/pdb/6z6u.cif.gz"])
    assert only(fetch("pdb:6Z6U")) == FetchedFile(path, size, Arrival.FETCHED, IntegrityCheck.GZIP)
    assert gzip.decompress(path.read_bytes()) == b"data_6Z6U"
    with pytest.raises(InputError, match=r"6z6u\.pdb\.gz: .*404"):
        fetch("pdb:6z6u", options=FetchOptions(structure_format=StructureFormat.PDB))
    assert names(tmp_path) == ["out/6z6u.cif.gz"]


def test_a_map_with_its_header_half_maps_and_masks(fetch, tmp_path):
    report = fetch("emdb:EMD-1832")
    assert names(tmp_path / "out") == ["emd-1832.xml", "emd_1832.map.gz"]
    assert [file.check for file in report.files] == [IntegrityCheck.GZIP, IntegrityCheck.LENGTH]
    fetch("emdb:1832", options=FetchOptions(half_maps=True, masks=True))
    assert names(tmp_path / "out") == [
        "emd-1832.xml", "emd_1832.map.gz", "emd_1832_half_map_1.map.gz", "emd_1832_half_map_2.map.gz",
        "emd_1832_msk_1.map",
    ]  # fmt: skip


def test_an_entry_without_half_maps(fetch, archive):
    archive.files = {name: content for name, content in archive.files.items() if "half" not in name}
    with pytest.raises(InputError, match="emdb:1832 has no half-maps"):
        fetch("emdb:1832", options=FetchOptions(half_maps=True))
    with pytest.raises(InputError, match="no such entry"):
        fetch("emdb:1833")
    assert list_files("emdb:1832", sites=archive.sites).summary == [
        "25 bytes  emd_1832.map.gz", " 6 bytes  emd-1832.xml", "2 files, about 31 bytes"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["data/Particles/shiny.mrcs"], ["data/Particles/shiny.mrcs"]),
        (["data/Particles/shiny [2].star"], ["data/Particles/shiny [2].star"]),  # brackets that mean themselves
        (["data/Micrographs/*.mrc"], ["data/Micrographs/001.mrc", "data/Micrographs/002.mrc"]),
        (["data/*/00[1]*"], ["data/Micrographs/001.mrc"]),
        (["data/**/001.*"], ["data/Micrographs/001.mrc", "data/Micrographs/deep/er/001.txt"]),
        (["data/Micrographs/deep/"], ["data/Micrographs/deep/er/001.txt"]),
        (["**/deep/**", "10028.xml"], ["10028.xml", "data/Micrographs/deep/er/001.txt"]),
    ],
)
def test_paths_folders_and_patterns(fetch, tmp_path, paths, expected):
    report = fetch("empiar:10028", *paths)
    assert (
        names(tmp_path / "out") == expected == sorted(str(f.path.relative_to(tmp_path / "out")) for f in report.files)
    )


def test_a_path_in_the_identifier(fetch, tmp_path):
    fetch("empiar:10028/data/Micrographs", "001.mrc")
    fetch("empiar:10028/10028.xml")
    assert names(tmp_path / "out") == ["10028.xml", "data/Micrographs/001.mrc"]


@pytest.mark.parametrize(
    ("identifier", "paths", "message"),
    [
        ("empiar:10028", [], "names a whole entry"),
        ("empiar:10028", ["data/Particle"], "there is no 'Particle' in data.\nhint: Did you mean 'Particles'"),
        ("empiar:10028", ["data/Particles/shiny.mrcs/x"], "there is no 'x' in data/Particles/shiny.mrcs"),
        ("empiar:10028", ["data/*.tif"], r"data/\*.tif: matches no file"),
        ("empiar:10028", ["data/../../10029"], "leads out of the folder"),
        ("empiar:10028", ["data/*/../x"], "leads out of the folder"),
        ("empiar:10028/../10029", [], "leads out of the folder"),
        ("empiar:10029", ["data"], "no such entry or file"),
        ("emdb:1832", ["map"], "has no paths"),
        ("emdb:1832/map", [], "an entry of EMDB has no folders"),
        ("pdb:six", [], "'six' is no accession of PDB"),
        ("6z6u", [], "names no entry"),
        ("ftp:6z6u", [], "names no entry"),
    ],
)
def test_what_is_not_there_is_named(fetch, tmp_path, identifier, paths, message):
    with pytest.raises(InputError, match=message):
        fetch(identifier, *paths)
    assert names(tmp_path) == [] and not (tmp_path / "out").exists()


def test_listing(archive):
    listing = list_files("empiar:10028", sites=archive.sites)
    assert listing.summary == [
        "EMPIAR-10028: Plasmodium [2J ribosome, 1.1 TB, released 2015-07-23",  # without what steers a terminal
        "  data/Particles: shiny (picked, 1.34 Å pixels)",
        "  :  ()",
        "8 bytes  10028.xml",
        " folder  data/",
        "1 file, about 8 bytes",
    ]
    listing = list_files("empiar:10028", ["data/Particles"], sites=archive.sites)
    assert listing.summary == [
        "5 bytes  data/Particles/shiny [2].star", "3.0 MiB  data/Particles/shiny.mrcs", "2 files, about 3.0 MiB"
    ]  # fmt: skip
    stack = RemoteFile("data/Particles/shiny.mrcs", archive.address + STACK, 3 * 2**20, size_is_exact=False)
    assert listing.items[1] == stack and STACK not in archive.asked()
    entry = read_empiar_entry("empiar:EMPIAR-10028", sites=archive.sites)
    assert entry.image_sets == (
        EmpiarImageSet("shiny", "data/Particles", "picked", 1.34), EmpiarImageSet("", "", "", None)
    )  # fmt: skip
    with pytest.raises(InputError, match="no entry of EMPIAR"):
        read_empiar_entry("emdb:1832", sites=archive.sites)


@pytest.mark.parametrize("answer", [b"[]", b"{", b"{}", b'{"EMPIAR-10028": 3}', b"\xff", b"[" * 100_000])
def test_facts_that_are_none(archive, answer):
    archive.files["/empiar_api/10028/"] = answer
    with pytest.raises(InputError, match=r"no JSON object|says nothing of EMPIAR-10028"):
        read_empiar_entry("empiar:10028", sites=archive.sites)


def test_a_dropped_connection_goes_on_where_it_dropped(fetch, archive):
    archive.faults[STACK] = [hangs_up, drops_after(2**20 + 5), hangs_up]
    file = only(fetch("empiar:10028", "data/Particles/shiny.mrcs"))
    assert file.path.read_bytes() == CONTENT and file.check is IntegrityCheck.LENGTH
    ranges = [request.headers.get("Range") for request in archive.requests if request.path == STACK]
    assert ranges[-1] == f"bytes={2**20 + 5}-"
    assert fetch.waited == [2.0, 2.0, 4.0]  # from the beginning after progress


def test_a_connection_that_always_drops(fetch, archive, tmp_path):
    archive.faults[STACK] = [drops_after(1000), *[hangs_up] * 20]
    with pytest.raises(InputError, match=r"no answer|dropped"):
        fetch("empiar:10028", "data/Particles/shiny.mrcs")
    folder = tmp_path / "out/data/Particles"
    assert names(folder) == ["shiny.mrcs.partial", "shiny.mrcs.partial.json"]
    assert fetch.waited == [2.0, 4.0, 8.0, 16.0]
    archive.faults.clear()
    file = only(fetch("empiar:10028", "data/Particles/shiny.mrcs"))
    assert file.arrival is Arrival.RESUMED and file.path.read_bytes() == CONTENT and names(folder) == ["shiny.mrcs"]


def test_an_interruption_goes_on_with_the_same_call(fetch, archive, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fetch("empiar:10028", "data/Particles/shiny.mrcs", progress=Interrupting(1))
    folder = tmp_path / "out/data/Particles"
    assert names(folder) == ["shiny.mrcs.partial", "shiny.mrcs.partial.json"]
    there = (folder / "shiny.mrcs.partial").stat().st_size
    assert 2**20 <= there < len(CONTENT)
    progress = Interrupting()
    file = only(fetch("empiar:10028", "data/Particles/shiny.mrcs", progress=progress))
    assert file.path.read_bytes() == CONTENT and progress.passed == 3
    assert archive.requests[-1].headers["Range"] == f"bytes={there}-"


def leave_partial(folder: Path, content: bytes, **changes) -> Path:
    folder.mkdir(parents=True)
    (folder / "shiny.mrcs.partial").write_bytes(content)
    address = changes.pop("address")
    tag = f'"{hashlib.md5(CONTENT).hexdigest()}"'
    sidecar = {"address": address + STACK, "validator": tag, "size": len(CONTENT)} | changes
    (folder / "shiny.mrcs.partial.json").write_text(json.dumps(sidecar))
    return folder / "shiny.mrcs"


@pytest.mark.parametrize(
    ("there", "changes", "faults", "asked"),
    [
        (CONTENT[:100], {}, [], ["bytes=100-"]),
        (CONTENT[:100], {}, [ignores_range], ["bytes=100-"]),
        (CONTENT, {}, [], []),  # whole, but for its name
        (CONTENT + b"more", {}, [], [f"bytes={len(CONTENT) + 4}-", None]),
        (b"x" * 100, {"validator": '"older"'}, [], ["bytes=100-"]),
        (b"x" * 100, {"validator": '"older"'}, [ignores_if_range], ["bytes=100-", None]),
        (b"x" * 100, {"size": 200}, [ignores_if_range], ["bytes=100-", None]),
        (b"x" * 100, {"validator": ""}, [], [None]),
        (b"x" * 100, {"address": "http://elsewhere"}, [], [None]),
        (b"x" * 100, {"size": "big"}, [], [None]),
        (CONTENT[:100], {}, [says(206, CONTENT[50:], Content_Range="bytes 50-9/9")], ["bytes=100-", None]),
        (CONTENT[:100], {}, [says(206, b"", Content_Range="garbage")], ["bytes=100-", None]),
        (CONTENT[:100], {}, [says(416)], ["bytes=100-", None]),
    ],
    ids=[
        *("begun", "range ignored", "whole but for its name", "too long", "changed", "changed, condition ignored"),
        *("of another size", "without a validator", "of another address", "damaged", "another part", "garbage", "416"),
    ],
)
def test_only_a_part_of_the_same_file_is_used(fetch, archive, tmp_path, there, changes, faults, asked):
    target = leave_partial(tmp_path / "out/data/Particles", there, **{"address": archive.address} | changes)
    archive.faults[STACK] = list(faults)
    file = only(fetch("empiar:10028", "data/Particles/shiny.mrcs"))
    assert file.path == target and target.read_bytes() == CONTENT
    assert [request.headers.get("Range") for request in archive.requests if request.path == STACK] == asked
    assert names(target.parent) == ["shiny.mrcs"]


@pytest.mark.parametrize("sidecar", [b"", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"address": 3}', b"nul"])
def test_a_damaged_sidecar_only_costs_the_part(fetch, archive, tmp_path, sidecar):
    target = leave_partial(tmp_path / "out/data/Particles", b"x" * 9, address=archive.address)
    target.with_name("shiny.mrcs.partial.json").write_bytes(sidecar)
    assert only(fetch("empiar:10028", "data/Particles/shiny.mrcs")).path.read_bytes() == CONTENT


def test_a_server_that_changes_the_file_between_two_parts(fetch, archive):
    newer = CONTENT[::-1]
    archive.faults[STACK] = [drops_after(2**20)]
    drops = archive.faults[STACK][0]

    def change(handler, content):
        drops(handler, content)
        archive.files[STACK] = newer

    archive.faults[STACK] = [change]
    assert only(fetch("empiar:10028", "data/Particles/shiny.mrcs")).path.read_bytes() == newer


def test_without_validators_one_starts_over(fetch, archive, tmp_path):
    archive.validators = False
    target = leave_partial(tmp_path / "out/data/Particles", b"x" * 9, address=archive.address, validator="")
    assert only(fetch("empiar:10028", "data/Particles/shiny.mrcs")).path.read_bytes() == CONTENT
    assert archive.requests[-1].headers.get("Range") is None and names(target.parent) == ["shiny.mrcs"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a map" * 999)[:-9], "ends in the middle"),
        (gzip.compress(b"a map")[:-8] + bytes(8), "no sound gzip file"),
        (b"<html>maintenance</html>", "no sound gzip file"),
        (b"", "ends in the middle"),
    ],
    ids=["cut", "wrong sum", "a page", "empty"],  # the contents hold the time, which differs between processes
)
def test_gzip_files_are_checked(fetch, archive, tmp_path, content, message):
    archive.files[MAP] = content
    with pytest.raises(InputError, match=message):
        fetch("emdb:1832")
    assert names(tmp_path) == []


def test_gzip_files_of_many_members_with_padding(fetch, archive):
    archive.files[MAP] = gzip.compress(b"a") + gzip.compress(bytes(3 * 2**20)) + bytes(512)
    assert fetch("emdb:1832").files[0].check is IntegrityCheck.GZIP


def test_gzip_bombs_are_not_unpacked(fetch, archive, tmp_path, monkeypatch):
    from vitreous.archives import _verify as verify_module

    monkeypatch.setattr(verify_module, "_MOST_UNPACKED", 2**20)
    archive.files[MAP] = gzip.compress(bytes(2**24))
    with pytest.raises(InputError, match="unpacks to more than"):
        fetch("emdb:1832")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (says(401), "asks who you are"),
        (says(403), "not allowed"),
        (says(410), "withdrawn"),
        (says(418), "refuses .status 418"),
        (says(204), "status 204"),
        (says(206, b"part"), "status 206"),
        (says(302, Location="//[bad"), "redirected to no address"),
        (says(302), "status 302"),
        (sends(b"packed", Content_Encoding="gzip"), "compresses it"),
    ],
)
def test_answers_that_are_no_file(fetch, archive, tmp_path, fault, message):
    archive.faults[STACK] = [fault]
    with pytest.raises(InputError, match=message) as raised:
        fetch("empiar:10028", "data/Particles/shiny.mrcs")
    assert raised.value.hint and names(tmp_path) == [] and fetch.waited == []


def test_busy_servers_are_given_the_time_that_they_ask_for(fetch, archive):
    archive.faults[HEADER] = [says(429, Retry_After="7"), says(503), says(500, Retry_After="tomorrow")]
    fetch("emdb:1832")
    assert fetch.waited == [7.0, 4.0, 8.0]
    archive.faults[HEADER] = [says(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")] * 2
    fetch("emdb:1832", options=FetchOptions(overwrite=True))
    assert fetch.waited == [2.0, 4.0]


def test_busy_servers_are_not_asked_for_ever(fetch, archive):
    archive.faults[HEADER] = [says(429, Retry_After="86400")]
    with pytest.raises(InputError, match=r"asks to wait(.|\n)*try again in 86400 s"):
        fetch("emdb:1832")
    assert fetch.waited == []
    archive.faults[HEADER] = [says(503)] * 99
    with (
        pytest.warns(UserWarning, match=r"the server is busy or in trouble \(status 503\); trying again in 16 s\."),
        pytest.raises(InputError, match="busy or in trouble"),
    ):
        fetch("emdb:1832")
    assert len(fetch.waited) == 4 and len(archive.faults[HEADER]) == 99 - 5


@pytest.mark.parametrize("length", [3, 30])
def test_a_wrong_length(fetch, archive, tmp_path, length):
    """Of the body, or of the announcement: shorter or longer."""

    def fault(handler, content):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(b"ten bytes.")
        handler.close_connection = True

    archive.faults[HEADER] = [fault] * 6
    if length == 3:  # what is beyond the announced length is none of the answer's
        assert fetch("emdb:1832").files[1].path.read_bytes() == b"ten"
    else:
        with pytest.raises(InputError, match="dropped"):
            fetch("emdb:1832")
        assert "emd-1832.xml" not in names(tmp_path / "out")


def test_more_than_the_rest_that_was_asked_for(fetch, archive, tmp_path):
    leave_partial(tmp_path / "out/data/Particles", CONTENT[:100], address=archive.address)
    span = f"bytes 100-{len(CONTENT) - 1}/{len(CONTENT)}"
    archive.faults[STACK] = [says(206, CONTENT, Content_Range=span)]
    with pytest.raises(InputError, match="more than the"):
        fetch("empiar:10028", "data/Particles/shiny.mrcs")
    assert names(tmp_path) == []


def test_what_is_there_is_not_fetched_again(fetch, archive):
    fetch("emdb:1832")
    archive.requests.clear()
    report = fetch("emdb:1832")
    assert [file.arrival for file in report.files] == [Arrival.PRESENT] * 2
    assert not {MAP, HEADER} & set(archive.asked("GET"))


def test_another_file_of_the_name_stays(fetch, archive, tmp_path):
    (tmp_path / "out").mkdir()
    there = tmp_path / "out/emd-1832.xml"
    there.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"has 4 bytes, and the archive's file 6.(.|\n)*--overwrite"):
        fetch("emdb:1832")
    assert there.read_bytes() == b"mine"
    fetch("emdb:1832", options=FetchOptions(overwrite=True))
    assert there.read_bytes() == b"<emd/>"


def test_too_little_room(fetch, monkeypatch, tmp_path):
    monkeypatch.setattr(request_module.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 2**20})())
    with pytest.raises(InputError, match=r"needs 0\.0 GiB, and the disk of"):
        fetch("empiar:10028", "data/Particles/shiny.mrcs")
    assert names(tmp_path) == []


def test_a_disk_that_fills_up(fetch, archive, tmp_path, monkeypatch):
    append = partial_module.Partial.append

    def fill(self, piece):
        if self.length > 2**20:
            append(self, piece[:7])
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, piece)

    with monkeypatch.context() as patch:
        patch.setattr(partial_module.Partial, "append", fill)
        with pytest.raises(InputError, match=r"the disk is full. What came is kept in shiny.mrcs.partial"):
            fetch("empiar:10028", "data/Particles/shiny.mrcs")
    folder = tmp_path / "out/data/Particles"
    assert names(folder) == ["shiny.mrcs.partial", "shiny.mrcs.partial.json"]
    file = only(fetch("empiar:10028", "data/Particles/shiny.mrcs"))
    assert file.arrival is Arrival.RESUMED and file.path.read_bytes() == CONTENT


def test_symbolic_links_are_not_followed_out(fetch, tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir(), out.mkdir()
    (out / "data").symlink_to(outside)
    with pytest.raises(InputError, match="leads out of the folder"):
        fetch("empiar:10028", "data/Micrographs/001.mrc")
    (out / "10028.xml").symlink_to(out / "other.xml")
    with pytest.raises(InputError, match="is a symbolic link"):
        fetch("empiar:10028", "10028.xml")
    (out / "emd-1832.xml.partial").symlink_to(outside / "victim")
    with pytest.raises(InputError, match="cannot be written"):
        fetch("emdb:1832")
    (out / "6z6u.cif.gz").symlink_to(out / "6z6u.cif.gz")
    with pytest.raises(InputError, match="symbolic link"):
        fetch("pdb:6z6u")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", ["..%2F..%2Fevil", "%2Fetc%2Fpasswd", "C%3Aevil", "a%5Cb", "a%00b"])
def test_names_that_escape_are_refused(fetch, archive, tmp_path, name):
    page = f'<title>Index of /</title><a href="{name}">x</a> 2015-10-21 07:28 3'
    archive.faults["/empiar/10028/"] = [sends(page.encode())]
    with pytest.raises(InputError, match="so nothing of that name is touched"):
        fetch("empiar:10028", "*")
    assert names(tmp_path) == []


def test_two_names_that_differ_in_capitals_only(fetch, archive):
    archive.files["/empiar/10028/data/Micrographs/001.MRC"] = b"other"
    with pytest.raises(InputError, match="but for capitals"):
        fetch("empiar:10028", "data/Micrographs")


def test_a_second_process_waits_for_the_first(fetch, tmp_path):
    (tmp_path / "out").mkdir()
    with (
        partial_module.partial_of(tmp_path / "out/emd_1832.map.gz"),
        pytest.raises(InputError, match="another process is downloading it"),
    ):
        fetch("emdb:1832")


def test_a_second_process_that_comes_when_the_first_finishes(fetch, archive, tmp_path, monkeypatch):
    """It holds the file under its old name, and must not begin it anew."""
    target = tmp_path / "out/6z6u.cif.gz"

    def finish_meanwhile(descriptor):
        target.with_name("6z6u.cif.gz.partial").rename(target)
        target.write_bytes(b"whole")

    monkeypatch.setattr(partial_module, "_try_to_lock", finish_meanwhile)
    with pytest.raises(InputError, match="another process"):
        fetch("pdb:6z6u")
    assert target.read_bytes() == b"whole"


def test_an_odd_name_only_matters_if_it_is_wanted(fetch, archive, tmp_path):
    archive.files["/empiar/10028/data/Micrographs/aux.mrc"] = b"device"
    fetch("empiar:10028", "data/Micrographs/00?.mrc")
    with pytest.raises(InputError, match=r"'aux\.mrc' is no file name on every system"):
        fetch("empiar:10028", "data/Micrographs")


def test_an_output_that_is_no_folder(fetch, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        fetch("pdb:6z6u")


def test_the_archives_themselves():
    assert {archive.value for archive in Archive} == {"pdb", "emdb", "empiar", "osf"}
