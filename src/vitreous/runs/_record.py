"""`run.json`: what made a run folder, and whether it is whole."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

from vitreous._core import InputError

from ._plain import plain
from ._versions import software_versions

SCHEMA = "vitreous-run/1"
RECORD = "run.json"
PARTIAL = ".partial"


class RunState(StrEnum):
    """How far a run came.

    Examples:
        >>> RunState("complete") is RunState.COMPLETE
        True
    """

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    COMPLETE = "complete"


@dataclass(frozen=True)
class RunRecord:
    """The content of `run.json`.

    Arguments:
        verb: The command, such as `simulate particles`.
        options: Its options, as plain JSON values.
        inputs: Path, size in bytes and SHA-256 of each input file, or its time of modification in place of the hash
            where the file is too large to be read for that.
        seed: The random seed among the options, or `None`.
        versions: Versions of the software.
        state: How far the run came.
        times: `started` and `finished` (ISO 8601, UTC), `seconds` of work, and `sessions`, which counts resumptions.
        results: What the run found, as plain JSON values.
        outputs: Files the run wrote, relative to the folder.
        error: What stopped a run that failed.
        schema: Version of this format.

    Examples:
        >>> RunRecord(verb="demo", options={"n": 3}, inputs=[]).state.value
        'running'
    """

    verb: str
    options: dict[str, Any]
    inputs: list[dict[str, Any]]
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=software_versions)
    state: RunState = RunState.RUNNING
    times: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    error: str | None = None
    schema: str = SCHEMA


def read_run(folder: str | Path) -> RunRecord:
    """What `run.json` of a run folder says.

    Arguments:
        folder: The run folder.

    Returns:
        Its record.

    Raises:
        InputError: The folder has no `run.json`, or one that vitreous did not write.

    Examples:
        >>> import tempfile
        >>> from vitreous.runs import open_run
        >>> folder = Path(tempfile.mkdtemp())
        >>> with open_run(folder, verb="demo", options={"seed": 7}) as run:
        ...     run.results["resolution_a"] = 3.1
        >>> record = read_run(folder)
        >>> record.state.value, record.seed, record.results
        ('complete', 7, {'resolution_a': 3.1})
    """
    path = Path(folder) / RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: this is no run folder, it has no {RECORD}.", hint="Give a folder that a verb wrote with -o."
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise _unreadable(path, f"its schema is {schema!r}, this version reads {SCHEMA!r}")
    try:
        return RunRecord(**{**content, "state": RunState(content["state"])})
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: this is no record of a vitreous run that can be read here ({why}).",
        hint="Choose another folder; vitreous changes nothing in a folder that it did not make.",
    )


def write_record(folder: Path, record: RunRecord) -> None:
    """Replace `run.json`, whole or not at all; the text waits in the partial folder until it is on disk."""
    temporary = folder / PARTIAL / f".{RECORD}"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"schema": record.schema, **plain(asdict(record))}, indent=2, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / RECORD)


def describe_inputs(paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Path, SHA-256 and size of each file, read in pieces.

    Raises:
        InputError: A file is absent, is a folder, or cannot be read.
    """
    described = []
    for path in map(Path, paths):
        with _readable(path), path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
        described.append({"path": str(path.resolve()), "sha256": digest, "bytes": size})
    return described


def describe_large_inputs(paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Path, size and time of modification of each file, which is not read.

    Raises:
        InputError: A file is absent.
    """
    described = []
    for path in map(Path, paths):
        with _readable(path):
            status = path.stat()
        modified = datetime.fromtimestamp(status.st_mtime_ns / 1e9, UTC).isoformat()
        described.append({"path": str(path.resolve()), "modified": modified, "bytes": status.st_size})
    return described


def changed_inputs(before: RunRecord, asked: RunRecord) -> list[str]:
    """Paths of the input files that are not as they were, by their hash where there is one."""

    def identity(described: dict[str, Any]) -> Any:
        return described.get("sha256", described)

    pairs = zip_longest(before.inputs, asked.inputs, fillvalue={})
    return [(new or old)["path"] for old, new in pairs if identity(old) != identity(new)]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}).", hint="Check the path, and that it is a file."
        ) from error
