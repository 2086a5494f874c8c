"""Micrographs and movies of RELION's STAR files."""

import warnings

import numpy as np
import pytest
import starfile

from vitreous._core import InputError
from vitreous.datasets import MicrographDataset, MovieDataset
from vitreous.io import Table, read_star, write_mrc, write_star

OPTICS = {
    "rlnOpticsGroupName": ["one", "two"],
    "rlnOpticsGroup": [3, 7],
    "rlnVoltage": [300.0, 200.0],
    "rlnSphericalAberration": [2.7, 0.01],
    "rlnAmplitudeContrast": [0.1, 0.07],
    "rlnMicrographPixelSize": [1.06, 0.885],
}
MICROGRAPHS = {
    "rlnMicrographName": ["M/a.mrc", "M/b.mrc", "M/c.mrc"],
    "rlnOpticsGroup": [7, 3, 7],
    "rlnCtfImage": ["C/a.ctf:mrc", "C/b.ctf:mrc", "C/c.ctf:mrc"],
    "rlnDefocusU": [10000.0, 20000.0, 30000.0],
    "rlnDefocusV": [9000.0, 19000.0, 29000.0],
    "rlnDefocusAngle": [10.0, 20.0, 30.0],
    "rlnAccumMotionTotal": [5.5, 6.5, 7.5],
}
RELION_30 = """
data_

loop_
_rlnMicrographName #1
_rlnVoltage #2
_rlnSphericalAberration #3
_rlnAmplitudeContrast #4
_rlnMagnification #5
_rlnDetectorPixelSize #6
_rlnDefocusU #7
a.mrc 300.0 2.7 0.1 50000.0 7.0 12000.0
"""


@pytest.fixture
def micrographs(tmp_path):
    job = tmp_path / "CtfFind" / "job003"
    job.mkdir(parents=True)
    blocks = {"optics": Table(OPTICS), "micrographs": Table(MICROGRAPHS), "notes": Table({"a": ["b"]}, is_loop=False)}
    write_star(job / "micrographs_ctf.star", blocks)
    (tmp_path / "M").mkdir()
    write_mrc(tmp_path / "M" / "a.mrc", np.arange(6.0).reshape(1, 2, 3), pixel_size=0.885, image_stack=True)
    return job / "micrographs_ctf.star"


def test_optics_are_those_of_the_groups(micrographs):
    dataset = MicrographDataset.load(micrographs)
    assert len(dataset) == 3 and dataset.optics_groups.tolist() == [7, 3, 7]
    assert dataset.pixel_sizes.tolist() == [0.885, 1.06, 0.885]
    with pytest.raises(InputError, match="different pixel sizes"):
        _ = dataset.pixel_size
    assert dataset[dataset.optics_groups == 7].pixel_size == 0.885
    assert dataset.has_ctf
    ctf = dataset.ctf
    assert np.asarray(ctf.defocus_v).tolist() == [9000.0, 19000.0, 29000.0]
    np.testing.assert_allclose(ctf.voltage_kv, [200.0, 300.0, 200.0])
    np.testing.assert_allclose(ctf.cs_mm, [0.01, 2.7, 0.01], rtol=1e-6)  # in single precision where tests run in it


def test_images_are_read_from_the_project_folder(micrographs):
    dataset = MicrographDataset.load(micrographs)
    assert dataset.paths[0] == micrographs.parents[2] / "M" / "a.mrc"
    assert dataset.read(0).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert dataset.paths_of("rlnCtfImage")[0].name == "a.ctf"
    with pytest.raises(InputError, match=r"b\.mrc"):
        dataset.read(1)
    elsewhere = MicrographDataset.load(micrographs, project=micrographs.parent)
    assert elsewhere.paths[0] == micrographs.parent / "M" / "a.mrc"
    write_mrc(dataset.paths[0].with_name("b.mrc"), np.zeros((2, 2, 3)), pixel_size=1.0, image_stack=True)
    with pytest.raises(InputError, match="holds 2 images"):
        dataset.read(1)


def test_rows_are_selected_like_those_of_an_array(micrographs):
    dataset = MicrographDataset.load(micrographs)
    defocus = "rlnDefocusU"
    for rows, expected in [
        (-1, [30000.0]),
        (np.int64(1), [20000.0]),
        (slice(1, None), [20000.0, 30000.0]),
        ([2, 0], [30000.0, 10000.0]),
        (np.array([True, False, True]), [10000.0, 30000.0]),
        ("rlnDefocusU < 15000 or rlnAccumMotionTotal > 7", [10000.0, 30000.0]),
    ]:
        assert dataset[rows].column(defocus).tolist() == expected
    for rows in ([], "rlnDefocusU < 0"):
        with pytest.raises(InputError, match="a selection of 0 of 3"):
            _ = dataset[rows]
    with pytest.raises(InputError, match="rlnDefocusW"):
        _ = dataset["rlnDefocusW < 0"]


def test_everything_in_the_file_is_written_again(micrographs):
    target = micrographs.with_name("selected.star")
    MicrographDataset.load(micrographs)[[2, 0]].with_columns({"rlnNote": ["x", "y"]}).write(target)
    blocks = read_star(target)
    assert list(blocks) == ["optics", "notes", "micrographs"]
    assert blocks["optics"].column("rlnOpticsGroup", int).tolist() == [3, 7]
    assert blocks["micrographs"]["rlnNote"].tolist() == ["x", "y"]
    table = starfile.read(target)["micrographs"]
    assert table["rlnCtfImage"].tolist() == ["C/c.ctf:mrc", "C/a.ctf:mrc"]
    assert MicrographDataset.load(target).column("rlnDefocusAngle").tolist() == [30.0, 10.0]


def test_a_file_that_no_longer_leads_to_its_images_warns(micrographs, tmp_path):
    away = tmp_path / "1" / "2" / "3" / "4"
    away.mkdir(parents=True)
    dataset = MicrographDataset.load(micrographs)
    with pytest.warns(UserWarning, match="no longer lead to the files"):
        dataset.write(away / "a.star")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset.write(micrographs.with_name("b.star"))


def test_names_that_are_not_followed_are_written_as_they_are(tmp_path):
    write_star(tmp_path / "a.star", {"": Table({"rlnMicrographName": ["/elsewhere/a.mrc"]})})
    MicrographDataset.load(tmp_path / "a.star").write(tmp_path / "b.star")
    assert read_star(tmp_path / "b.star")[""]["rlnMicrographName"].tolist() == ["/elsewhere/a.mrc"]


def test_relion_3_0(tmp_path):
    (tmp_path / "a.star").write_text(RELION_30)
    dataset = MicrographDataset.load(tmp_path / "a.star")
    assert dataset.pixel_size == pytest.approx(1.4, rel=1e-12)  # arithmetic of doubles
    assert dataset.has_ctf and dataset.optics_groups.tolist() == [1]


def test_micrographs_without_a_ctf_or_pixel_size(tmp_path):
    write_star(tmp_path / "a.star", {"": Table({"rlnMicrographName": ["a.mrc", "b.mrc"]})})
    dataset = MicrographDataset.load(tmp_path / "a.star")
    assert not dataset.has_ctf
    with pytest.raises(InputError, match="2 of 2 micrographs have no CTF: it has no column rlnDefocusU"):
        _ = dataset.ctf
    with pytest.raises(InputError, match="has no pixel size"):
        _ = dataset.pixel_size
    assert dataset.with_columns({"rlnMicrographPixelSize": np.full(2, 1.1)}).pixel_size == 1.1
    with pytest.raises(InputError, match="row 2 has a pixel size of 0 Å"):
        _ = dataset.with_columns({"rlnMicrographPixelSize": np.array([1.0, 0.0])}).pixel_size


def test_movies(tmp_path):
    write_mrc(tmp_path / "a.mrcs", np.ones((3, 2, 2)), pixel_size=0.5, image_stack=True)
    optics = Table({"rlnOpticsGroup": [1], "rlnMicrographOriginalPixelSize": [0.5]})
    movies = Table({"rlnMicrographMovieName": ["a.mrcs", "b.mrcs"], "rlnOpticsGroup": [1, 1]})
    write_star(tmp_path / "movies.star", {"optics": optics, "movies": movies})
    dataset = MovieDataset.load(tmp_path / "movies.star")
    assert dataset.pixel_size == 0.5 and dataset[1].paths == (tmp_path / "b.mrcs",)
    with dataset.frames(0) as frames:
        assert frames.shape == (3, 2, 2) and frames.read([2]).tolist() == [[[1.0, 1.0], [1.0, 1.0]]]
    with pytest.raises(InputError, match=r"b\.mrcs"):
        dataset.frames(1)


@pytest.mark.parametrize("load", [MicrographDataset.load, MovieDataset.load])
def test_other_content_is_refused(tmp_path, load):
    path = tmp_path / "a.star"
    particles = {"rlnImageName": ["1@a"], "rlnMicrographName": ["a"], "rlnMicrographMovieName": ["a"]}
    write_star(path, {"particles": Table(particles)})
    with pytest.raises(InputError, match=r"lists no m.* Its blocks are: data_particles"):
        load(path)
    path.write_text("data_\nloop_\n_rlnMicrographName #1\n_rlnMicrographMovieName #2\n")
    with pytest.raises(InputError, match="0 rows"):
        load(path)
    path.write_text("data_\nloop_\n_rlnMicrographName #1\n_rlnMicrographMovieName #2\n../a.mrc /etc/a.mrc\n")
    with pytest.raises(InputError, match="not followed"):
        _ = load(path).paths
