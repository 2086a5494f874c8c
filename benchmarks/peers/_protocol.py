"""What every contestant does: read the inputs, do the task, tell how long it took. Needs NumPy alone."""

import ctypes
import gc
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Inputs = dict[str, Any]
Results = dict[str, Any]
Contestant = tuple[Callable[[], object], Callable[[], Results]]
PATIENCE = 3.0  # seconds of repetitions after which no further one begins
STATUS = Path("/proc/self/status")


def contest(prepare: Callable[[Inputs], Contestant]) -> None:
    """Time a job in a process of its own: `python contestant.py inputs.npz results.npz epoch-of-spawning`.

    Arguments:
        prepare: Imports the library and loads the inputs. Returns the job that is timed, whose results must have
            left the library when it returns, and what hands over the arrays that prove it right, which is not timed.
            `repetitions` of the inputs says how often the job runs once it has started, at most; with none, the
            first run counts, as it may for a program that starts anew each time.
    """
    inputs_path, results_path, spawned = sys.argv[1:]
    with np.load(inputs_path, allow_pickle=False) as arrays:
        inputs = {name: values if values.ndim else values.item() for name, values in arrays.items()}
    job, proof = prepare(inputs)

    def timed() -> tuple[float, float]:
        start, cpu_start = time.perf_counter(), _processor_time()
        job()
        return time.perf_counter() - start, _processor_time() - cpu_start

    first = timed()
    whole, peak = time.time() - float(spawned), _peak()
    resident = _forget_peak()
    runs: list[tuple[float, float]] = []
    while len(runs) < inputs["repetitions"] and sum(seconds for seconds, _ in runs) < PATIENCE:
        runs.append(timed())
    seconds, cpu_seconds = zip(*(runs or [first]), strict=True)
    measured = {"first": first[0], "whole": whole, "seconds": seconds, "cpu_seconds": cpu_seconds}
    peaks = {"peak": max(peak, _peak()), "working": _peak() - resident}
    np.savez(results_path, **measured, **peaks, **proof())


def _processor_time() -> float:
    """Of all threads, and of programs that were started and have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak() -> int:
    """Largest resident memory since it was last forgotten, or of a program that was started, if that is larger."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if STATUS.exists():
        # Not ru_maxrss, which counts what the process that started this one had.
        return 1024 * max(_kibibytes("VmHWM"), children)
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children)  # macOS, in bytes


def _forget_peak() -> int:
    """Begin anew to watch for the peak, where the system can (Linux); what is resident now and will stay so."""
    gc.collect()
    if resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss:
        return 0
    if not STATUS.exists():
        return _peak()
    ctypes.CDLL(None).malloc_trim(0)
    STATUS.with_name("clear_refs").write_text("5")
    return 1024 * _kibibytes("VmRSS")


def _kibibytes(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
