"""One process that reads damaged files: `python -m tests.fuzz.run TARGET… --runs 1000 --folder DIR`.

It prints a JSON object: for each target how many copies were read, how many of them were refused, and what failed.
With `--guided` the copies are those that Atheris finds, which follows the code that they reach.
"""

import argparse
import faulthandler
import json
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--guided", action="store_true")
    options = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore")
    if options.guided:
        _guided(options)
        return
    from .guard import Guard
    from .mutations import mutants

    guard = Guard(options.folder)
    results = {}
    for name in options.targets:
        session = _Session(name, options.folder, guard)
        share = -(-options.runs // len(session.sound))
        for file_name, content in session.sound.items():
            for number, damaged in enumerate(mutants(content, share, seed=options.seed)):
                session.read(file_name, damaged, f"{file_name}, copy {number} of seed {options.seed}")
        results[name] = session.result()
    print(json.dumps(results))


class _Session:
    """A target, its sound files, and what its damaged copies do."""

    def __init__(self, name: str, folder: Path, guard: Any):
        from .catalogue import TARGETS

        self.target, self.guard = TARGETS[name], guard
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self.target.make(self.folder)
        self.sound = {path.name: path.read_bytes() for path in sorted(self.folder.glob(self.target.pattern))}
        self.count = self.refused = 0
        self.slowest = 0.0
        self.failures: list[str] = []
        for file_name in self.sound:  # reading them loads what readers load late, such as codecs
            self.target.read(self.folder / file_name)
        self._files = sorted(path.name for path in self.folder.iterdir())

    def read(self, file_name: str, content: bytes, label: str) -> None:
        from vitreous._core import InputError

        from .guard import BYTES, SECONDS, TooSlow, peak_bytes

        path = self.folder / file_name
        path.write_bytes(content)
        before, start = peak_bytes(), time.perf_counter()
        self.count += 1
        try:
            # What hangs in compiled code hears no signal: then this process ends, and says where.
            faulthandler.dump_traceback_later(4 * SECONDS, exit=True)
            with self.guard.watch():
                self.target.read(path)
        except InputError as error:
            self.refused += 1
            if str(self.folder) not in error.message:
                self._fail(label, f"the error does not name the file: {error.message}")
        except TooSlow:
            self._fail(label, "takes longer than five seconds")
        except Exception as error:
            self._fail(label, "".join(traceback.format_exception(error)[-3:]))
        self.slowest = max(self.slowest, time.perf_counter() - start)
        if peak_bytes() - before > BYTES:
            self._fail(label, f"took {(peak_bytes() - before) / 2**30:.1f} GiB")
        if self.guard.trespasses:
            self._fail(label, "; ".join(self.guard.trespasses))
            self.guard.trespasses.clear()
        if (left := sorted(path.name for path in self.folder.iterdir())) != self._files:
            self._fail(label, f"left {set(left) - set(self._files)} behind")
            self._files = left

    def result(self) -> dict[str, Any]:
        return {
            "copies": self.count,
            "refused": self.refused,
            "slowest": round(self.slowest, 3),
            "failures": self.failures[:3],
            "failed": len(self.failures),
        }

    def _fail(self, label: str, what: str) -> None:
        if len(self.failures) < 3:
            broken = self.folder.with_name(f"{self.folder.name}-{len(self.failures)}.broken")
            broken.write_bytes((self.folder / label.split(",")[0]).read_bytes())
        self.failures.append(f"{label}: {what}")


def _guided(options: argparse.Namespace) -> None:
    """Let Atheris choose the copies of one target; it ends the process, so the result is printed by the last copy."""
    import atheris

    with atheris.instrument_imports(include=["vitreous.io", "vitreous.datasets", "mrcfile", "tifffile"]):
        import vitreous.datasets
        import vitreous.io  # noqa: F401
    from .guard import Guard

    (name,) = options.targets
    session = _Session(name, options.folder, Guard(options.folder))
    corpus = options.folder / f"{name}-corpus"
    corpus.mkdir()
    names = sorted(session.sound)
    for number, file_name in enumerate(names):
        (corpus / file_name).write_bytes(bytes([number]) + session.sound[file_name])

    def one(data: bytes) -> None:
        file_name = names[data[0] % len(names)] if data else names[0]
        session.read(file_name, data[1:], f"{file_name}, copy {session.count}")
        if session.count >= options.runs:
            print(json.dumps({name: session.result()}), flush=True)
            sys.stdout.flush()
            import os

            os._exit(0)

    largest = 2 * max(map(len, session.sound.values())) + 4096
    arguments = [sys.argv[0], f"-seed={options.seed + 1}", f"-max_len={largest}", "-rss_limit_mb=0", str(corpus)]
    atheris.Setup(arguments, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
