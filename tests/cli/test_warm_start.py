"""The second process finds what the first compiled, unless it is told not to keep anything."""

import os
import re
import subprocess
import sys

OURS = ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "VITREOUS_CACHE")


def vitreous(caches, *arguments, **variables):
    """Run `vitreous` in a process of its own; JAX says on stderr what it looked for in its cache."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"XDG_CACHE_HOME": str(caches), "JAX_LOGGING_LEVEL": "DEBUG", **variables}
    command = [sys.executable, "-m", "vitreous.cli", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment)


def kept(caches):
    return {path.name: path.stat().st_mtime_ns for path in (caches / "vitreous").rglob("*-cache")}


def asked(outcome):
    """How often JAX found a program in its cache, and how often not."""
    return [len(re.findall(rf"lru_cache.*Cache {word}", outcome.stderr)) for word in ("hit", "miss")]


def test_the_second_process_starts_warm(map_file, tmp_path):
    maps, caches = (map_file("a.mrc"), map_file("b.mrc", seed=1)), tmp_path / "caches"
    first = vitreous(caches, "fsc", *maps)
    compiled = kept(caches)
    assert compiled and asked(first)[1] == len(compiled)
    second = vitreous(caches, "fsc", *maps)
    hits, misses = asked(second)
    assert hits >= len(compiled) and misses == 0
    assert kept(caches) == compiled and second.stdout == first.stdout


def test_nothing_is_kept_where_it_is_off_or_only_help_is_asked(map_file, tmp_path):
    caches = tmp_path / "caches"
    outcome = vitreous(caches, "fsc", map_file("a.mrc"), map_file("b.mrc", seed=1), VITREOUS_CACHE="off")
    assert asked(outcome) == [0, 0]
    vitreous(caches, "--help")
    assert not (caches / "vitreous").exists()


def test_a_broken_folder_is_warned_of_once_and_the_work_done(map_file, tmp_path):
    (tmp_path / "file").write_text("")
    maps = map_file("a.mrc"), map_file("b.mrc", seed=1)
    outcome = vitreous(tmp_path / "caches", "fsc", *maps, VITREOUS_CACHE=str(tmp_path / "file"))
    assert outcome.stderr.count("warning: ") == 1 and "what is compiled cannot be kept there" in outcome.stderr
    assert "Å" in outcome.stdout
