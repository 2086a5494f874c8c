"""The lock on a run folder where the system is another; tests/runs/test_open_run.py tests it on this one."""

import errno
import fcntl
import importlib.util
import os
import sys
from types import SimpleNamespace

import pytest

from vitreous._core import InputError


def test_locks_where_there_is_no_fcntl(tmp_path, monkeypatch):
    """On Windows a second handle is denied, and an open file cannot be removed: the lock is let go of first."""

    def locking(descriptor, mode, count):
        assert (mode, count) == (2, 1)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(errno.EACCES, "Permission denied") from error

    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr(sys, "platform", "win32")
    found = importlib.util.find_spec("vitreous.runs._lock")
    windows = importlib.util.module_from_spec(found)
    found.loader.exec_module(windows)
    monkeypatch.undo()
    closed, close = [], os.close
    monkeypatch.setattr(windows.os, "close", lambda descriptor: (closed.append(path.exists()), close(descriptor)))
    path = tmp_path / ".partial" / ".lock"
    with windows.locked(path):
        with pytest.raises(InputError, match="another process"), windows.locked(path):
            pass
        assert path.exists()
    assert closed[:2] == [True, True] and list(tmp_path.iterdir()) == []
