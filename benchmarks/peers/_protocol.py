"""What every contestant does: read the inputs, do the task, tell how long it took. Needs NumPy alone."""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Inputs = dict[str, Any]
Results = dict[str, Any]
Contestant = tuple[Callable[[], object], Callable[[], Results]]


def contest(prepare: Callable[[Inputs], Contestant]) -> None:
    """Time a job in a process of its own: `python contestant.py inputs.npz results.npz epoch-of-spawning`.

    Arguments:
        prepare: Imports the library and loads the inputs. Returns the job that is timed, whose results must have
            left the library when it returns, and what hands over the arrays that prove it right, which is not timed.
            `repetitions` of the inputs says how often the job runs once it has started.
    """
    inputs_path, results_path, spawned = sys.argv[1:]
    with np.load(inputs_path, allow_pickle=False) as arrays:
        inputs = {name: values if values.ndim else values.item() for name, values in arrays.items()}
    job, proof = prepare(inputs)
    job()
    whole = time.time() - float(spawned)
    seconds, cpu_seconds = [], []
    for _ in range(inputs["repetitions"]):
        start, cpu_start = time.perf_counter(), time.process_time()
        job()
        seconds.append(time.perf_counter() - start)
        cpu_seconds.append(time.process_time() - cpu_start)
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    np.savez(results_path, whole=whole, seconds=seconds, cpu_seconds=cpu_seconds, peak=peak, **proof())
