"""Subsets, selections and splits."""

import numpy as np
import pytest

from tests.stacks.conftest import N, noise
from vitreous._core import InputError
from vitreous.datasets import GroupBy, ParticleDataset
from vitreous.io import Table, write_star
from vitreous.stacks import (
    SelectOptions,
    SplitOptions,
    SubsetOptions,
    in_classes,
    read_rows,
    read_selected_classes,
    select_stack,
    split_stack,
    subset_rows,
    subset_stack,
)


def test_where_a_condition_holds(particles, tmp_path):
    report = subset_stack(particles, tmp_path / "near.star", SubsetOptions(where="rlnDefocusU < 11500"))
    subset = ParticleDataset.load(tmp_path / "near.star")
    assert report.particles == len(subset) == 3 and report.files == (tmp_path / "near.star",)
    np.testing.assert_array_equal(subset.images(), noise()[:3])
    assert subset.names == particles.names


def test_conditions_together(particles):
    options = SubsetOptions(where="rlnClassNumber == 2", indices=[10, 7, 3, 4, 1], random=2, seed=3)
    rows = subset_rows(particles, options)
    assert len(rows) == 2 and set(rows) < {10, 7, 4, 1}
    assert rows.tolist() == subset_rows(particles, options).tolist()
    assert subset_rows(particles, SubsetOptions(indices=[5, 2, 5])).tolist() == [5, 2, 5]


def test_images_are_copied_where_asked(particles, tmp_path):
    subset_stack(particles, tmp_path / "s.star", SubsetOptions(indices=[9, 0]), copy_images=True)
    subset = ParticleDataset.load(tmp_path / "s.star")
    assert subset.image_files == (tmp_path / "s.mrcs",)
    np.testing.assert_array_equal(subset.images(), noise()[[9, 0]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": "rlnDefocusU > 1e6"}, "none of its 12 particles is left"),
        ({"where": "rlnDefocusX > 1"}, "rlnDefocusX"),
        ({"indices": [3, 12]}, "has no row 12"),
        ({"indices": [-1]}, "has no row -1"),
        ({"random": 13}, "13 of 12 particles cannot be drawn"),
    ],
)
def test_subsets_that_cannot_be(particles, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        subset_stack(particles, tmp_path / "s.star", SubsetOptions(**options))
    assert not (tmp_path / "s.star").exists()


def test_options_that_say_nothing():
    for kind, options in (
        (SubsetOptions, {}),
        (SubsetOptions, {"random": 0}),
        (SubsetOptions, {"random": 2, "seed": -1}),
        (SelectOptions, {}),
        (SelectOptions, {"classes": ()}),
        (SelectOptions, {"classes": (1,), "rows": "rows.txt"}),
        (SplitOptions, {}),
        (SplitOptions, {"parts": 1}),
        (SplitOptions, {"parts": 2, "by": GroupBy.CLASS}),
        (SplitOptions, {"by": GroupBy.CLASS, "shuffle": True}),
    ):
        with pytest.raises(InputError):
            kind(**options)


def test_classes_that_relion_has_selected(particles, tmp_path):
    write_star(tmp_path / "backup_selection.star", {"": Table({"rlnSelected": ["1", "0", "1"]})})
    assert read_selected_classes(tmp_path / "backup_selection.star") == (1, 3)
    options = SelectOptions(selection=tmp_path / "backup_selection.star")
    select_stack(particles, tmp_path / "good.star", options)
    good = ParticleDataset.load(tmp_path / "good.star")
    assert good.metadata.class_numbers.tolist() == [1, 3] * 4
    select_stack(particles, tmp_path / "bad.star", SelectOptions(classes=(1, 3), exclude=True))
    assert set(ParticleDataset.load(tmp_path / "bad.star").metadata.class_numbers) == {2}
    with pytest.raises(InputError, match="no particle is of class 4"):
        in_classes(particles, [1, 4])


def test_rows_of_a_file(particles, tmp_path):
    rows = tmp_path / "rows.txt"
    rows.write_text("4, 2\n11\n")
    select_stack(particles, tmp_path / "s.star", SelectOptions(rows=rows))
    assert ParticleDataset.load(tmp_path / "s.star").column("rlnComment").tolist() == ["number4", "number2", "number11"]
    for content, message in (
        (b"1 two", "'two', which is no row"),
        (b"-1", "'-1', which is no row"),
        (b"", "holds no rows"),
        (b"\xff\xfe\x00", "cannot be read as text"),
        (b"9" * 5000, "which is no row"),
        ("٣".encode(), "which is no row"),
    ):
        rows.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_rows(rows)
    rows.write_text("12")
    with pytest.raises(InputError, match="has no row 12"):
        select_stack(particles, tmp_path / "t.star", SelectOptions(rows=rows))
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path / "absent.txt")


def test_selections_that_are_none(particles, tmp_path):
    write_star(tmp_path / "none.star", {"": Table({"rlnSelected": ["0", "0"]})})
    with pytest.raises(InputError, match="selects no class"):
        read_selected_classes(tmp_path / "none.star")
    with pytest.raises(InputError, match="0 tables with rlnSelected"):
        read_selected_classes(particles.source)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (GroupBy.OPTICS_GROUP, ["optics-group2", "optics-group1"]),
        (GroupBy.CLASS, ["class1", "class2", "class3"]),
        (GroupBy.HALF_SET, ["half-set1", "half-set2"]),
        (GroupBy.MICROGRAPH, ["micrograph1", "micrograph2"]),
    ],
)
def test_split_into_groups(particles, tmp_path, by, names):
    reports = split_stack(particles, tmp_path / "out.star", SplitOptions(by=by))
    assert [report.files for report in reports] == [(tmp_path / f"out_{name}.star",) for name in names]
    parts = [ParticleDataset.load(report.files[0]) for report in reports]
    assert sorted(c for part in parts for c in part.column("rlnComment")) == sorted(particles.column("rlnComment"))
    for part in parts:
        assert len(part.groups(by)) == 1
        rows = [int(comment.removeprefix("number")) for comment in part.column("rlnComment")]
        np.testing.assert_array_equal(part.images(), noise()[rows])
    if by is GroupBy.MICROGRAPH:
        assert [report.notes for report in reports] == [("mics/a.mrc",), ("mics/b.mrc",)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_split_into_parts(particles, tmp_path, shuffle):
    reports = split_stack(particles, tmp_path / "out.star", SplitOptions(parts=5, shuffle=shuffle))
    rows = [ParticleDataset.load(report.files[0]).column("rlnComment").tolist() for report in reports]
    assert [len(part) for part in rows] == [3, 3, 2, 2, 2]
    flat = [int(comment.removeprefix("number")) for part in rows for comment in part]
    assert sorted(flat) == list(range(N)) and (flat == list(range(N))) is not shuffle


def test_split_with_images_is_all_or_nothing(particles, tmp_path):
    (tmp_path / "out_part2.mrcs").write_bytes(b"precious")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(InputError, match=r"out_part2\.mrcs: exists already"):
        split_stack(particles, tmp_path / "out.star", SplitOptions(parts=2), copy_images=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    split_stack(particles, tmp_path / "out.star", SplitOptions(parts=2), copy_images=True, overwrite=True)
    np.testing.assert_array_equal(ParticleDataset.load(tmp_path / "out_part2.star").images(), noise()[6:])


def test_more_parts_than_particles(particles, tmp_path):
    with pytest.raises(InputError, match="cannot be split into 13 parts"):
        split_stack(particles, tmp_path / "out.star", SplitOptions(parts=13))
