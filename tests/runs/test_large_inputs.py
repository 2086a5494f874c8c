"""Inputs that are too large to be read for a hash."""

import os

import pytest

from vitreous._core import InputError
from vitreous.runs import open_run, read_run


def test_large_inputs_are_told_apart_without_reading_them(tmp_path):
    """By their size, and by their time of modification where that is the same."""
    stack = tmp_path / "stack.mrcs"

    def run():
        return open_run(tmp_path / "run", verb="v", options={}, large_inputs=(stack,))

    stack.write_text("one")
    os.utime(stack, ns=(0, 1_500_000_000_123_456_000))
    with pytest.raises(KeyboardInterrupt), run():
        raise KeyboardInterrupt
    recorded = {"path": str(stack), "modified": "2017-07-14T02:40:00.123456+00:00", "bytes": 3}
    assert read_run(tmp_path / "run").inputs == [recorded]
    for text, nanoseconds in (("two", 1_500_000_000_123_457_000), ("three", 1_500_000_000_123_456_000)):
        stack.write_text(text)
        os.utime(stack, ns=(0, nanoseconds))
        with pytest.raises(InputError, match=r"input files have changed: .*stack\.mrcs"), run():
            pass
    stack.unlink()
    with pytest.raises(InputError, match=r"stack\.mrcs: cannot be read"), run():
        pass
    stack.write_text("six")
    os.utime(stack, ns=(0, 1_500_000_000_123_456_000))
    with run() as resumed:
        assert resumed.resumed
