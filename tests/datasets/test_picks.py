"""Picks: one meaning of a position, from and to every format of coordinates."""

import json

import numpy as np
import pytest
import starfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vitreous._core import InputError
from vitreous.datasets import Picks, load_picks, write_pick_list, write_picks
from vitreous.io import Table, write_star

SUFFIXES = [".star", ".box", ".json", ".coords", ".csv", ".txt", ".tsv"]
POSITIONS = st.integers(1, 4).flatmap(lambda n: arrays(np.float64, (n, 2), elements=st.floats(-100, 1e5)))


def picks_at(positions, **columns):
    positions = np.asarray(positions, np.float64)
    return Picks(positions=positions, micrographs=("mic",), micrograph_of=np.zeros(len(positions), np.int64), **columns)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(positions=POSITIONS, box=st.integers(1, 9), scored=st.booleans())
def test_every_format_gives_the_positions_back(tmp_path_factory, suffix, positions, box, scored):
    path = tmp_path_factory.mktemp("picks") / f"mic{suffix}"
    scores = np.arange(len(positions)) / 7 if scored else None
    write_picks(path, picks_at(positions, scores=scores), box_size=box)
    found = load_picks(path)
    # Half a pixel or half a box is added and taken off again, to the rounding of doubles of up to 1e5.
    np.testing.assert_allclose(found.positions, positions, rtol=0, atol=1e-10)
    assert found.micrographs == ("mic",) and len(found) == len(positions)
    if scored and suffix not in (".box", ".coords"):
        np.testing.assert_array_equal(found.scores, scores)
    else:
        assert found.scores is None
    again = path.with_name(f"again{suffix}")
    write_picks(again, found, box_size=box)
    np.testing.assert_allclose(load_picks(again).positions, found.positions, rtol=0, atol=1e-10)


# The pixel in column 100 and row 200 (counted from 0) in the middle of a box of 64, in the words of each program.
SAME_PIXEL = {
    "a.star": "data_\nloop_\n_rlnCoordinateX #1\n_rlnCoordinateY #2\n100.0 200.0\n",
    "a.box": "68\t168\t64\t64\t-3\n",
    "a.json": '{"boxes": [[100, 200, "manual"]]}',
    "a.coords": "100.5 200.5 0\n",
    "a.csv": "x,y\n100,200\n",
    "a.txt": "image_name\tx_coord\ty_coord\tscore\na\t100\t200\t1.5\n",
}


@pytest.mark.parametrize("name", SAME_PIXEL)
def test_one_pixel_in_the_words_of_each_program(tmp_path, name):
    (tmp_path / name).write_text(SAME_PIXEL[name])
    assert load_picks(tmp_path / name).positions.tolist() == [[100.0, 200.0]]


def test_the_pixel_of_a_box_is_at_the_index_where_images_have_their_origin(tmp_path):
    (tmp_path / "a.box").write_text("10 20 5 8\n")
    columns, rows = np.arange(10, 15), np.arange(20, 28)
    assert load_picks(tmp_path / "a.box").positions.tolist() == [[columns[5 // 2], rows[8 // 2]]]


def test_other_readers_agree_on_what_is_written(tmp_path):
    picks = picks_at([[100.25, 200.0]], scores=np.array([0.5]))
    write_picks(tmp_path / "a.star", picks)
    table = starfile.read(tmp_path / "a.star")
    assert table["rlnCoordinateX"].tolist() == [100.25] and table["rlnAutopickFigureOfMerit"].tolist() == [0.5]
    write_picks(tmp_path / "a.json", picks)
    assert json.loads((tmp_path / "a.json").read_text())["boxes"] == [[100.25, 200.0, "manual", 0.5]]
    write_picks(tmp_path / "a.txt", picks)
    assert (tmp_path / "a.txt").read_text() == "image_name\tx_coord\ty_coord\tscore\nmic\t100.25\t200\t0.5\n"


def test_boxes_of_which_some_have_scores(tmp_path):
    (tmp_path / "a.json").write_text('{"boxes": [[1, 2, "manual"], [3, 4, "auto_local", 0.5]]}')
    picks = load_picks(tmp_path / "a.json")
    assert picks.scores is None and picks.extras["score"].tolist() == ["", "0.5"]
    write_picks(tmp_path / "b.json", picks)
    boxes = [[1.0, 2.0, "manual"], [3.0, 4.0, "auto_local", 0.5]]
    assert json.loads((tmp_path / "b.json").read_text())["boxes"] == boxes


def test_tomograms_have_sections(tmp_path):
    write_picks(tmp_path / "a.coords", picks_at([[1.0, 2.0]], sections=np.array([3.0])))
    assert (tmp_path / "a.coords").read_text() == "1.5\t2.5\t3\n"
    found = load_picks(tmp_path / "a.coords")
    write_picks(tmp_path / "a.star", found)
    assert load_picks(tmp_path / "a.star").sections.tolist() == [3.0]


def test_other_columns_go_along(tmp_path):
    extras = Table({"rlnAnglePsi": ["10.0", "20.0"]})
    write_picks(tmp_path / "a.star", picks_at([[1, 2], [3, 4]], extras=extras))
    found = load_picks(tmp_path / "a.star")
    assert found[1].extras.column("rlnAnglePsi").tolist() == [20.0]
    write_picks(tmp_path / "a.csv", found)
    assert load_picks(tmp_path / "a.csv").extras.names == ("rlnAnglePsi",)


def test_several_micrographs_in_one_file_and_one_by_one(tmp_path):
    picks = Picks(
        positions=np.arange(6.0).reshape(3, 2),
        micrographs=("m/a.mrc", "m/b.mrc"),
        micrograph_of=np.array([1, 0, 1]),
        scores=np.array([0.1, 0.2, 0.3]),
    )
    for name in ("a.star", "a.csv", "a.txt"):
        write_picks(tmp_path / name, picks)
        found = load_picks(tmp_path / name)
        assert found.counts == ({"b": 2, "a": 1} if name == "a.txt" else {"m/b.mrc": 2, "m/a.mrc": 1})
        assert found.positions.tolist() == picks.positions.tolist()
    assert picks[picks.scores > 0.15].counts == {"m/a.mrc": 1, "m/b.mrc": 1}
    write_pick_list(tmp_path / "autopick.star", picks)
    found = load_picks(tmp_path / "autopick.star")
    assert found.micrographs == picks.micrographs and found.counts == picks.counts
    assert found.of("m/b.mrc").positions.tolist() == [[0.0, 1.0], [4.0, 5.0]]
    with pytest.raises(InputError, match="one micrograph, not of 2"):
        write_picks(tmp_path / "a.box", picks, box_size=4)
    with pytest.raises(InputError, match="has no micrograph m/c"):
        picks.of("m/c")


def test_a_list_may_name_files_of_any_format_but_none_elsewhere(tmp_path):
    (tmp_path / "a.box").write_text("10 20 64 64\n")
    (tmp_path / "b.csv").write_text("x,y,score\n1,2,3\n")
    write_star(
        tmp_path / "l.star",
        {"": Table({"rlnMicrographName": ["A", "B"], "rlnMicrographCoordinates": ["a.box", "b.csv"]})},
    )
    found = load_picks(tmp_path / "l.star")
    assert found.counts == {"A": 1, "B": 1} and found.scores is None, "not all of the files have scores"
    for name, message in [("../a.box", "lead away"), ("l.star", "lists no coordinates"), ("c.box", "No such file")]:
        table = Table({"rlnMicrographName": ["A"], "rlnMicrographCoordinates": [name]})
        write_star(tmp_path / "l.star", {"": table})
        with pytest.raises(InputError, match=message):
            load_picks(tmp_path / "l.star")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.star", "data_\nloop_\n_rlnImageName #1\n1@a\n", "lists no coordinates"),
        ("a.star", "data_\nloop_\n_rlnCoordinateX #1\n_rlnCoordinateY #2\nnan 1\n", "pick 1 has positions of"),
        ("a.star", "data_\nloop_\n_rlnCoordinateX #1\n_rlnCoordinateY #2\nhere 1\n", "is not numeric"),
        ("a.box", "1 2 0 64\n", r"box 1 has a size of \[0, 64\]"),
        ("a.csv", "a,b\n1,2\n", "has no columns of coordinates. Its columns are: a, b"),
        ("a.plt", "1 2\n", "no format with the ending '.plt'"),
    ],
)
def test_other_content_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message) as error:
        load_picks(tmp_path / name)
    assert str(tmp_path / name) in error.value.message


def test_what_a_format_cannot_hold_is_not_written(tmp_path):
    with pytest.raises(InputError, match="have no box size"):
        write_picks(tmp_path / "a.box", picks_at([[1, 2]]))
    with pytest.raises(InputError, match="box_size=0"):
        write_picks(tmp_path / "a.box", picks_at([[1, 2]]), box_size=0)
    same = Picks(positions=np.ones((1, 2)), micrographs=("a/m.mrc", "b/m.mrc"), micrograph_of=np.zeros(1, np.int64))
    for write, name in ((write_picks, "a.txt"), (write_pick_list, "a.star")):
        with pytest.raises(InputError, match=r"one name: m\.|both have the file m_a.star"):
            write(tmp_path / name, same)
    assert not list(tmp_path.iterdir())


def test_columns_of_picks_belong_together():
    with pytest.raises(InputError, match="2 picks"):
        picks_at([[1, 2], [3, 4]], extras=Table({"a": [1]}))
    with pytest.raises(InputError, match="names micrograph 3 of 1"):
        Picks(positions=np.ones((1, 2)), micrographs=("a",), micrograph_of=np.array([3]))
