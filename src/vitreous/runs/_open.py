"""Opening and closing a run folder."""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vitreous._core import InputError

from ._claim import LOCK, check_folder, claimed, errors_name, writable
from ._plain import plain
from ._record import PARTIAL, RECORD, RunRecord, RunState, describe_inputs, describe_large_inputs, write_record
from ._run import Run, is_safe


@contextmanager
def open_run(
    folder: str | Path,
    *,
    verb: str,
    options: Mapping[str, Any],
    inputs: Iterable[str | Path] = (),
    large_inputs: Iterable[str | Path] = (),
    overwrite: bool = False,
) -> Iterator[Run]:
    """A run folder that is whole when the block ends well, and clearly unfinished otherwise.

    The block writes its files to `run.partial(name)`. When it ends, they move into the folder and `run.json` says
    `"complete"`, last of all. When it is interrupted or fails, `run.json` says so and the partial files stay: the
    same verb with the same options, inputs and version of vitreous resumes (`run.resumed`, `run.checkpoint`).
    An `InputError` inside a new run leaves nothing behind. A lock keeps a second process out.

    Arguments:
        folder: The folder to make; it may exist if it is empty or a run folder.
        verb: The command.
        options: Its options; recorded, and compared when resuming. `seed` among them is recorded apart too.
        inputs: Files that the result depends on; their SHA-256 is recorded, and compared when resuming.
        large_inputs: More of them, such as image stacks, that are too large to be read for that; their size and time
            of modification take its place.
        overwrite: Start anew in a folder that an earlier run used. Only files that run wrote are removed.

    Returns:
        A context manager whose value is the [`Run`][vitreous.runs.Run].

    Raises:
        InputError: The folder holds a complete run (without `overwrite`), an unfinished run of another kind, or
            files that no run wrote; it is in use or cannot be written; or an input cannot be read.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "job"
        >>> with open_run(folder, verb="demo", options={"seed": 0}) as run:
        ...     _ = run.partial("map.txt").write_text("density")
        >>> sorted(path.name for path in folder.iterdir())
        ['map.txt', 'run.json']
    """
    folder = Path(folder)
    plain_options: dict[str, Any] = plain(dict(options))
    described = describe_inputs(inputs) + describe_large_inputs(large_inputs)
    asked = RunRecord(verb=verb, options=plain_options, inputs=described, seed=plain_options.get("seed"))
    with writable(folder):
        check_folder(folder, asked, overwrite=overwrite)
    with claimed(folder), errors_name(folder):
        before = check_folder(folder, asked, overwrite=overwrite)  # again, now that nobody else can change it
        resumed = before is not None and not overwrite
        with writable(folder):
            record = _start(folder, asked, before) if before is None or overwrite else _resume(folder, before)
        run, began = Run(folder, resumed=resumed), time.monotonic()

        def save(state: RunState, **changes: Any) -> None:
            write_record(folder, _ended(record, state, seconds=time.monotonic() - began, run=run, **changes))

        try:
            yield run
        except InputError as error:
            if before is None:
                _clear(folder / PARTIAL)
                (folder / RECORD).unlink()
            else:
                save(RunState.FAILED, error=str(error))
            raise
        except Exception as error:
            save(RunState.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        except BaseException:  # Ctrl-C, SIGTERM where the command line turns it into that, a generator that is closed
            save(RunState.INTERRUPTED)
            raise
        outputs = _outputs(folder)
        taken = [name for name in outputs if os.path.lexists(folder / name)]
        if taken:
            save(RunState.FAILED, error=f"{taken[0]} was in the way")
            raise InputError(
                f"{folder / taken[0]}: a file that this run did not write is in the way of its output.",
                hint="Move that file, then repeat the command: the run resumes.",
            )
        save(RunState.RUNNING, outputs=outputs)  # a run killed between the moves knows what to take back
        for name in outputs:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / PARTIAL / name, folder / name)
        save(RunState.COMPLETE, outputs=outputs)
        _clear(folder / PARTIAL)


def _start(folder: Path, asked: RunRecord, before: RunRecord | None) -> RunRecord:
    """Record a new run, after removing what the run before it wrote."""
    if before is not None:
        # Killed in the middle of the removal, this is a run that nothing can resume: no version equals none.
        write_record(folder, replace(before, state=RunState.FAILED, versions={}, error="it was being overwritten"))
        for name in before.outputs:
            _remove_output(folder, name)
    _clear(folder / PARTIAL)
    record = replace(asked, times={"started": _now(), "finished": None, "seconds": 0.0, "sessions": 1})
    write_record(folder, record)
    return record


def _resume(folder: Path, before: RunRecord) -> RunRecord:
    """Record that an unfinished run goes on, after taking back the outputs of one killed while it finished."""
    for name in before.outputs:
        if is_safe(name) and (folder / name).is_file():
            (folder / PARTIAL / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / name, folder / PARTIAL / name)
    times = {**before.times, "sessions": before.times["sessions"] + 1}
    record = replace(before, state=RunState.RUNNING, times=times, outputs=[], error=None)
    write_record(folder, record)
    return record


def _ended(record: RunRecord, state: RunState, *, seconds: float, run: Run, **changes: Any) -> RunRecord:
    times = {
        **record.times,
        "finished": _now() if state is RunState.COMPLETE else None,
        "seconds": round(record.times["seconds"] + seconds, 3),
    }
    return replace(record, state=state, times=times, results=plain(run.results), **changes)


def _outputs(folder: Path) -> list[str]:
    """Names of the files that wait to be published; names with a leading dot are scratch."""
    names = (path.relative_to(folder / PARTIAL) for path in (folder / PARTIAL).rglob("*") if path.is_file())
    return sorted(name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts))


def _remove_output(folder: Path, name: str) -> None:
    path = folder / name
    inside = is_safe(name) and path.parent.resolve().is_relative_to(folder.resolve())
    if not inside or not (path.is_file() or path.is_symlink()):
        return
    path.unlink()
    for parent in path.relative_to(folder).parents:
        if parent.parts and not any((folder / parent).iterdir()):
            (folder / parent).rmdir()


def _clear(partial: Path) -> None:
    for path in partial.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
