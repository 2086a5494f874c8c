"""A job that is stopped says so, looks unfinished, and goes on with the same command."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

from tests.cli.conftest import QUICK
from vitreous.cli import _reconstruct, _simulate_particles
from vitreous.reconstruct import _insert
from vitreous.runs import read_run
from vitreous.simulate import _stack
from vitreous.simulate._stack import VARIANCES


class Signalling:
    """Sends this process a signal before the step of this description."""

    def __init__(self, number: int, description: str):
        self.number = number
        self.description = description

    def track(self, steps, *, description, total, completed=0):
        for step in steps:
            if description == self.description:
                os.kill(os.getpid(), self.number)
                time.sleep(5)  # the signal arrives at once
            yield step


@pytest.fixture
def interrupted(run, monkeypatch):
    """Run a verb that a signal stops before a step."""

    def call(verb, number: int, description: str, *arguments: object) -> None:
        @contextmanager
        def progress():
            yield Signalling(number, description)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
        try:
            with monkeypatch.context() as patch:
                patch.setattr(verb, "console_progress", progress)
                outcome = run(*arguments)
        finally:
            signal.signal(signal.SIGINT, before)
        assert outcome.status == 130 and outcome.out == ""
        assert "interrupted: the same command resumes" in outcome.err and "Traceback" not in outcome.err

    return call


@pytest.fixture
def saves_always(monkeypatch):
    """Save the state after every batch; otherwise what takes less than a second, or a minute, is begun anew."""
    for stage in (_stack, _insert):
        monkeypatch.setattr(stage, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_process_that_is_told_to_end(run, blob, tmp_path):
    folder = tmp_path / "run"
    # Some two seconds of work, which begins when the first file is there.
    command = [str(word) for word in ("simulate", "particles", blob, "-o", folder, "--n", 20_000, *QUICK[2:])]
    environment = os.environ | {"JAX_ENABLE_X64": "1"}  # as in this process, which shall resume
    process = subprocess.Popen(
        [sys.executable, "-m", "vitreous.cli", *command], stderr=subprocess.PIPE, text=True, env=environment
    )
    deadline = time.monotonic() + 120
    while not (folder / ".partial" / VARIANCES).exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted: the same command resumes" in err and "Traceback" not in err
    assert files(folder) == [".partial", "run.json"]
    assert read_run(folder).state.value == "interrupted"

    assert run(*command).status == 0
    record = read_run(folder)
    assert record.state.value == "complete" and record.times["sessions"] == 2
    assert record.outputs == [name for name in files(folder) if name != "run.json"]


def test_simulation(run, refused_without_trace, interrupted, saves_always, blob, simulated, tmp_path):
    folder = tmp_path / "run"
    command = ("simulate", "particles", blob, "-o", folder, *QUICK)
    interrupted(_simulate_particles, signal.SIGINT, "Adding noise", *command)
    assert files(folder) == [".partial", "run.json"] and read_run(folder).state.value == "interrupted"
    error = refused_without_trace(*command, "--seed", 7)
    assert f"{folder}: it holds an unfinished run that cannot be resumed, because seed was 0, not 7" in error
    outcome = run(*command)
    assert outcome.status == 0 and "Projecting: 0 of 0" in outcome.err
    for name in ("particles.mrcs", "particles.star", "truth.star", "volume.mrc"):
        assert (folder / name).read_bytes() == (simulated.folder / name).read_bytes(), name


def test_reconstruction(run, interrupted, saves_always, simulated, reconstructed, tmp_path):
    folder = tmp_path / "run"
    source = simulated.folder
    command = ("reconstruct", source / "particles.star", "--truth", source / "volume.mrc", "-o", folder)
    interrupted(_reconstruct, signal.SIGINT, "Inserting half-set 2", *command)
    assert files(folder) == [".partial", "run.json"] and read_run(folder).state.value == "interrupted"

    # What the first session left is read, and never as a pickle.
    saved = folder / ".partial" / ".half1.spectra.npz"
    good = saved.read_bytes()
    with saved.open("wb") as stream:
        np.savez(stream, numerator=np.array([{"harm": print}], dtype=object), weight=np.zeros(3))
    outcome = run(*command)
    assert outcome.status == 2 and "Traceback" not in outcome.err
    assert f"{saved}: the interrupted run's state cannot be read" in outcome.err and "--overwrite" in outcome.err
    saved.write_bytes(good)

    outcome = run(*command)
    assert outcome.status == 0 and "half-set 1" not in outcome.err
    for name in ("half1.mrc", "half2.mrc", "map.mrc", "fsc.csv"):
        assert (folder / name).read_bytes() == (reconstructed.folder / name).read_bytes(), name
