"""Where compiled programs are kept between runs of the tests."""

import hashlib
import os
import platform
from pathlib import Path


def compilation_cache() -> Path:
    """A folder of the user's, one for each kind of processor: what is compiled for one may not run on another."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else [platform.processor()]
    kind = sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}) or lines
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "vitreous-tests" / hashlib.sha256("\n".join(kind).encode()).hexdigest()[:16]
