"""Damaged files by the thousand: each is refused with a clear error or read, in little time and memory."""

import json
import subprocess
import sys

import pytest

from tests.data import ROOT

from .catalogue import TARGETS

GUIDED = sys.platform == "linux"  # Atheris has wheels for Linux only; elsewhere the copies are drawn blindly


def run(folder, *arguments):
    command = [sys.executable, "-m", "tests.fuzz.run", *map(str, arguments), "--folder", str(folder / "fuzz")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def check(name, result, runs):
    assert result["failed"] == 0, "\n".join(result["failures"])
    assert result["copies"] >= runs
    # Nearly all of the copies would be whole if damage did not reach the reader.
    assert result["refused"] > result["copies"] / 20, f"{name} refuses {result['refused']} of {result['copies']}"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(tmp_path_factory.mktemp("short"), *TARGETS, "--runs", 1000)


@pytest.mark.parametrize("name", TARGETS)
def test_a_thousand_damaged_copies(name, results):
    check(name, results[name], 1000)


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", TARGETS)
def test_a_hundred_thousand_damaged_copies(name, tmp_path):
    blind = run(tmp_path / "blind", name, "--runs", 50_000, "--seed", 1)
    check(name, blind[name], 50_000)
    guided = run(tmp_path / "guided", name, "--runs", 50_000, *(["--guided"] if GUIDED else ["--seed", 2]))
    check(name, guided[name], 50_000)
    print(name, {"blind": blind[name], "guided": guided[name]})
