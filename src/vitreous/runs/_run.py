"""The handle that a job works through."""

import json
import os
from pathlib import Path, PurePosixPath
from typing import Any

from ._plain import plain
from ._record import PARTIAL, RECORD

_CHECKPOINT = ".checkpoint.json"


class Run:
    """A run in progress; made by [`open_run`][vitreous.runs.open_run].

    Write each output to `run.partial(name)`. Names that start with a dot are scratch and are removed at the end.

    Arguments:
        folder: The run folder.
        resumed: Whether an earlier session left partial files and a checkpoint.

    Examples:
        >>> import tempfile
        >>> run = Run(Path("demo-run"), resumed=False)
        >>> run.partial("map.mrc").as_posix(), run.output("map.mrc").as_posix()
        ('demo-run/.partial/map.mrc', 'demo-run/map.mrc')
    """

    def __init__(self, folder: Path, *, resumed: bool):
        self.folder = folder
        self.resumed = resumed
        self.results: dict[str, Any] = {}

    def partial(self, name: str) -> Path:
        """Where to write the output `name` while the run lasts (its folder is there)."""
        path = self.folder / PARTIAL / _checked(name)
        if path.parent != self.folder / PARTIAL:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def output(self, name: str) -> Path:
        """Where the output `name` will be once the run is complete."""
        return self.folder / _checked(name)

    @property
    def checkpoint(self) -> dict[str, Any]:
        """What [`save_checkpoint`][vitreous.runs.Run.save_checkpoint] saved last, or an empty dictionary."""
        path = self.folder / PARTIAL / _CHECKPOINT
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def save_checkpoint(self, **values: Any) -> None:
        """Record, whole or not at all, how far the run came; the values replace those of the checkpoint before."""
        path = self.folder / PARTIAL / _CHECKPOINT
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(plain(values), allow_nan=False))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


def is_safe(name: str) -> bool:
    """Whether `name` stays inside the run folder and is not the record itself."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and name != RECORD


def _checked(name: str) -> str:
    if not is_safe(name) or name == _CHECKPOINT:
        raise ValueError(f"{name!r} cannot be an output: give a relative name inside the folder, not {RECORD}.")
    return name
