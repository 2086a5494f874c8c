"""Progress goes to stderr: bars on a terminal, lines elsewhere."""

import io
import sys

import pytest

import vitreous.cli._progress as module
from vitreous.cli._progress import console_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LINES", -1.0)
    with console_progress() as progress:
        assert list(progress.track("abc", description="images", total=5, completed=2)) == list("abc")
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[:2] == ["images: 3 of 5", "images: 4 of 5"]
    assert lines[2].startswith("images: 5 of 5, ") and len(lines) == 3


def test_bars_on_a_terminal_and_they_end_with_the_block(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(RuntimeError), console_progress() as progress:
        for outer in progress.track(range(2), description="outer", total=2):
            assert list(progress.track(range(3), description="inner", total=3)) == [0, 1, 2]
            if outer:
                raise RuntimeError
    shown = terminal.getvalue()
    assert "outer" in shown and "inner" in shown and "3/3" in shown
    assert shown.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in shown  # the cursor is visible again
