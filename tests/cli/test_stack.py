"""`vitreous stack`: each verb on a dozen particles."""

import numpy as np
import pytest

from tests.stacks.conftest import N, noise, write_list
from vitreous.datasets import ParticleDataset
from vitreous.io import Table, write_star


@pytest.fixture
def star(tmp_path):
    return write_list(tmp_path / "particles.star", noise())


def ok(outcome):
    assert outcome.status == 0, outcome
    return outcome.out


def test_images_are_made_anew(run, star, tmp_path):
    out = tmp_path / "out.star"
    for verb, options, shape in (
        ("bin", ("--factor", 2), (8, 8)),
        ("bin", ("--to-pixel-size", 4), (8, 8)),
        ("crop", ("--box", 12), (12, 12)),
        ("crop", ("--box", "12,16"), (12, 16)),
        ("pad", ("--box", 20, "--value", 0), (20, 20)),
        ("normalise", ("--radius", 12, "--no-ramp"), (16, 16)),
        ("invert", (), (16, 16)),
    ):
        shown = ok(run("stack", verb, star, "-o", out, *options, "--overwrite"))
        assert shown.splitlines()[0] == f"{out}, {out.with_suffix('.mrcs')}: {N} particles"
        made = ParticleDataset.load(out)
        assert made.images().shape == (N, *shape)


def test_created_appended_and_merged(run, star, tmp_path):
    made, merged = tmp_path / "made.star", tmp_path / "merged.h5"
    ok(run("stack", "create", star.with_suffix(".mrcs"), "-o", made, "--metadata", star))
    ok(run("stack", "append", made, star))
    assert len(ParticleDataset.load(made)) == 2 * N
    shown = ok(run("stack", "merge", made, star, "-o", merged))
    assert f"{merged}: {3 * N} particles" in shown and f"{N} of {star}" in shown
    np.testing.assert_array_equal(ParticleDataset.load(merged).images(), np.tile(noise(), (3, 1, 1)))


def test_renumbered_optics_groups_are_said_on_stderr(run, star, tmp_path):
    other = write_list(tmp_path / "other.star", noise(4, seed=1), voltage=100.0)
    outcome = run("stack", "merge", star, other, "-o", tmp_path / "all.star")
    assert outcome.status == 0 and "optics group 1 became 3" in outcome.err


def test_chosen_and_divided(run, star, tmp_path):
    out = tmp_path / "out.star"
    shown = ok(run("stack", "subset", star, "-o", out, "--where", "rlnDefocusU < 12000 and rlnClassNumber != 2"))
    assert shown == f"{out}: 3 particles\n"
    ok(run("stack", "subset", star, "-o", out, "--indices", "0,5:8", "--copy-images", "--overwrite"))
    np.testing.assert_array_equal(ParticleDataset.load(out).images(), noise()[[0, 5, 6, 7]])
    ok(run("stack", "subset", star, "-o", out, "--random", 5, "--seed", 2, "--overwrite"))
    assert len(ParticleDataset.load(out)) == 5
    write_star(tmp_path / "backup_selection.star", {"": Table({"rlnSelected": ["0", "1", "1"]})})
    selection = tmp_path / "backup_selection.star"
    assert ": 8 particles" in ok(run("stack", "select", star, "-o", tmp_path / "s.star", "--selection", selection))
    assert ": 4 particles" in ok(run("stack", "select", star, "-o", tmp_path / "t.star", "--classes", "2"))
    shown = ok(run("stack", "split", star, "-o", tmp_path / "g.star", "--by", "micrograph"))
    assert [line.rpartition("/")[2] for line in shown.splitlines()[::2]] == [
        "g_micrograph1.star: 6 particles",
        "g_micrograph2.star: 6 particles",
    ]


def test_cleaned(run, tmp_path):
    images = noise(30)
    images[4:27] = 1.0
    star = write_list(tmp_path / "flat.star", images)
    shown = ok(run("stack", "clean", star, "-o", tmp_path / "good.star", "--removed", tmp_path / "bad.csv"))
    lines = shown.splitlines()
    assert lines[1:3] == ["23 of 30 left out", "row 4: its image is constant (1)"]
    assert len(lines) == 23 and lines[-1] == "… and 3 more: --removed FILE.csv lists all."
    assert len((tmp_path / "bad.csv").read_text().splitlines()) == 24


def test_montage(run, star, tmp_path):
    ok(run("stack", "montage", star, "-o", tmp_path / "m.svg", "--count", 4, "--no-label"))
    assert (tmp_path / "m.svg").read_text().count("<image") == 4


def test_progress_and_results_go_apart(run, star, tmp_path):
    outcome = run("stack", "invert", star, "-o", tmp_path / "out.star")
    assert "Images: 1 of 1" in outcome.err and "Images" not in outcome.out


def test_wrong_commands_are_refused_without_a_trace(refused_without_trace, star, tmp_path):
    out = tmp_path / "out.star"
    for arguments, message in (
        (("subset", star, "-o", out), "A subset of all particles"),
        (("subset", star, "-o", out, "--where", "rlnDefocusU <"), "rlnDefocusU <"),
        (("subset", star, "-o", out, "--where", "rlnDefocusU < 0"), "none of its 12 particles is left"),
        (("subset", star, "-o", out, "--indices", "0,x"), "--indices '0,x' is no list of whole numbers"),
        (("subset", star, "-o", out, "--indices", "0:999999999999"), "is no list of whole numbers"),
        (("subset", star, "-o", out, "--indices", "5:5"), "--indices 5:5 is no range"),
        (("subset", star, "-o", star, "--random", 2, "--overwrite"), "is read by this job"),
        (("subset", tmp_path / "absent.star", "-o", out, "--random", 2), "absent.star"),
        (("select", star, "-o", out), "one of a selection, classes or rows"),
        (("select", star, "-o", out, "--classes", "9"), "no particle is of class 9"),
        (("select", star, "-o", out, "--rows", star), "is no row"),
        (("split", star, "-o", out, "--parts", 99), "cannot be split into 99 parts"),
        (("split", star, "-o", out), "in parts or by groups"),
        (("bin", star, "-o", out), "nothing does not say"),
        (("bin", star, "-o", out, "--factor", 0.5), "cannot be binned"),
        (("crop", star, "-o", out, "--box", 20), "cannot be cropped to 20 × 20"),
        (("crop", star, "-o", out, "--box", "1,2,3"), "is not one or two numbers"),
        (("pad", star, "-o", out, "--box", 10), "cannot be padded to 10 × 10"),
        (("normalise", star, "-o", out, "--radius", 1000), "as background"),
        (("merge", star, "-o", out), "are not merged"),
        (("append", star, star), "appended to itself"),
        (("create", star, "-o", out), "particles.star"),
        (("invert", star, "-o", tmp_path / "out.png"), "of no format of particles"),
        (("clean", star, "-o", out, "--deviations", 0), "would leave nothing"),
        (("montage", star, "-o", out), "is no picture"),
    ):
        assert message in refused_without_trace("stack", *arguments)


def test_a_missing_stack_is_named_by_every_verb_that_reads_images(refused_without_trace, star, tmp_path):
    star.with_suffix(".mrcs").unlink()
    out = tmp_path / "out.star"
    for verb, *options in (
        ("bin", "--factor", 2), ("crop", "--box", 8), ("pad", "--box", 20), ("normalise",), ("invert",),
        ("subset", "--random", 3, "--copy-images"), ("split", "--parts", 2, "--copy-images"),
        ("merge", star, "--copy-images"),
    ):  # fmt: skip
        assert "particles.mrcs, which does not exist" in refused_without_trace("stack", verb, star, "-o", out, *options)


def test_lists_alone_need_no_stack(run, star, tmp_path):
    star.with_suffix(".mrcs").unlink()
    assert ": 2 particles" in ok(run("stack", "subset", star, "-o", tmp_path / "s.star", "--random", 2))
