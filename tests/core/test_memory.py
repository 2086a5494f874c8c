"""What a process may use: the declared whole less what it holds, and refusals that say what to type."""

import platform
import re

import psutil
import pytest

from vitreous._core import InputError, memory_budget, require_memory

MIB = 2**20


def resident() -> int:
    return psutil.Process().memory_info().rss


def test_what_the_process_holds_is_taken_off(monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "1T")
    budget = memory_budget()
    # A page or two may come and go between the two readings.
    assert abs(budget.resident - resident()) < 16 * MIB
    assert budget.left == 2**40 - budget.resident
    larger = memory_budget(2**41)
    assert larger.left == 2**41 - larger.resident


def test_what_was_freed_does_not_count():
    blocks = [b"x" * 10_000 + bytes([i % 256]) for i in range(10_000)]
    last = blocks.pop()  # which keeps the C library from giving the heap back by itself
    del blocks
    kept = resident()
    trims = platform.libc_ver()[0] == "glibc"  # other C libraries keep what they keep
    assert kept - memory_budget().resident > (64 * MIB if trims else -MIB)
    assert last


def test_without_a_budget_it_is_what_the_machine_has(monkeypatch):
    monkeypatch.delenv("VITREOUS_MEMORY", raising=False)
    budget = memory_budget()
    assert budget.declared is None and 0 < budget.left < psutil.virtual_memory().total


def test_work_beyond_the_budget_is_refused(monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", str(resident() + 256 * MIB))
    require_memory(MIB, what="a small map", hint="")
    with pytest.raises(InputError, match=r"a large map needs about 1\.0 GiB.*VITREOUS_MEMORY.*in use") as caught:
        require_memory(2**30, what="a large map", hint="Use a smaller box.")
    assert caught.value.hint.startswith("Use a smaller box. ")
    # What the hint says is enough.
    enough = re.search(r"allow it (\d+)M", caught.value.hint)[1]
    require_memory(2**30 - 16 * MIB, what="a large map", hint="", memory=int(enough) * MIB)


def test_an_argument_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "1M")
    require_memory(2**30, what="a map", hint="", memory=2**40)
    with pytest.raises(InputError, match=r"1\.0 MiB is allowed by --memory"):
        require_memory(1, what="a map", hint="", memory=MIB)


def test_no_memory_at_all_is_bad_input():
    with pytest.raises(InputError, match="memory=0"):
        memory_budget(0)
