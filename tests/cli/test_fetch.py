"""`vitreous fetch` and `vitreous upload` against a server on this machine."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tests.archives.server import PROJECT, archive_server, says, stalls_after

SECRET = "s3cr3t-token-of-a-person"
STACK, NAME = "/empiar/10028/data/shiny.mrcs", "data/shiny.mrcs"
CONTENT = np.random.default_rng(0).bytes(2**20 + 99)


@pytest.fixture
def archive(monkeypatch):
    with archive_server() as server:
        server.files |= {
            "/pdb/6z6u.cif.gz": gzip.compress(b"data_6Z6U"),
            "/pdb/6z6u.pdb.gz": gzip.compress(b"HEADER"),
            "/emdb/EMD-1832/map/emd_1832.map.gz": gzip.compress(b"map"),
            "/emdb/EMD-1832/header/emd-1832.xml": b"<emd/>",
            "/emdb/EMD-1832/other/emd_1832_half_map_1.map.gz": gzip.compress(b"half 1"),
            "/emdb/EMD-1832/masks/emd_1832_msk_1.map": b"mask",
            STACK: CONTENT,
            "/empiar_api/10028/": b'{"EMPIAR-10028": {"title": "Ribosome", "dataset_size": "1.1 TB"}}',
        }
        server.osf |= {"maps/": b"", "maps/half1.mrc": b"half 1"}
        server.token = SECRET
        monkeypatch.setenv("VITREOUS_ARCHIVES", server.address)
        monkeypatch.setenv("OSF_TOKEN", SECRET)
        yield server


def test_fetching(run, archive, tmp_path):
    outcome = run("fetch", "pdb:6z6u", "-o", tmp_path)
    assert outcome.out == f"{tmp_path}/6z6u.cif.gz  29 bytes  fetched, gzip checksum\n"
    assert outcome.status == 0 and "Fetching pdb:6z6u, 1 file (MiB): 1 of 1" in outcome.err
    assert run("fetch", "pdb:6z6u", "-o", tmp_path).out.endswith("already there, gzip checksum\n")
    outcome = run("fetch", "emdb:1832", "--half-maps", "--masks", "-o", tmp_path / "new")
    assert outcome.status == 0 and outcome.out.count("\n") == 4
    assert "emd-1832.xml  6 bytes  fetched, length\n" in outcome.out
    assert run("fetch", "pdb:6z6u", "--format", "pdb", "-o", tmp_path / "new").status == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "6z6u.pdb.gz", "emd-1832.xml", "emd_1832.map.gz", "emd_1832_half_map_1.map.gz", "emd_1832_msk_1.map"
    ]  # fmt: skip


def test_a_path_of_empiar_and_of_osf(run, archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("fetch", "empiar:10028", "data/*.mrcs")
    assert outcome.out == f"{NAME}  1.0 MiB  fetched, length\n" and (tmp_path / NAME).read_bytes() == CONTENT
    outcome = run("fetch", f"osf:{PROJECT}/maps/half1.mrc")
    assert outcome.out == "maps/half1.mrc  6 bytes  fetched, sha256\n"


def test_listing(run, archive, tmp_path):
    outcome = run("fetch", "empiar:10028", "--list", "-o", tmp_path / "new")
    assert outcome.out == "EMPIAR-10028: Ribosome, 1.1 TB\nfolder  data/\n0 files\n" and outcome.err == ""
    assert run("fetch", "empiar:10028/data", "--list").out == f"1.0 MiB  {NAME}\n1 file, about 1.0 MiB\n"
    assert run("fetch", f"osf:{PROJECT}/maps", "--list").out == "6 bytes  maps/half1.mrc\n1 file, 6 bytes\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("6z6u",), "'6z6u' names no entry of an archive"),
        (("pdb:1abc",), "no such entry or file"),
        (("empiar:10028",), "names a whole entry"),
        (("empiar:10028", "data/../../x"), "leads out of the folder"),
        (("empiar:10028", "shiny.mrcs"), "there is no 'shiny.mrcs' in the entry"),
        ((f"osf:{PROJECT}", "maps/half3.mrc"), "Did you mean 'half1.mrc'?"),
        (("pdb:6z6u", "--format", "xml"), "'--format'"),
    ],
)
def test_wrong_input(refused_without_trace, archive, tmp_path, arguments, message):
    assert message in refused_without_trace("fetch", *arguments, "-o", tmp_path / "new")


def test_a_wrong_setting(refused, monkeypatch):
    monkeypatch.setenv("VITREOUS_ARCHIVES", "http://example.org")
    assert "'http://example.org/pdb' is no address of an archive" in refused("fetch", "pdb:6z6u")


def test_another_file_of_the_name(run, refused_without_trace, archive, tmp_path):
    there = tmp_path / "emd-1832.xml"
    there.write_text("mine")
    run("fetch", "pdb:6z6u", "-o", tmp_path)
    (tmp_path / "6z6u.cif.gz").write_bytes(b"mine too")
    assert "--overwrite" in refused_without_trace("fetch", "pdb:6z6u", "-o", tmp_path)
    assert run("fetch", "emdb:1832", "-o", tmp_path, "--overwrite").status == 0 and there.read_text() == "<emd/>"


def test_a_server_that_refuses(refused_without_trace, archive, tmp_path):
    archive.faults["/empiar/10028/"] = [says(403)]
    assert "access is not allowed" in refused_without_trace("fetch", "empiar:10028/data", "-o", tmp_path / "new")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_same_command_goes_on(run, archive, tmp_path, number):
    release = threading.Event()
    archive.faults[STACK] = [stalls_after(2**19, release)]
    command = ["fetch", f"empiar:10028/{NAME}", "-o", str(tmp_path)]
    # A shell's background jobs ignore Ctrl-C, and so would their children.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from vitreous.cli import main; sys.exit(main())"
    )
    process = subprocess.Popen([sys.executable, "-c", code, *command], stderr=subprocess.PIPE, text=True)
    partial = tmp_path / f"{NAME}.partial"
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size == 2**19):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    release.set()
    assert process.returncode == 130 and "interrupted: the same command resumes" in err and "Traceback" not in err
    assert not (tmp_path / NAME).exists()

    assert run(*command).out == f"{tmp_path}/{NAME}  1.0 MiB  resumed, length\n"
    assert (tmp_path / NAME).read_bytes() == CONTENT and os.listdir(tmp_path / "data") == ["shiny.mrcs"]
    assert archive.requests[-1].headers["Range"] == f"bytes={2**19}-"


def test_uploading(run, refused, archive, tmp_path):
    source = tmp_path / "half2.mrc"
    source.write_bytes(b"half 2")
    outcome = run("upload", f"osf:{PROJECT}/maps/new", source)
    assert outcome.status == 0 and outcome.out.startswith("maps/new/half2.mrc  6 bytes  uploaded, sha256 ")
    assert archive.osf["maps/new/half2.mrc"] == b"half 2" and "Uploading half2.mrc (MiB): 1 of 1" in outcome.err
    assert "already there" in run("upload", f"osf:{PROJECT}/maps/new", source).out
    source.write_bytes(b"better")
    assert "--overwrite" in refused("upload", f"osf:{PROJECT}/maps/new", source)
    outcome = run("upload", f"osf:{PROJECT}/maps/new", source, "--overwrite")
    assert "uploaded as a new version" in outcome.out and archive.osf["maps/new/half2.mrc"] == b"better"


def test_uploads_that_are_refused(refused, archive, tmp_path, monkeypatch):
    source = tmp_path / "a"
    source.write_bytes(b"a")
    assert "takes no uploads" in refused("upload", "emdb:1832", source)
    assert "is no file" in refused("upload", f"osf:{PROJECT}", tmp_path)
    monkeypatch.setenv("OSF_TOKEN", "wrong")
    error = refused("upload", f"osf:{PROJECT}", source)
    assert "status 401" in error and "wrong" not in error
    monkeypatch.setenv("OSF_TOKEN", "two words")
    assert "two words" not in refused("upload", f"osf:{PROJECT}", source)


def test_no_message_shows_the_token(run, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("VITREOUS_TRACEBACK", "1")
    archive.faults[archive.download("maps/half1.mrc")] = [says(302, Location="http://localhost:1/x?signature=hidden")]
    outcome = run("fetch", f"osf:{PROJECT}/maps", "-o", tmp_path)
    assert outcome.status == 2 and "Traceback" in outcome.err
    assert SECRET not in outcome.err + outcome.out and "hidden" not in outcome.err
