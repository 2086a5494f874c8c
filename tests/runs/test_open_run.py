"""A run folder is whole, or clearly unfinished, or not there."""

import errno
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.runs import RunState, open_run, read_run


def job(folder: Path, *, verb: str = "test", overwrite: bool = False, inputs: tuple = (), **options):
    return open_run(folder, verb=verb, options=options, inputs=inputs, overwrite=overwrite)


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_run_that_ends_well_is_complete(tmp_path):
    source = tmp_path / "in.txt"
    source.write_bytes(b"abc")
    with job(tmp_path / "deep" / "run", inputs=(source,), seed=3, box=(8, 8)) as run:
        assert not run.resumed
        run.partial("map.mrc").write_text("map")
        run.partial("figures/fsc.png").write_text("png")
        run.partial(".scratch").write_text("gone at the end")
        run.results["resolution_a"] = np.float32(3.5)
        run.results["curve"] = np.array([1.0, np.nan])
        assert contents(tmp_path / "deep" / "run") == [".partial/" + n for n in
            (".lock", ".scratch", "figures/fsc.png", "map.mrc")] + ["run.json"]  # fmt: skip
        assert read_run(run.folder).state is RunState.RUNNING
    assert contents(run.folder) == ["figures/fsc.png", "map.mrc", "run.json"]
    assert not (run.folder / ".partial").exists()
    assert run.output("map.mrc").read_text() == "map"
    record = read_run(run.folder)
    assert record.state is RunState.COMPLETE
    assert record.seed == 3 and record.options == {"seed": 3, "box": [8, 8]}
    assert record.results == {"resolution_a": 3.5, "curve": [1.0, None]}
    assert record.outputs == ["figures/fsc.png", "map.mrc"]
    assert record.inputs[0]["bytes"] == 3
    # SHA-256 of "abc", the test vector of FIPS 180-2.
    assert record.inputs[0]["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert record.versions["jax"] and record.versions["vitreous"]
    assert record.times["started"] <= record.times["finished"] and record.times["sessions"] == 1
    assert json.loads((run.folder / "run.json").read_text())["schema"] == "vitreous-run/1"


def test_an_interrupted_run_resumes(tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt), job(folder, n=10) as run:
        run.partial("stack").write_text("half")
        run.save_checkpoint(images=5)
        raise KeyboardInterrupt
    assert read_run(folder).state is RunState.INTERRUPTED
    assert read_run(folder).times["finished"] is None
    assert not run.output("stack").exists()
    with job(folder, n=10) as run:
        assert run.resumed
        assert run.checkpoint == {"images": 5}
        assert run.partial("stack").read_text() == "half"
    assert contents(folder) == ["run.json", "stack"]
    assert read_run(folder).state is RunState.COMPLETE
    assert read_run(folder).times["sessions"] == 2


def test_a_run_that_fails_says_so_and_keeps_its_files(tmp_path):
    with pytest.raises(ZeroDivisionError), job(tmp_path / "run") as run:
        run.partial("stack").write_text("half")
        1 / 0  # noqa: B018
    record = read_run(tmp_path / "run")
    assert record.state is RunState.FAILED
    assert record.error == "ZeroDivisionError: division by zero"
    with job(tmp_path / "run") as run:
        assert run.resumed and run.partial("stack").exists()
    assert read_run(tmp_path / "run").error is None


def test_wrong_input_inside_a_new_run_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="truncated"), job(tmp_path / "a" / "run") as run:
        run.partial("figures/stack").write_text("half")
        raise InputError("stack.mrcs is truncated")
    assert list(tmp_path.iterdir()) == []


def test_wrong_input_in_a_folder_of_a_run_is_a_failure(tmp_path):
    with job(tmp_path) as run:
        run.partial("map").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError), job(tmp_path, overwrite=True):
        raise InputError("no")
    assert read_run(tmp_path).state is RunState.FAILED
    assert contents(tmp_path) == ["notes.txt", "run.json"]


def test_a_complete_run_is_kept_unless_told(tmp_path):
    with job(tmp_path, n=1) as run:
        run.partial("map.mrc").write_text("old")
        run.partial("figures/a.png").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(InputError, match="--overwrite"), job(tmp_path, n=1):
        pass
    assert contents(tmp_path) == before and not (tmp_path / ".partial").exists()
    with job(tmp_path, n=2, overwrite=True) as run:
        assert not run.resumed
        assert contents(tmp_path) == [".partial/.lock", "notes.txt", "run.json"]
        run.partial("other.mrc").write_text("new")
    assert contents(tmp_path) == ["notes.txt", "other.mrc", "run.json"]
    assert not (tmp_path / "figures").exists()


def test_overwrite_starts_an_unfinished_run_anew(tmp_path):
    with pytest.raises(KeyboardInterrupt), job(tmp_path) as run:
        run.partial("stack").write_text("half")
        run.save_checkpoint(images=5)
        raise KeyboardInterrupt
    with job(tmp_path, overwrite=True) as run:
        assert not run.resumed and run.checkpoint == {} and not run.partial("stack").exists()


def test_overwrite_never_follows_a_record_out_of_the_folder(tmp_path):
    with job(tmp_path / "run") as run:
        run.partial("map").write_text("map")
    (tmp_path / "outside").write_text("mine")
    (tmp_path / "run" / "link").symlink_to(tmp_path)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    record["outputs"] += ["../outside", str(tmp_path / "outside"), "link/outside"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(record))
    with job(tmp_path / "run", overwrite=True):
        pass
    assert (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [({"n": 2}, "n was 1, not 2"), ({"verb": "other"}, "that was `test`"), ({"box": 3}, "box was None")],
)
def test_an_unfinished_run_of_another_kind_is_refused(tmp_path, change, why):
    with pytest.raises(KeyboardInterrupt), job(tmp_path, n=1):
        raise KeyboardInterrupt
    with pytest.raises(InputError, match=why) as caught, job(tmp_path, **({"n": 1} | change)):
        pass
    assert "--overwrite" in str(caught.value)


def test_inputs_that_changed_are_noticed(tmp_path):
    source = tmp_path / "in"
    source.write_text("one")
    with pytest.raises(KeyboardInterrupt), job(tmp_path / "run", inputs=(source,)):
        raise KeyboardInterrupt
    source.write_text("two")
    with pytest.raises(InputError, match="input files have changed"), job(tmp_path / "run", inputs=(source,)):
        pass


def test_another_version_does_not_resume(tmp_path):
    with pytest.raises(KeyboardInterrupt), job(tmp_path):
        raise KeyboardInterrupt
    record = json.loads((tmp_path / "run.json").read_text())
    record["versions"]["vitreous"] = "0.0.0"
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"vitreous 0\.0\.0 made it"), job(tmp_path):
        pass


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["thesis.txt", ".partial/thesis.txt", "run.json"])
def test_foreign_folders_are_left_alone(tmp_path, name, overwrite):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"schema": "someone else"}')
    before = contents(tmp_path)
    with pytest.raises(InputError, match=str(tmp_path)), job(tmp_path, overwrite=overwrite):
        pass
    assert contents(tmp_path) == before


def test_a_stranger_in_the_way_of_an_output_is_kept(tmp_path):
    with pytest.raises(InputError, match="in the way"), job(tmp_path) as run:
        run.partial("map").write_text("ours")
        run.output("map").write_text("stranger")
    assert run.output("map").read_text() == "stranger"
    run.output("map").rename(tmp_path / "moved")
    with job(tmp_path) as run:
        assert run.resumed
    assert run.output("map").read_text() == "ours"


def test_the_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run", Path("/proc/vitreous-run"), Path("/dev/null/run")):
        with pytest.raises(InputError, match=str(folder)), job(folder):
            pass
    assert contents(tmp_path) == ["file"]


def test_an_input_that_cannot_be_read_leaves_nothing(tmp_path):
    for source in (tmp_path / "absent.mrc", tmp_path):
        with pytest.raises(InputError, match=str(source)), job(tmp_path / "run", inputs=(source,)):
            pass
    assert list(tmp_path.iterdir()) == []


def test_one_process_at_a_time(tmp_path):
    with job(tmp_path) as run:
        with pytest.raises(InputError, match="another process"), job(tmp_path):
            pass
        with pytest.raises(InputError, match="another process"), job(tmp_path, overwrite=True):
            pass
        run.partial("map").write_text("unharmed")
    assert contents(tmp_path) == ["map", "run.json"]


def test_names_stay_inside_the_folder(tmp_path):
    with job(tmp_path) as run:
        for name in ("../x", "/x", "", "a/../../x", "run.json", ".checkpoint.json"):
            with pytest.raises(ValueError, match="output"):
                run.partial(name)
            with pytest.raises(ValueError, match="output"):
                run.output(name)


KILLED = """
import sys, time
from vitreous.runs import open_run
with open_run(sys.argv[1], verb="test", options={}) as run:
    run.partial("stack").write_text("half")
    run.save_checkpoint(images=5)
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_killed_run_looks_unfinished_and_resumes(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    with pytest.raises(InputError, match="another process"), job(tmp_path):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert read_run(tmp_path).state is RunState.RUNNING
    assert sorted(path.name for path in tmp_path.iterdir()) == [".partial", "run.json"]
    with job(tmp_path) as run:
        assert run.resumed and run.checkpoint == {"images": 5}
    assert contents(tmp_path) == ["run.json", "stack"]


def test_a_run_killed_between_the_moves_takes_its_outputs_back(tmp_path, monkeypatch):
    import vitreous.runs._open as module

    moved = []

    def killed_at_the_second(source, target):
        if moved:
            raise SystemExit  # as near as one process comes to being killed: nothing is written after it
        moved.append(target)
        Path(source).rename(target)

    with monkeypatch.context() as patch, pytest.raises(SystemExit), job(tmp_path) as run:
        run.partial("a").write_text("a")
        run.partial("b").write_text("b")
        patch.setattr(module.os, "replace", lambda *paths: (
            killed_at_the_second(*paths) if Path(paths[0]).name in "ab" else Path(paths[0]).rename(paths[1])
        ))  # fmt: skip
    assert read_run(tmp_path).state is RunState.RUNNING
    assert run.output("a").exists() and not run.output("b").exists()
    with job(tmp_path) as run:
        assert run.resumed
        assert run.partial("a").exists() and run.partial("b").exists() and not run.output("a").exists()
    assert contents(tmp_path) == ["a", "b", "run.json"]


def test_reading_what_is_no_run(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        read_run(tmp_path)
    for text in ("", "[]", "{", '{"schema": "vitreous-run/1"}', '{"schema": "vitreous-run/1", "state": "asleep"}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(InputError, match=r"run\.json"):
            read_run(tmp_path)
    (tmp_path / "run.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"run\.json"):
        read_run(tmp_path)


def test_what_cannot_be_recorded_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(TypeError, match=r"cannot be recorded"), job(tmp_path / "run", thing=object()):
        pass
    assert not (tmp_path / "run").exists()


def test_a_full_disk_names_the_folder(tmp_path):
    with pytest.raises(OSError) as caught, open_run(tmp_path / "job", verb="v", options={}):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "job")
    assert read_run(tmp_path / "job").state is RunState.FAILED
