"""The dialects of RELION, other readers, and what the grammar of CIF makes of unusual words."""

import numpy as np
import pandas
import pytest
import starfile

from tests.data import ROOT, shared_data
from vitreous._core import InputError
from vitreous.io import Table, read_star, write_star

HEADER_30 = """
data_

loop_
_rlnMicrographName #1
_rlnDefocusU #2
_rlnVoltage #3
mic/a.mrc 10000.0 300
mic/b.mrc 12000.0 300

"""
HEADER_31 = """
# version 30001

data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnEvenZernike #3
opticsGroup1            1 [0.1,-2.5,1e-05]


# version 30001

data_particles

loop_
_rlnImageName #1
_rlnOpticsGroup #2
000001@a.mrcs            1
000002@a.mrcs            1

"""
MOTION = """
# version 50001

data_general

_rlnImageSizeX                  3838
_rlnMicrographMovieName         "Movies/a b.tiff"
_rlnMotionModelVersion          1


# version 50001

data_global_shift

loop_
_rlnMicrographFrameNumber #1
_rlnMicrographShiftX #2
1 0.000000
2 -1.250000


# version 50001

data_local_motion_model

loop_
_rlnMotionModelCoeffsIdx #1
_rlnMotionModelCoeff #2
0 -0.25
1 1.5e-05

# version 50001

data_hot_pixels

loop_
_rlnCoordinateX #1
_rlnCoordinateY #2
"""
JOB = """
# version 50001

data_job

_rlnJobTypeLabel             relion.import.movies
_rlnJobIsContinue                       0


# version 50001

data_joboptions_values

loop_
_rlnJobOptionVariable #1
_rlnJobOptionValue #2
Cs 2.7
fn_in_raw Movies/*.tiff
fn_ctffind_exe $HOME/bin/ctffind
do_queue         No
qsub ""
other_args "--a 'b' --c"
name é
data_folder data_2020/movies
"""
MODEL = """
data_model_general

_rlnReferenceDimensionality              3
_rlnPixelSize                     1.060000

data_model_classes

loop_
_rlnReferenceImage #1
_rlnClassDistribution #2
run_class001.mrc 0.5
run_class002.mrc 0.5

data_model_class_1

loop_
_rlnSpectralIndex #1
_rlnResolution #2
0 0.000000
1 0.004717
"""


def _read(tmp_path, text):
    path = tmp_path / "a.star"
    path.write_text(text, encoding="utf-8")
    return read_star(path)


def _equal(left: dict[str, Table], right: dict[str, Table]):
    assert list(left) == list(right)
    for name, table in left.items():
        assert (table.names, table.is_loop, len(table)) == (right[name].names, right[name].is_loop, len(right[name]))
        assert [table[column].tolist() for column in table.names] == [right[name][c].tolist() for c in table.names]


@pytest.mark.parametrize("text", [HEADER_30, HEADER_31, MOTION, JOB, MODEL])
def test_dialects_survive_a_round_trip(tmp_path, text):
    blocks = _read(tmp_path, text)
    write_star(tmp_path / "b.star", blocks)
    _equal(read_star(tmp_path / "b.star"), blocks)


@pytest.mark.parametrize("text", [HEADER_30, HEADER_31, MODEL])
def test_starfile_reads_the_same_before_and_after(tmp_path, text):
    write_star(tmp_path / "b.star", _read(tmp_path, text))
    assert _frames(tmp_path / "a.star").equals(_frames(tmp_path / "b.star"))


def _frames(path):
    blocks = starfile.read(path, always_dict=True)
    assert isinstance(blocks, dict)
    frames = {
        str(name): pandas.DataFrame([block] if isinstance(block, dict) else block) for name, block in blocks.items()
    }
    return pandas.concat(frames)


def test_what_starfile_writes_is_read(tmp_path):
    frame = pandas.DataFrame({"rlnAngleRot": [1.5, -20.25], "rlnImageName": ["1@a b.mrcs", "2@b.mrcs"]})
    starfile.write({"general": {"rlnPixelSize": 1.5}, "particles": frame}, tmp_path / "a.star")
    blocks = read_star(tmp_path / "a.star")
    assert blocks["particles"].column("rlnAngleRot").tolist() == [1.5, -20.25]
    assert blocks["particles"]["rlnImageName"].tolist() == ["1@a b.mrcs", "2@b.mrcs"]
    assert (blocks["general"].is_loop, blocks["general"].column("rlnPixelSize").tolist()) == (False, [1.5])


def test_every_real_file_comes_back_equal(tmp_path):
    folder = shared_data("metadata").parent
    files = [*folder.glob("*/*.star"), *ROOT.glob("tests/**/*.star")]
    assert len(files) > 20
    for path in files:
        blocks = read_star(path)
        write_star(tmp_path / "b.star", blocks)
        _equal(read_star(tmp_path / "b.star"), blocks)


def test_blocks_of_a_motion_file(tmp_path):
    blocks = _read(tmp_path, MOTION)
    assert list(blocks) == ["general", "global_shift", "local_motion_model", "hot_pixels"]
    assert blocks["general"]["rlnMicrographMovieName"].tolist() == ["Movies/a b.tiff"]
    assert blocks["local_motion_model"].column("rlnMotionModelCoeff").tolist() == [-0.25, 1.5e-05]
    assert (len(blocks["hot_pixels"]), blocks["hot_pixels"].names) == (0, ("rlnCoordinateX", "rlnCoordinateY"))
    assert blocks["hot_pixels"].column("rlnCoordinateX").shape == (0,)


def test_words_that_relion_writes_without_quotes(tmp_path):
    options = _read(tmp_path, JOB)["joboptions_values"]
    values = dict(zip(options["rlnJobOptionVariable"].tolist(), options["rlnJobOptionValue"].tolist(), strict=True))
    assert values["fn_ctffind_exe"] == "$HOME/bin/ctffind"
    assert values["other_args"] == "--a 'b' --c"
    assert (values["qsub"], values["name"], values["data_folder"]) == ("", "é", "data_2020/movies")
    pairs = _read(tmp_path, "data_x\n_a $b\n_c save_d\n")["x"]
    assert (pairs["a"].tolist(), pairs["c"].tolist()) == (["$b"], ["save_d"])


@pytest.mark.parametrize("word", ["mydata_x", "x_loop_", "global_x", "a#b", "a'b", "a;b", "stop_x", "[1,2]", "a_b"])
def test_words_that_only_look_like_the_format(tmp_path, word):
    table = _read(tmp_path, f"data_\nloop_\n_a\n_b\n1 {word}\n{word} 2\n")[""]
    assert (table["a"].tolist(), table["b"].tolist()) == (["1", word], [word, "2"])


@pytest.mark.parametrize("word", ["data_x", "loop_", "save_x", "stop_", "global_", "$x", "é", "Data_X"])
def test_words_of_the_format_are_values_in_a_full_row(tmp_path, word):
    table = _read(tmp_path, f"data_\nloop_\n_a\n_b\n1 2\n{word} 3\n4 {word}\n")[""]
    assert (table["a"].tolist(), table["b"].tolist()) == (["1", word, "4"], ["2", "3", word])
    write_star(tmp_path / "b.star", {"": table})
    assert read_star(tmp_path / "b.star")[""]["a"].tolist() == ["1", word, "4"]


def test_text_over_several_lines(tmp_path):
    table = _read(tmp_path, "data_\n_a\n;first\nloop_\n_b\n1\n;\n_c 2\n")[""]
    assert table["a"].tolist() == ["first\nloop_\n_b\n1"]
    with pytest.raises(InputError, match="one line of text"):
        write_star(tmp_path / "b.star", {"": table})


def test_names_without_numbers_and_with_comments(tmp_path):
    table = _read(tmp_path, "data_ # c\nloop_ # c\n_a # first\n_b\n# rows\n1 2 # c\n\n# c\n3 4\n")[""]
    assert (table.names, table["a"].tolist(), table["b"].tolist()) == (("a", "b"), ["1", "3"], ["2", "4"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data_a\n_b 1\ndata_a\n_c 1\n", "duplicate block name: a"),
        ("global_\n_a 1\ndata_\n_b 1\n", "two blocks named ''"),
        ("data_\nloop_\n_a\n_b\n_a\n1 2 3\n", "duplicate tag _a"),
        ("data_\n_a 1\n_a 2\n", "duplicate tag _a"),
        ("data_\nloop_\n_a\n_b\n1 2\n3\n", "line 6 has 1 value, but the loop that begins in line 2 has 2 columns"),
        ("data_\nloop_\n_a\n_b\n1 2\n3 'x y' 4\n5 6\n", "line 6 has 3 values"),
        ("data_\nloop_\n1 2\n", "3:0"),
        ("data_\n_a\n_b 2\n", "_a has no value"),
        ("data_\nloop_\n_a\n1\n_b 2\n", "one table"),
        ("data_\nloop_\n_a\n'1\n", "4:2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        _read(tmp_path, text)
    assert str(tmp_path / "a.star") in error.value.message and error.value.hint


def test_bytes_that_are_no_text_are_named_by_line(tmp_path):
    path = tmp_path / "a.star"
    path.write_bytes(b"data_\nloop_\n_a\n1\n\xff\n")
    with pytest.raises(InputError, match="line 5 holds a byte that is no text"):
        read_star(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_star(tmp_path)


def test_columns_of_every_kind_are_written(tmp_path):
    table = Table(
        {
            "bool": np.array([True, False]),
            "uid": np.array([2**64 - 1, 0], np.uint64),
            "int": np.array([-(2**63), 5]),
            "half": np.array([0.5, -1.25], np.float16),
            "bytes": np.array([b"a", b"b c"]),
            "object": np.array(["x", 1.5], object),
        }
    )
    write_star(tmp_path / "a.star", {"x": table})
    again = read_star(tmp_path / "a.star")["x"]
    assert [again[name].tolist() for name in again.names] == [
        ["1", "0"],
        [str(2**64 - 1), "0"],
        [str(-(2**63)), "5"],
        ["0.5", "-1.25"],
        ["a", "b c"],
        ["x", "1.5"],
    ]
