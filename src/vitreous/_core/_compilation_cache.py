"""Keeping what JAX compiles from one process to the next."""

import hashlib
import os
import platform
import tempfile
import warnings
from collections.abc import MutableMapping
from itertools import takewhile
from pathlib import Path

from ._settings import settings

LARGEST = 256 * 2**20  # bytes of compiled programs that are kept; those of a simulation, at one box size, take 0.4 MB


def keep_compilations(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let JAX, which must not be imported yet, keep what it compiles in the folder that `VITREOUS_CACHE` names.

    Every program is kept, however quick to compile, below a folder of this kind of processor: what is compiled for one
    may not run on another that shares the home folder. The least recently used go when there are too many. Who has set
    `JAX_COMPILATION_CACHE_DIR` keeps their own cache, untouched. A folder that cannot be written is warned of, and
    everything is compiled anew.

    Arguments:
        environment: Where JAX will read its settings, and `settings` reads ours.

    Raises:
        InputError: A `VITREOUS_*` variable has a value that cannot be read.
    """
    cache = settings(environment).cache
    if cache is None or "JAX_COMPILATION_CACHE_DIR" in environment:
        return
    compiled = cache / "compiled"
    folder = compiled / _processor()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # may a file be made there?
            pass
        _evict(compiled, LARGEST)
    except OSError as error:
        warnings.warn(
            f"{folder}: what is compiled cannot be kept there ({error.strerror}), so every start compiles anew. "
            "Set VITREOUS_CACHE to another folder, or to off.",
            stacklevel=2,
        )
        return
    environment["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    environment.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    environment.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _evict(folder: Path, largest: int) -> None:
    """Remove the least recently used files beyond `largest` bytes, and empty ones, which JAX would warn of for ever.

    JAX can bound its cache itself, but wants one more package for it, and a lock at every program.
    """
    entries = []
    for path in folder.glob("*/*"):
        try:
            found = path.stat()
        except FileNotFoundError:  # another process has evicted it
            continue
        entries.append((max(found.st_atime, found.st_mtime), found.st_size, path))
    kept = 0
    for _, size, path in sorted(entries, reverse=True):
        kept += size
        if kept > largest or size == 0:
            path.unlink(missing_ok=True)


def _processor() -> str:
    """A short name of this kind of processor, by its model and features."""
    facts = [platform.machine()]
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
            # One core says it all, and reading hundreds takes time.
            first = takewhile(str.strip, lines)
            facts += [line for line in first if line.startswith(("model name", "flags", "Features", "CPU "))]
    else:
        facts.append(platform.processor())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
