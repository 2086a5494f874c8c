"""Whatever stops a verb becomes one message and an exit status."""

import os
import signal
import subprocess
import sys
import time
import warnings

import pytest

import vitreous.cli._info as info_module
from vitreous._core import InputError


@pytest.fixture
def failing(monkeypatch):
    """Let `vitreous info FILE` raise."""

    def make(error: BaseException) -> None:
        def describe(path: object) -> None:
            raise error

        monkeypatch.setattr(info_module, "describe_file", describe)

    return make


def test_version(run):
    assert run("--version").out.startswith("vitreous 0.")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("frobnicate",), "No such command 'frobnicate'", "vitreous --help"),
        (("rendr",), "Did you mean 'render'?", "vitreous --help"),
        (("simulate", "particle"), "Did you mean 'particles'?", "vitreous simulate --help"),
        (("fsc", "a.mrc"), "Missing argument", "vitreous fsc --help"),
        (("fsc", "--bogus"), "--bogus", "vitreous fsc --help"),
        (("render", "a.pdb"), "Missing option", "vitreous render --help"),
        (("render", "a.pdb", "-o", "a.mrc", "--box", "big"), "'--box'", "vitreous render --help"),
        (("simulate", "particles", "a.pdb", "--defocus", "1"), "'--defocus'", "vitreous simulate particles --help"),
    ],
)
def test_a_wrong_command_says_where_to_look(refused, arguments, message, hint):
    error = refused(*arguments)
    assert message in error and error.rstrip().endswith(f"hint: {hint}")


def test_input_errors_are_short(refused, failing):
    failing(OSError(28, "No space left on device", "/full/disk.mrc"))
    message = refused("info", "x")
    assert "/full/disk.mrc: No space left on device." in message and "Make room" in message
    failing(OSError(5, "Input/output error"))
    assert "error: Input/output error." in refused("info", "x")
    failing(MemoryError("3 TiB"))
    assert "not enough memory (3 TiB)" in refused("info", "x")
    failing(RuntimeError("RESOURCE_EXHAUSTED: 3 TiB"))
    assert "not enough memory" in refused("info", "x")


def test_a_bug_is_called_a_bug_and_shows_its_traceback(run, failing):
    failing(TypeError("unexpected"))
    outcome = run("info", "x")
    assert outcome.status == 1 and outcome.out == ""
    assert "Traceback" in outcome.err and "this is a bug in vitreous (TypeError: unexpected)." in outcome.err


def test_tracebacks_of_input_errors_on_request(run, monkeypatch):
    monkeypatch.setenv("VITREOUS_TRACEBACK", "1")
    outcome = run("info")
    assert outcome.status == 2 and "Traceback" in outcome.err


def test_a_setting_that_cannot_be_read(refused, monkeypatch):
    monkeypatch.setenv("VITREOUS_TRACEBACK", "perhaps")
    assert "VITREOUS_TRACEBACK" in refused("info")


def test_an_interrupt_is_130(run, failing):
    failing(KeyboardInterrupt())
    outcome = run("info", "x")
    assert outcome.status == 130 and outcome.err.startswith("interrupted: ") and "Traceback" not in outcome.err


def test_sigterm_is_an_interrupt_and_its_handler_is_put_back(run, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)

    def describe(path: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    monkeypatch.setattr(info_module, "describe_file", describe)
    assert run("info", "x").status == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_warnings_are_one_line_and_shown_once(run, monkeypatch):
    def describe(path: object) -> None:
        for level in (1, 2, 3):  # from different places
            warnings.warn("this box aliases", UserWarning, stacklevel=level)
        raise InputError("enough", hint="stop")

    monkeypatch.setattr(info_module, "describe_file", describe)
    assert run("info", "x").err == "warning: this box aliases\nerror: enough\nhint: stop\n"


def test_a_reader_that_leaves_is_no_error():
    code = "import sys; from vitreous.cli import main; sys.exit(main(['--help']))"
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert process.returncode == 1 and process.stderr == ""
