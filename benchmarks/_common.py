"""Running contestants, each in a process and an environment of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
MEASURED = ("seconds", "cpu_seconds", "first", "whole", "peak", "working")
# What says that a peer is there, if not its virtual environment.
PROGRAMS = {"relion": "relion_project"}


@dataclass(frozen=True)
class Outcome:
    """What a contestant did.

    Arguments:
        seconds: Median of the job once started.
        cpu_seconds: The same in processor time of all its threads, which others on the machine disturb less.
        compile_seconds: By how much the first run took longer: compilation, for those that compile.
        whole: From spawning the process to the end of the first job, seconds.
        peak_mb: Largest resident memory of the process.
        working_mb: What the job took beyond what was resident when it began: inputs, imports and programs left out.
        arrays: What it handed over.
    """

    seconds: float
    cpu_seconds: float
    compile_seconds: float
    whole: float
    peak_mb: float
    working_mb: float
    arrays: dict[str, np.ndarray]


@cache
def interpreter(contestant: str) -> Path | None:
    """The Python that runs a contestant, or None, with a message, for one that is not installed."""
    if contestant in ("vitreous", "gemmi", "starfile", "voxel-sum"):  # gemmi and starfile are among our dependencies
        return Path(sys.executable)
    if program := PROGRAMS.get(contestant):
        found = Path(sys.executable) if shutil.which(program) else None
    else:
        python = FOLDER.parent / f".venv-{contestant}" / "bin" / "python"
        found = python if python.exists() else None
    if found is None:
        print(f"{contestant} is not installed: skipped.\nhint: make bench-setup", file=sys.stderr)
    return found


def run(
    contestant: str, task: str, *, repetitions: int = 3, environment: Mapping[str, str] | None = None, **inputs: Any
) -> Outcome | None:
    """Run `peers/<contestant>_<task>.py` in its own environment; None if the contestant is not installed."""
    python = interpreter(contestant)
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "inputs.npz"), Path(scratch, "results.npz")
        np.savez(source, repetitions=repetitions, **inputs)
        program = FOLDER / "peers" / f"{contestant}_{task}.py"
        print(f"{program.stem} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            [python, program, source, target, repr(time.time())],
            cwd=scratch,
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{program.name} failed:\n{done.stderr[-4000:]}")
        with np.load(target, allow_pickle=False) as arrays:
            results = dict(arrays)
    seconds, cpu_seconds, first, whole, peak, working = (float(np.median(results.pop(n))) for n in MEASURED)
    compile_seconds = max(0.0, first - seconds)
    return Outcome(seconds, cpu_seconds, compile_seconds, whole, peak / 1e6, working / 1e6, results)


def relative_error(images: np.ndarray, reference: np.ndarray) -> float:
    """Relative L2 distance of a batch from its reference."""
    return float(np.linalg.norm(images - reference) / np.linalg.norm(reference))


def require(what: str, value: float, *, at_most: float) -> None:
    """End the program unless a contestant computed what it should."""
    if not value <= at_most:
        raise SystemExit(f"{what}: {value:.2e} exceeds {at_most:.0e}; the times would compare different things.")
