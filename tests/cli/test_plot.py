import numpy as np
import pytest

from vitreous.io import write_mrc
from vitreous.plots import PlotKind


def test_a_sheet_and_what_is_left_out(run, particles_file, tmp_path):
    outcome = run("plot", particles_file(), "-o", tmp_path / "a.svg")
    assert outcome.status == 0 and outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'a.svg'}: defocus, astigmatism, ") and "images" in lines[0]
    assert any(line.startswith("left out: classes (") for line in lines[1:])
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def test_kinds_and_columns(run, particles_file, tmp_path):
    path = particles_file()
    kinds = run("plot", path, "-o", tmp_path / "a.svg", "--kind", "half-sets", "--kind", "orientations")
    assert kinds.out == f"{tmp_path / 'a.svg'}: half-sets, orientations\n"
    columns = run(
        "plot", path, "-o", tmp_path / "b.svg", "--x", "rlnAngleRot", "--y", "rlnAngleTilt", "--color", "rlnImageName"
    )
    assert columns.out == f"{tmp_path / 'b.svg'}: columns\n"
    some = run("plot", path, "-o", tmp_path / "c.svg", "--kind", "half-sets", "--where", "rlnRandomSubset == 1")
    assert some.status == 0 and "half-set 2" not in (tmp_path / "c.svg").read_text()


def test_a_page(run, particles_file, tmp_path):
    outcome = run("plot", particles_file(), "-o", tmp_path / "a.html", "--kind", "defocus")
    assert outcome.status == 0 and '<div class="interactive"' in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_apix(run, tmp_path):
    write_mrc(tmp_path / "a.mrc", np.random.default_rng(0).normal(size=(8, 8, 8)), pixel_size=1.5)
    assert run("plot", tmp_path / "a.mrc", "-o", tmp_path / "a.svg", "--apix", 3, "--kind", "slices").status == 0
    assert "3 Å per voxel" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_help_names_all_kinds(run):
    words = run("plot", "--help").out.replace("│", " ").split()
    assert {kind.value for kind in PlotKind} <= {word.strip(",;") for word in words}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "a.svg", "--x", "rlnDefocus"), "similar names: rlnDefocus"),
        (("-o", "a.svg", "--kind", "slices"), "has no slices to draw"),
        (("-o", "a.gif"), "ending names no kind of picture"),
        (("-o", "a.svg", "--y", "rlnDefocusU"), "--x rlnDefocusU"),
        (("-o", "none/a.svg", "--kind", "defocus"), "folder does not exist"),
        (("-o", "a.svg", "--where", "rlnDefocusU >"), "rlnDefocusU >"),
    ],
)
def test_wrong_commands(refused_without_trace, particles_file, tmp_path, monkeypatch, arguments, message):
    path = particles_file()
    monkeypatch.chdir(tmp_path)
    assert message in refused_without_trace("plot", path, *arguments)


def test_an_existing_picture(run, refused, particles_file, tmp_path):
    command = ("plot", particles_file(), "-o", tmp_path / "a.svg", "--kind", "defocus")
    assert run(*command).status == 0
    assert "--overwrite" in refused(*command)
    assert run(*command, "--overwrite").status == 0
