"""`vitreous demo`, from the outside; what it proves is tested with the workflow."""

import csv
import json

import pytest

from tests.cli.conftest import BOX, N

FILES = ["fsc.csv", "half1.mrc", "half2.mrc", "map.mrc", "particles.mrcs", "particles.star", "report.html", "run.json"]
FILES = sorted([*FILES, "truth.star", "volume.mrc", "c1"])


def test_a_small_demo(run, refused_without_trace, tmp_path):
    folder = tmp_path / "demo-run"
    command = ("demo", "-o", folder, "--n", N, "--box", BOX, "--pixel-size", 8)
    outcome = run(*command)
    assert outcome.status == 0
    resolution, report = outcome.out.splitlines()[-2:]
    assert resolution.startswith("Resolution reached: ") and "with symmetry O" in resolution
    assert report == f"Report: {folder}/report.html"
    for step in ("Projecting", "Adding noise", "Inserting half-set 1", "Inserting half-set 2"):
        assert f"{step}: " in outcome.err
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert sorted(path.name for path in (folder / "c1").iterdir()) == ["fsc.csv", "half1.mrc", "half2.mrc", "map.mrc"]
    with (folder / "fsc.csv").open() as stream:
        assert next(csv.reader(stream)) == ["shell", "resolution_a", "fsc_halves", "fsc_truth"]
    record = json.loads((folder / "run.json").read_text())
    assert record["state"] == "complete" and record["options"]["n"] == N
    assert "--overwrite" in refused_without_trace(*command)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--n", 1), "--n 1"),
        (("--box", 0), "--box 0"),
        (("--pixel-size", -1), "--pixel-size -1"),
        (("--snr", 0), "--snr 0"),
        (("--seed", -1), "--seed -1"),
        (("--seed", 2**32), "--seed 4294967296"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_options_that_cannot_be(refused_without_trace, tmp_path, options, hint):
    assert hint in refused_without_trace("demo", "-o", tmp_path / "run", *options)


def test_a_box_that_the_specimen_does_not_fit_in(refused_without_trace, tmp_path):
    error = refused_without_trace("demo", "-o", tmp_path / "run", "--box", 32)
    assert "embedded specimen: atoms lie up to" in error and "Use --box" in error
