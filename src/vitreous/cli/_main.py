"""The entry point: runs a verb, and turns whatever stops it into a message and an exit status."""

import errno
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from types import FrameType
from typing import Any, TextIO

from typer.exceptions import TyperException

from vitreous._core import InputError, settings

from ._verbs import SIMULATE, STACK, VERBS, ZERNIKE, root_command

_DONE, _BUG, _WRONG_INPUT, _INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `vitreous` command.

    Arguments:
        arguments: Those after the command's name; the process's own unless given.

    Returns:
        The exit status: 0 when done, 2 when the input or the command is wrong, 130 when interrupted (Ctrl-C or
        SIGTERM), 1 when vitreous itself is at fault.

    Examples:
        >>> main(["--version"])  # doctest: +ELLIPSIS
        vitreous 0...
        0
    """
    try:
        with _sigterm_interrupts(), _plain_warnings():
            status = _run(arguments)
            sys.stdout.flush()
            return status
    except BrokenPipeError:
        # Whoever read our output has left (`vitreous info … | head`); nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BUG


def _run(arguments: Sequence[str] | None) -> int:
    try:
        show_traceback = settings().traceback
    except InputError as error:
        show_error(error)
        return _WRONG_INPUT
    try:
        status = root_command().main(args=arguments, prog_name="vitreous", standalone_mode=False)
        if status == _INTERRUPTED:  # Typer's word for a KeyboardInterrupt
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        show("interrupted", "the same command resumes a run that was begun.")
        return _INTERRUPTED
    except InputError as error:
        _show_traceback(error, wanted=show_traceback)
        show_error(error)
        return _WRONG_INPUT
    except TyperException as error:
        context: Any = getattr(error, "ctx", None)
        command = context.command_path if context is not None else _called(arguments)
        show("error", error.format_message(), hint=f"{command} --help")
        return _WRONG_INPUT
    except BrokenPipeError:
        raise
    except OSError as error:
        _show_traceback(error, wanted=show_traceback)
        where = f"{error.filename}: " if error.filename else ""
        hint = "Check the path, its permissions and the space left."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "Make room on that disk; the same command then resumes a run that was begun."
        show("error", f"{where}{error.strerror or error}.", hint=hint)
        return _WRONG_INPUT
    except Exception as error:
        out_of_memory = isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
        _show_traceback(error, wanted=show_traceback or not out_of_memory)
        if out_of_memory:
            show("error", f"there is not enough memory ({error}).", hint="Use a smaller box or batch.")
            return _WRONG_INPUT
        show(
            "error",
            f"this is a bug in vitreous ({type(error).__name__}: {error}).",
            hint="Please report it with the command and the traceback above.",
        )
        return _BUG
    return status if isinstance(status, int) else _DONE


def _called(arguments: Sequence[str] | None) -> str:
    """The command and the verb, for errors that do not say where they arose."""
    names = {"simulate", *SIMULATE, "zernike", *ZERNIKE, "stack", *STACK, *VERBS}
    return " ".join(["vitreous", *takewhile(names.__contains__, sys.argv[1:] if arguments is None else arguments)])


def show_error(error: InputError) -> None:
    """Say on stderr what is wrong and what to do."""
    show("error", error.message, hint=error.hint)


def show(kind: str, message: str, *, hint: str | None = None) -> None:
    """Write `kind: message` to stderr, coloured where that is a terminal, and the hint below."""
    colours = {"error": "bold red", "warning": "bold yellow", "interrupted": "bold yellow"}
    _write(kind, colours[kind], message)
    if hint is not None:
        _write("hint", "bold cyan", hint)


def _write(label: str, colour: str, message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, highlight=False, soft_wrap=True).print(Text.assemble((label, colour), f": {message}"))


def _show_traceback(error: BaseException, *, wanted: bool) -> None:
    if wanted:
        traceback.print_exception(error, file=sys.stderr)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end a verb as Ctrl-C does, so that its run folder says that it was interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show each warning once, as one line, without the place in the code that gave it."""
    shown = set()

    def show_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = str(message)
        if text not in shown:
            shown.add(text)
            show("warning", text)

    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        yield
