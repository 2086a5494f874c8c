"""RELION's tables: written from metadata, joined, and in both layouts."""

import warnings
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import GroupBy, ParticleDataset, RelionTable, RelionVersion, as_relion_version
from vitreous.datasets._relion_write import relion_table
from vitreous.io import Table, read_star, write_mrc, write_star
from vitreous.optics import Contrast

OPTICS = {
    "rlnOpticsGroupName": ["grid1", "grid2"],
    "rlnOpticsGroup": ["2", "5"],
    "rlnVoltage": ["300.000000", "200.0"],
    "rlnSphericalAberration": ["2.7", "2.7"],
    "rlnAmplitudeContrast": ["0.1", "0.07"],
    "rlnImagePixelSize": ["1.5", "2.0"],
    "rlnImageSize": ["4", "4"],
    "rlnOddZernike": ["[0.1,0.2,0.3]", "[0.0,0.0,0.5]"],
    "rlnEvenZernike": ["[0.0,1.5]", "[2.0,0.0]"],
    "rlnBeamTiltX": ["0.25", "0.0"],
    "rlnBeamTiltY": ["-0.5", "0.125"],
    "rlnMagMat00": ["1.01", "1.0"],
    "rlnMagMat01": ["0.002", "0.0"],
    "rlnMagMat10": ["0.003", "0.0"],
    "rlnMagMat11": ["0.99", "1.0"],
}
PARTICLES = {
    "rlnImageName": ["1@a.mrcs", "000002@a.mrcs", "1@b.mrcs", "2@b.mrcs"],
    "rlnMicrographName": ["m1.mrc", "m2.mrc", "m1.mrc", "m1.mrc"],
    "rlnCoordinateX": ["10", "20", "30.5", "40"],
    "rlnCoordinateY": ["11", "21", "31.5", "41"],
    "rlnOpticsGroup": ["5", "2", "5", "5"],
    "rlnAngleRot": ["10.25", "-20", "30", "170"],
    "rlnAngleTilt": ["0", "90", "180", "45.5"],
    "rlnAnglePsi": ["-170", "0", "5", "1e1"],
    "rlnOriginXAngst": ["1.5", "-3", "0", "2.25"],
    "rlnOriginYAngst": ["0.75", "0", "-6", "1"],
    "rlnDefocusU": ["15000", "16000.5", "17000", "18000"],
    "rlnDefocusV": ["14000", "15000.5", "16000", "18000"],
    "rlnDefocusAngle": ["30", "-60", "0", "45"],
    "rlnPhaseShift": ["0", "90", "0", "0"],
    "rlnClassNumber": ["1", "2", "2", "1"],
    "rlnRandomSubset": ["1", "2", "1", "2"],
    "labNote": ["ü x", "plain", "", "1.50"],
}
FIELDS = ("pixel_sizes", "box_sizes", "optics_groups", "euler_angles_deg", "offsets", "ctf_scales", "half_sets")
MORE = ("coordinates", "class_numbers", "stack_of", "index_in_stack", "micrograph_of")
OPTICAL = ("even_zernike", "odd_zernike", "beam_tilt_mrad", "magnification")


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        write_mrc(tmp_path / f"{name}.mrcs", np.ones((2, 4, 4)), pixel_size=1.5, image_stack=True)
    return tmp_path


def table(**replaced):
    return RelionTable(source=Path("a.star"), particles=Table({**PARTICLES, **replaced}), optics=Table(OPTICS))


def load(path, *, optics=OPTICS, **columns):
    write_star(path, {"optics": Table(optics), "particles": Table({**PARTICLES, **columns})})
    return ParticleDataset.load(path)


def same_matrices(a, b):
    """Rotations agree, whatever angles name them: 180° and −180°, and poses at the poles."""
    from vitreous.poses import EulerAnglePose

    matrices = jax.vmap(lambda angles: EulerAnglePose(*angles).rotation_matrix)
    return np.allclose(matrices(a), matrices(b), atol=1e-6)  # single precision, where tests run in it


def assert_same(a, b, *, exact=True):
    for name in (*FIELDS, *MORE, *OPTICAL):
        one, other = getattr(a, name), getattr(b, name)
        if name == "euler_angles_deg":
            assert same_matrices(one, other)
        elif exact:
            np.testing.assert_array_equal(one, other, err_msg=name)
        else:  # origins go from Å to pixels and back
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12, err_msg=name)
    for name in a.ctf_parameters:
        np.testing.assert_array_equal(a.ctf_parameters[name], b.ctf_parameters[name], err_msg=name)


def test_metadata_become_tables_that_say_the_same(folder):
    metadata = load(folder / "a.star").metadata
    written = relion_table(metadata, source=folder / "b.star")
    assert written.optics["rlnOpticsGroup"].tolist() == [2, 5]
    assert written.optics["rlnOpticsGroupName"].tolist() == ["grid1", "grid2"]
    written.write(folder / "b.star")
    again = ParticleDataset.load(folder / "b.star").metadata
    assert again.stacks == metadata.stacks and again.micrographs == metadata.micrographs
    assert again.optics_group_names == {2: "grid1", 5: "grid2"}
    assert_same(metadata, again)


def test_a_group_whose_particles_differ_is_divided_and_said(folder):
    metadata = load(folder / "a.star").metadata
    kv = metadata.ctf_parameters["voltage_kv"].copy()
    kv[3] = 100.0
    differing = replace(metadata, ctf_parameters={**metadata.ctf_parameters, "voltage_kv": kv})
    with pytest.warns(UserWarning, match="of optics groups, 5 became 6"):
        written = relion_table(differing, source=folder / "b.star")
    assert written.particles["rlnOpticsGroup"].tolist() == [5, 2, 5, 6]
    assert dict(zip(written.optics["rlnOpticsGroup"].tolist(), written.optics["rlnVoltage"].tolist(), strict=True)) == {
        2: 300.0,
        5: 200.0,
        6: 100.0,
    }
    assert len(set(written.optics["rlnOpticsGroupName"].tolist())) == 3


def test_numbers_below_one_are_raised_and_said(folder):
    metadata = load(folder / "a.star").metadata
    from_zero = replace(metadata, optics_groups=metadata.optics_groups - 2, optics_group_names={})
    with pytest.warns(UserWarning, match="0 became 1, 3 became 4"):
        written = relion_table(from_zero, source=folder / "b.star")
    assert written.particles["rlnOpticsGroup"].tolist() == [4, 1, 4, 4]


def test_both_layouts_and_back(folder):
    dataset = load(folder / "a.star")
    old = as_relion_version(dataset.table, RelionVersion.V3_0, pixel_sizes=dataset.metadata.pixel_sizes)
    assert old.optics is None and "rlnOriginX" in old.names and "rlnOriginXAngst" not in old.names
    old.write(folder / "old.star")
    assert list(read_star(folder / "old.star")) == [""]
    between = ParticleDataset.load(folder / "old.star")
    assert_same(dataset.metadata, between.metadata, exact=False)
    new = as_relion_version(between.table, RelionVersion.V3_1, pixel_sizes=between.metadata.pixel_sizes)
    new.write(folder / "new.star")
    again = ParticleDataset.load(folder / "new.star")
    assert_same(dataset.metadata, again.metadata, exact=False)
    assert again.metadata.optics_group_names == {2: "grid1", 5: "grid2"}
    assert again.column("labNote").tolist() == PARTICLES["labNote"]
    assert again.table.optics["rlnVoltage"].tolist() == ["200.0", "300.000000"]  # as they were written
    assert as_relion_version(again.table, RelionVersion.V3_1, pixel_sizes=again.metadata.pixel_sizes) is again.table


def test_the_new_layout_needs_groups_that_are_groups(folder):
    old = Table({**PARTICLES, "rlnVoltage": ["300", "300", "200", "300"]})
    with pytest.raises(InputError, match="differ in what belongs to a group"):
        as_relion_version(
            RelionTable(source=folder / "a.star", particles=old), RelionVersion.V3_1, pixel_sizes=np.ones(4)
        )
    with pytest.raises(InputError, match="has no pixel size"):
        as_relion_version(table(), RelionVersion.V3_0, pixel_sizes=np.full(4, np.nan))


@pytest.mark.parametrize("name", ["particles/sta_testing_bin8.star", "golden/even.star", "metadata/relion5.star"])
def test_shared_files_in_the_other_layout(name, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = ParticleDataset.load(shared_data(name))
        other = RelionVersion.V3_1 if dataset.table.optics is None else RelionVersion.V3_0
        as_relion_version(dataset.table, other, pixel_sizes=dataset.metadata.pixel_sizes).write(tmp_path / "b.star")
        again = ParticleDataset.load(tmp_path / "b.star").metadata
    for field in ("euler_angles_deg", "offsets", "pixel_sizes", "even_zernike", "odd_zernike"):
        one, two = getattr(dataset.metadata, field), getattr(again, field)
        assert (one is None) == (two is None)
        if one is not None:
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)  # origins go through pixels


def test_joining_keeps_equal_groups_and_names_the_others(folder):
    first = load(folder / "a.star")
    same = load(folder / "b.star")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = first.join(same)
    assert len(joined) == 8 and joined.metadata.optics_groups.tolist() == [5, 2, 5, 5] * 2
    assert len(joined.table.optics) == 2
    other = load(folder / "c.star", optics={**OPTICS, "rlnVoltage": ["100", "200.0"]})
    with pytest.warns(UserWarning, match="optics group name grid1 became grid1_6, optics group 2 became 6"):
        joined = first.join(other)
    assert joined.metadata.optics_groups.tolist() == [5, 2, 5, 5, 5, 6, 5, 5]
    assert joined.metadata.ctf_parameters["voltage_kv"].tolist() == [200, 300, 200, 200, 200, 100, 200, 200]


def test_joining_files_of_other_folders_renames_images(folder):
    below = folder / "job"
    below.mkdir()
    write_mrc(below / "c.mrcs", 3 * np.ones((2, 4, 4)), pixel_size=1.5, image_stack=True)
    write_mrc(below / "a.mrcs", 7 * np.ones((2, 4, 4)), pixel_size=1.5, image_stack=True)
    first = load(folder / "a.star")
    second = load(below / "b.star", rlnImageName=["1@c.mrcs", "2@a.mrcs", "1@a.mrcs", "1@b.mrcs"])
    assert second["rlnClassNumber >= 1"].images()[:, 0, 0].tolist() == [3, 7, 7, 1]  # b.mrcs is found one folder up
    joined = first.join(second)
    assert joined.images()[:, 0, 0].tolist() == [1, 1, 1, 1, 3, 7, 7, 1]
    assert joined.column("rlnImageName")[4:].tolist() == [
        "000001@job/c.mrcs",
        "000002@job/a.mrcs",
        "000001@job/a.mrcs",
        "000001@b.mrcs",
    ]
    # In the folder below, a.mrcs is another file: that of the folder above is named from one further up.
    assert second.join(first).images()[:, 0, 0].tolist() == [3, 7, 7, 1, 1, 1, 1, 1]
    deep = folder / "1" / "2" / "3" / "4"
    deep.mkdir(parents=True)
    write_mrc(deep / "c.mrcs", np.ones((2, 4, 4)), pixel_size=1.5, image_stack=True)
    far = load(deep / "b.star", rlnImageName=["1@c.mrcs"] * 4)
    with pytest.raises(InputError, match=r"no name in it can lead to .*a\.mrcs"):
        far.join(first)


def test_joining_what_does_not_fit(folder):
    first = load(folder / "a.star")
    write_star(folder / "old.star", {"": Table(PARTICLES)})
    with pytest.raises(InputError, match="has no optics table"):
        first.join(ParticleDataset.load(folder / "old.star"))
    with pytest.raises(InputError, match="given different pixel sizes"):
        first.join(ParticleDataset.load(folder / "a.star", pixel_size=3.0))
    extra = load(folder / "b.star", labOther=["1", "2", "3", "4"])
    with pytest.warns(UserWarning, match="joined without the columns labOther"):
        assert "labOther" not in first.join(extra).names


def test_groups_parts_and_half_sets(folder):
    dataset = load(folder / "a.star")
    assert {label: len(part) for label, part in dataset.groups(GroupBy.OPTICS_GROUP).items()} == {5: 3, 2: 1}
    by_micrograph = dataset.groups(GroupBy.MICROGRAPH)
    assert list(by_micrograph) == ["m1.mrc", "m2.mrc"]
    assert by_micrograph["m1.mrc"].column("rlnCoordinateX").tolist() == [10, 30.5, 40]
    assert [len(part) for part in dataset.split(3)] == [2, 1, 1]
    parts = dataset.split(2, key=jax.random.key(0))
    assert sorted(name for part in parts for name in part.column("rlnImageName")) == sorted(PARTICLES["rlnImageName"])
    with pytest.raises(InputError, match="cannot be split into 5"):
        dataset.split(5)
    halves = dataset.with_half_sets(key=jax.random.key(1)).half_sets
    assert sorted(halves[dataset.metadata.optics_groups == 5].tolist()) in ([1, 1, 2], [1, 2, 2])
    without = RelionTable(source=folder / "a.star", particles=Table(PARTICLES).without(["rlnMicrographName"]))
    without.write(folder / "d.star")
    with pytest.raises(InputError, match="does not say of which micrograph"):
        ParticleDataset.load(folder / "d.star").groups(GroupBy.MICROGRAPH)


@given(rows=st.lists(st.integers(0, 3), min_size=1, max_size=12), count=st.integers(1, 5), seed=st.integers(0, 9))
def test_parts_hold_every_row_once(rows, count, seed):
    from vitreous.datasets._groups import random_half_sets, split_rows

    if count <= len(rows):
        for key in (None, jax.random.key(seed)):
            parts = split_rows(len(rows), count, source=Path("a.star"), key=key)
            assert sorted(np.concatenate(parts).tolist()) == list(range(len(rows)))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
    groups = np.array(rows)
    halves = random_half_sets(groups, key=jax.random.key(seed))
    for group in set(rows):
        mine = halves[groups == group]
        assert abs((mine == 1).sum() - (mine == 2).sum()) <= 1


def test_dark_protein_is_said_and_found_again(folder):
    metadata = replace(load(folder / "a.star").metadata, contrast=Contrast.DARK)
    with pytest.warns(UserWarning, match="protein is dark in the images, and RELION takes it as bright"):
        relion_table(metadata, source=folder / "b.star").write(folder / "b.star")
    assert ParticleDataset.load(folder / "b.star").contrast is Contrast.DARK
    mixed = RelionTable.read(folder / "b.star").with_columns({"cryosparcSign": [1, 1, -1, 1]})
    with pytest.raises(InputError, match=r"−1 \(protein dark\) or 1 for all"):
        mixed.metadata(None)


def test_rows_of_bodies_go_along_with_their_particles(folder):
    bodies = Table({"rlnAngleRot": ["1", "2", "3", "4"]})
    blocks = {"optics": Table(OPTICS), "particles": Table(PARTICLES), "images_body_1": bodies, "other": bodies}
    write_star(folder / "a.star", blocks)
    ParticleDataset.load(folder / "a.star")[[3, 1]].write(folder / "b.star")
    again = read_star(folder / "b.star")
    assert again["images_body_1"]["rlnAngleRot"].tolist() == ["4", "2"] and len(again["other"]) == 4


def test_particles_of_tomograms_are_no_images(folder):
    with pytest.raises(InputError, match="each has several images") as error:
        load(folder / "a.star", rlnTomoVisibleFrames=["[1,1]"] * 4)
    assert "TomogramParticles" in error.value.hint


def test_names_that_are_not_followed_do_not_keep_it_from_being_written(folder, tmp_path_factory):
    dataset = load(folder / "a.star", rlnImageName=["1@/elsewhere/a.mrcs", "1@../a.mrcs", "1@a.mrcs", "1@" + 300 * "x"])
    target = tmp_path_factory.mktemp("other") / "b.star"
    with pytest.warns(UserWarning, match="no longer lead to the images"):
        dataset.write(target)
    assert len(read_star(target)["particles"]) == 4


@pytest.mark.parametrize("digits", [13, 30, 5000])
def test_numbers_of_images_that_no_stack_has(folder, digits):
    with pytest.raises(InputError, match=r"row 2: .* does not name an image"):
        load(folder / "a.star", rlnImageName=["1@a.mrcs", digits * "9" + "@a.mrcs", "1@b.mrcs", "2@b.mrcs"])
