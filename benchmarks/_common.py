"""What the benchmark programs share: running contestants, and tables of their results."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
MEASURED = ("seconds", "cpu_seconds", "whole", "peak")


@dataclass(frozen=True)
class Outcome:
    """What a contestant did.

    Arguments:
        seconds: Median of the job once started.
        cpu_seconds: The same in processor time of all its threads, which others on the machine disturb less.
        whole: From spawning the process to the end of the first job, seconds.
        peak_mb: Largest resident memory of the process.
        arrays: What it handed over.
    """

    seconds: float
    cpu_seconds: float
    whole: float
    peak_mb: float
    arrays: dict[str, np.ndarray]


def run(contestant: str, task: str, *, repetitions: int = 3, **inputs: Any) -> Outcome:
    """Run `peers/<contestant>_<task>.py` in its own environment."""
    python = sys.executable if contestant == "vitreous" else FOLDER.parent / f".venv-{contestant}" / "bin" / "python"
    if not Path(python).exists():
        raise SystemExit(f"{contestant} is not installed.\nhint: make bench-setup")
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "inputs.npz"), Path(scratch, "results.npz")
        np.savez(source, repetitions=repetitions, **inputs)
        program = FOLDER / "peers" / f"{contestant}_{task}.py"
        print(f"{program.stem} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            [python, program, source, target, repr(time.time())], cwd=scratch, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{program.name} failed:\n{done.stderr[-4000:]}")
        with np.load(target, allow_pickle=False) as arrays:
            results = dict(arrays)
    seconds, cpu_seconds, whole, peak = (float(np.median(results.pop(n))) for n in MEASURED)
    return Outcome(seconds, cpu_seconds, whole, peak / 1e6, results)


def timing_rows(ours: Sequence[Outcome], peer: Sequence[Outcome], *, numbers: Sequence[int]) -> list[list[str]]:
    """Rows of a table with columns ours, peer, ratio, from outcomes for two numbers of images."""

    def row(name: str, unit: str, values: Sequence[float], digits: int = 2) -> list[str]:
        return [name, *(f"{value:.{digits}f} {unit}" for value in values), f"{values[1] / values[0]:.1f}"]

    few, many = numbers
    both = ours, peer

    def further(name: str) -> list[float]:
        return [1e3 * (getattr(large, name) - getattr(small, name)) / (many - few) for small, large in both]

    return [
        row(f"{few} images, once started", "s", [small.seconds for small, _ in both]),
        row(f"{few} images, processor time", "s", [small.cpu_seconds for small, _ in both]),
        row(f"{many} images, once started", "s", [large.seconds for _, large in both]),
        row("each further image", "ms", further("seconds")),
        row("each further image, processor time", "ms", further("cpu_seconds")),
        row(f"{few} images, whole process", "s", [small.whole for small, _ in both], 1),
        row(f"{few} images, peak memory", "MB", [small.peak_mb for small, _ in both], 0),
        row(f"{many} images, peak memory", "MB", [large.peak_mb for _, large in both], 0),
    ]


def relative_error(images: np.ndarray, reference: np.ndarray) -> float:
    """Relative L2 distance of a batch from its reference."""
    return float(np.linalg.norm(images - reference) / np.linalg.norm(reference))


def require(what: str, value: float, *, at_most: float) -> None:
    """End the program unless a contestant computed what it should."""
    if not value <= at_most:
        raise SystemExit(f"{what}: {value:.2e} exceeds {at_most:.0e}; the times would compare different things.")


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def publish(section: str, *paragraphs: str, peer: str | None = None) -> None:
    """Print a section and put it into RESULTS.md, in place of its older self."""
    versions = {name: importlib.metadata.version(name) for name in ("vitreous", "jax", "numpy")}
    if peer is not None:
        python = FOLDER.parent / f".venv-{peer}" / "bin" / "python"
        question = f"from importlib.metadata import version; print(version({peer!r}))"
        done = subprocess.run([python, "-c", question], capture_output=True, text=True, check=True)
        versions[peer] = done.stdout.strip()
    where = (
        f"{datetime.date.today()}, {os.cpu_count()} cores ({platform.machine()}, shared machine: quote ratios), load "
        f"{os.getloadavg()[0]:.1f} at the end; " + ", ".join(f"{name} {version}" for name, version in versions.items())
    )
    text = "\n\n".join([f"## {section}", where, *paragraphs])
    print(text)
    head, *old = RESULTS.read_text(encoding="utf-8").split("\n## ") if RESULTS.exists() else [HEADER]
    sections = {part.partition("\n")[0]: part.strip() for part in old} | {section: text.removeprefix("## ")}
    RESULTS.write_text("\n\n## ".join([head.strip(), *(sections[name] for name in sorted(sections))]) + "\n", "utf-8")


HEADER = """# Benchmarks

Written by the programs in this folder (`make bench-setup`, then `make bench`). Each contestant runs in a process of its
own. *Once started* is the median of three or more repetitions in one process, *processor time* the same summed over its
threads, *each further image* the slope between two numbers of images, which leaves out what a job costs in any case
(reports, solving for the map); *whole process* runs from spawning it to the end of its first job, imports and
compilation included; memory is the process's largest resident set.
"""
