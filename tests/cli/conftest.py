"""The command line, run inside the test process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from vitreous.cli import main
from vitreous.io import write_mrc


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch) -> Callable[..., Outcome]:
    """Run `vitreous` with these arguments."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> Outcome:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def refused(run) -> Callable[..., str]:
    """Run `vitreous`, which must refuse with status 2 and one short message; returns that message."""

    def call(*arguments: object) -> str:
        outcome = run(*arguments)
        assert outcome.status == 2, outcome
        assert outcome.out == ""
        assert outcome.err.startswith("error: ") and "Traceback" not in outcome.err
        assert outcome.err.count("error: ") == 1 and outcome.err.count("hint: ") == 1
        return outcome.err

    return call


@pytest.fixture
def map_file(tmp_path) -> Callable[..., Path]:
    """A small map of noise in a file."""

    def make(name: str, *, box: int = 8, pixel_size: float = 2.0, seed: int = 0) -> Path:
        path = tmp_path / name
        write_mrc(path, np.random.default_rng(seed).normal(size=(box, box, box)), pixel_size=pixel_size)
        return path

    return make


@pytest.fixture
def structure_file(tmp_path) -> Callable[..., Path]:
    """Two atoms, 12 Å apart, in a PDB file."""

    def make(name: str = "pair.pdb", *, element: str = "O") -> Path:
        line = "ATOM  {:5d}  {:<3s} GLY A   1    {:8.3f}{:8.3f}{:8.3f}  1.00 20.00          {:>2s}\n"
        path = tmp_path / name
        path.write_text(line.format(1, "CA", 10, 5, 5, "C") + line.format(2, "O", 22, 5, 5, element) + "END\n")
        return path

    return make
