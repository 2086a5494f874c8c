"""Tables of what contestants did, and the file that holds them."""

import datetime
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from _common import FOLDER, PROGRAMS, Outcome, interpreter

from vitreous.kernels import kernels_in_use

RESULTS = FOLDER / "RESULTS.md"
ABSENT = "–"


@dataclass(frozen=True)
class Entry:
    """One side of a comparison.

    Arguments:
        settings: What was asked for: interpolant, padding, cut-off, eps.
        outcome: None for a peer that is not installed.
        error: Relative L2 against the float64 reference, in words.
    """

    settings: str
    outcome: Outcome | None
    error: str = ABSENT


COMPARISON = (
    "task",
    "ours",
    "peer",
    "ours ms",
    "peer ms",
    "ratio",
    "of processor time",
    "our error",
    "peer error",
    "our compile s",
    "peer compile s",
    "our MB: whole, job",
    "peer MB: whole, job",
    "target",
)


def comparison(task: str, ours: Entry, peer: Entry | None = None, *, per: int = 1, target: str = "") -> list[str]:
    """A row of a table with the columns `COMPARISON`; times are those of one of `per` items."""
    assert ours.outcome is not None
    sides = (ours, peer or Entry(ABSENT, None))

    def cells(text) -> list[str]:
        return [ABSENT if side.outcome is None else text(side.outcome) for side in sides]

    return [
        task,
        *(side.settings for side in sides),
        *cells(lambda outcome: f"{1e3 * outcome.seconds / per:.3g}"),
        cells(lambda outcome: f"**{outcome.seconds / ours.outcome.seconds:.1f}**")[1],
        cells(lambda outcome: f"{outcome.cpu_seconds / ours.outcome.cpu_seconds:.1f}")[1],
        *(side.error for side in sides),
        *cells(lambda outcome: f"{outcome.compile_seconds:.2f}"),
        *cells(lambda outcome: f"{outcome.peak_mb:.0f}, {outcome.working_mb:.0f}"),
        target,
    ]


def at_most(value: float, limit: float, unit: str) -> str:
    """Whether a figure of ours is within its target, and how far off it is."""
    found = f"{value:.3g} {unit}".strip()
    return f"≤ {limit:g} {unit}".strip() + (f": met ({found})" if value <= limit else f": **missed** ({found})")


def at_least(value: float, limit: float) -> str:
    """Whether we are as many times faster than a peer as we should be."""
    return f"≥ {limit:g}×" + (f": met ({value:.1f}×)" if value >= limit else f": **missed** ({value:.1f}×)")


Series = tuple[Sequence[int], Sequence[Outcome]]
THROUGHPUT = (
    "program",
    "images",
    "once started s",
    "each further image ms",
    "of processor time ms",
    "as many as ours s",
    "ours is faster by",
    "whole process s",
    "MB",
)


def further(series: Series, name: str = "seconds") -> float:
    """What each further image takes, in seconds: the slope between the fewest and the most images."""
    numbers, outcomes = series
    return (getattr(outcomes[-1], name) - getattr(outcomes[0], name)) / (numbers[-1] - numbers[0])


def throughput(contestants: Mapping[str, Series]) -> list[list[str]]:
    """Rows of a table with the columns `THROUGHPUT`, one for each contestant; ours comes first."""
    first = next(iter(contestants.values()))
    ours, most = further(first), first[0][-1]
    return [
        [
            name,
            ", ".join(f"{number:,}".replace(",", " ") for number in series[0]),
            ", ".join(f"{outcome.seconds:.2f}" for outcome in series[1]),
            f"{1e3 * further(series):.3g}",
            f"{1e3 * further(series, 'cpu_seconds'):.3g}",
            f"{series[1][-1].seconds + (most - series[0][-1]) * further(series):.1f}",
            f"{further(series) / ours:.1f}",
            ", ".join(f"{outcome.whole:.1f}" for outcome in series[1]),
            ", ".join(f"{outcome.peak_mb:.0f}" for outcome in series[1]),
        ]
        for name, series in contestants.items()
    ]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def publish(section: str, *paragraphs: str, peers: Sequence[str] = ()) -> None:
    """Print a section and put it into RESULTS.md, in place of its older self."""
    versions = [f"{name} {_version('vitreous', name)}" for name in ("vitreous", "jax", "numpy")]
    versions += [f"{name} {_version(name, name)}" for name in peers if interpreter(name)]
    where = (
        f"{datetime.date.today()}; {_processor()}, {os.cpu_count()} cores that others use too; load "
        f"{os.getloadavg()[0]:.1f} at the end; our kernels {kernels_in_use()}; {', '.join(versions)}."
    )
    text = "\n\n".join([f"## {section}", where, *paragraphs])
    print(text)
    _, *old = RESULTS.read_text(encoding="utf-8").split("\n## ") if RESULTS.exists() else [""]
    sections = {part.partition("\n")[0]: part.strip() for part in old} | {section: text.removeprefix("## ")}
    RESULTS.write_text("\n\n## ".join([HEADER.strip(), *(sections[name] for name in sorted(sections))]) + "\n", "utf-8")


def _version(contestant: str, package: str) -> str:
    if program := PROGRAMS.get(contestant):
        words = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()
        return next(word for word in words if word[0].isdigit())
    question = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([interpreter(contestant), "-c", question], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _processor() -> str:
    """The processor's name, as Linux knows it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


HEADER = """# Benchmarks

Written by the programs in this folder (`make bench-setup`, then `make bench`); peers that are not installed are left
out. Each contestant runs in a process of its own, on all cores unless it is said to use one. Times are medians of a job
that is repeated *once started*; *processor time* is the same summed over threads, which others on the machine disturb
less; *each further image* is the slope between two numbers of images, which leaves out what a job costs in any case;
*compile* is by how much the first run took longer than later ones; *whole process* runs from spawning it to the end of
its first job, imports and compilation included. Memory is the largest resident set of the whole process, and what the
job itself took beyond what was resident when it began (inputs are, imports and programs too). Errors are relative L2.
Targets are the project's own. Where the machine was busy, ratios say more than times.

![Scaling](../docs/images/scaling.svg)
"""
