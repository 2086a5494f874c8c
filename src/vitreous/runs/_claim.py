"""Who may use a folder, and the lock on it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vitreous._core import InputError

from ._lock import locked
from ._record import PARTIAL, RECORD, RunRecord, RunState, changed_inputs, read_run

LOCK = ".lock"


def check_folder(folder: Path, asked: RunRecord, *, overwrite: bool) -> RunRecord | None:
    """The record of the run that used `folder` before, if this one may follow it.

    Returns:
        The earlier record, or `None` where the folder is new or empty.

    Raises:
        InputError: It may not: the folder is foreign, or holds another run and `overwrite` is false.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: this is a file, so no run folder can be made.", hint="Choose another folder.")
    if not (folder / RECORD).exists():
        _refuse_foreign(folder)
        return None
    before = read_run(folder)
    if overwrite:
        return before
    if before.state is RunState.COMPLETE:
        raise InputError(
            f"{folder}: it holds a complete run of `{before.verb}`.",
            hint="Use --overwrite to replace it, or choose another folder.",
        )
    if changes := _changes(before, asked):
        raise InputError(
            f"{folder}: it holds an unfinished run that cannot be resumed, because {'; '.join(changes)}.",
            hint="Repeat the first command to resume it, use --overwrite to start anew, or choose another folder.",
        )
    return before


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    partial = folder / PARTIAL
    strangers = [path.name for path in folder.iterdir() if path != partial]
    if partial.is_dir():  # all that a run killed in its first instant leaves
        strangers += [f"{PARTIAL}/{path.name}" for path in partial.iterdir() if path.name not in (LOCK, f".{RECORD}")]
    if strangers:
        raise InputError(
            f"{folder}: it is not empty and no run made it (it holds {sorted(strangers)[0]!r}).",
            hint="Choose another folder; vitreous removes nothing that it did not make.",
        )


def _changes(before: RunRecord, asked: RunRecord) -> list[str]:
    if before.verb != asked.verb:
        return [f"that was `{before.verb}`, not `{asked.verb}`"]
    changes = [
        f"{name} was {before.options.get(name)!r}, not {asked.options.get(name)!r}"
        for name in sorted(before.options.keys() | asked.options.keys())
        if before.options.get(name) != asked.options.get(name)
    ]
    if changed := changed_inputs(before, asked):
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        changes.append(f"its input files have changed: {changed[0]}{others}")
    if before.versions.get("vitreous") != asked.versions.get("vitreous"):
        changes.append(f"vitreous {before.versions.get('vitreous')} made it, not {asked.versions.get('vitreous')}")
    return changes


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make `folder` and its partial folder and lock them; afterwards remove what is empty and was made here.

    Raises:
        InputError: The folder cannot be made or written, or another process holds it.
    """
    with ExitStack() as afterwards:
        with writable(folder):
            for path in [*reversed(folder.parents), folder]:
                if not path.exists():
                    path.mkdir()
                    afterwards.callback(_remove_if_empty, path)
            afterwards.enter_context(locked(folder / PARTIAL / LOCK))
        yield


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Say in plain words that `folder` cannot be used, where the block finds that out."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder}: this folder cannot be used for output ({error.strerror}).", hint="Choose another output folder."
        ) from error


@contextmanager
def errors_name(folder: Path) -> Iterator[None]:
    """Let an error of the system, such as a full disk, name the folder where it names no file."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(folder)
        raise
