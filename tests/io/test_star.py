"""STAR files: the shared dialects, round trips, and messages for what cannot be read."""

import numpy as np
import pytest
import starfile
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import Table, read_star, resolve_image_name, split_image_name, write_star

SHARED = [
    "metadata/relion5.star",
    "metadata/cryojax_test_starfile.star",
    "metadata/ribosome_4ug0_particles.star",
    "particles/empiar_10076_7.star",
    "particles/sta_testing_bin8.star",
    "golden/ctf.star",
    "tomo/10076_classD_32_sim.star",
    "tomo/220728_TS_01.star",
    "detectors/mtf_k3_CDS_300kV_FL1.star",
]


@pytest.mark.parametrize("name", SHARED)
def test_reads_what_the_starfile_package_reads(name):
    path = shared_data(name)
    ours, theirs = read_star(path), starfile.read(path, always_dict=True)
    assert list(ours) == list(theirs)
    for block, table in ours.items():
        frame = theirs[block]
        assert list(frame.columns) == list(table.names)
        assert len(frame) == len(table)
        for column in table.names:
            values = frame[column].to_numpy()
            if values.dtype.kind in "fi":
                np.testing.assert_array_equal(table.column(column), values.astype(float))
            else:
                assert table[column].tolist() == [str(value) for value in values]


@pytest.mark.parametrize("name", SHARED)
def test_read_write_read_keeps_every_value(tmp_path, name):
    blocks = read_star(shared_data(name))
    write_star(tmp_path / "a.star", blocks)
    again = read_star(tmp_path / "a.star")
    assert list(again) == list(blocks)
    for block, table in blocks.items():
        assert again[block].names == table.names
        for column in table.names:
            assert again[block][column].tolist() == table[column].tolist()


def test_the_starfile_package_reads_what_we_write(tmp_path):
    table = Table({"rlnAngleRot": [1.5, -2.25], "rlnImageName": ["1@a.mrcs", "2@b.mrcs"]})
    optics = Table({"rlnOpticsGroup": [1], "rlnVoltage": [300.0]})
    write_star(tmp_path / "a.star", {"optics": optics, "particles": table})
    frames = starfile.read(tmp_path / "a.star", always_dict=True)
    assert frames["particles"]["rlnAngleRot"].tolist() == [1.5, -2.25]
    assert frames["particles"]["rlnImageName"].tolist() == ["1@a.mrcs", "2@b.mrcs"]
    assert frames["optics"]["rlnVoltage"].tolist() == [300.0]


printable = st.characters(blacklist_categories=("C",), blacklist_characters="\x85\u2028\u2029")
texts = st.text(printable | st.just("\t"), max_size=12).filter(lambda text: not ("'" in text and '"' in text))
special = st.sampled_from(["", " ", ".", "?", "_a", "#1", "data_x", "loop_", ";x", "$x", "[1 2]", "[1,2]", "'", "ü"])
columns = st.integers(0, 5).flatmap(
    lambda n: st.tuples(
        st.lists(texts | special, min_size=n, max_size=n),
        st.lists(st.floats(allow_nan=False), min_size=n, max_size=n),
        st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=n, max_size=n),
    )
)


@given(columns=columns)
def test_write_then_read_is_the_identity(tmp_path_factory, columns):
    path = tmp_path_factory.mktemp("star") / "a.star"
    words, floats, integers = columns
    table = Table(
        {"rlnText": np.array(words, np.str_), "rlnFloat": np.array(floats, float), "rlnInt": np.array(integers, int)}
    )
    write_star(path, {"": table, "second": table})
    for block in read_star(path).values():
        assert block["rlnText"].tolist() == words
        assert block.column("rlnFloat").tolist() == floats
        assert block.column("rlnInt", int).tolist() == integers


def test_single_precision_survives_with_few_digits(tmp_path):
    values = np.array([0.1, 1e-7, 12345.678], np.float32)
    write_star(tmp_path / "a.star", {"x": Table({"a": values})})
    assert read_star(tmp_path / "a.star")["x"]["a"].tolist() == ["0.1", "1e-07", "12345.678"]
    np.testing.assert_array_equal(read_star(tmp_path / "a.star")["x"].column("a").astype(np.float32), values)


def test_name_value_pairs(tmp_path):
    path = tmp_path / "a.star"
    path.write_text("data_general\n\n_rlnFlag 1\n_rlnTitle 'two words'\n")
    table = read_star(path)["general"]
    assert (len(table), table.is_loop) == (1, False)
    write_star(tmp_path / "b.star", {"general": table})
    assert read_star(tmp_path / "b.star")["general"]["rlnTitle"].tolist() == ["two words"]
    assert "loop_" not in (tmp_path / "b.star").read_text()


def test_empty_loops_and_windows_line_ends(tmp_path):
    path = tmp_path / "a.star"
    path.write_bytes(b"data_\r\nloop_\r\n_rlnA #1\r\n_rlnB #2\r\n\r\n")
    assert len(read_star(path)[""]) == 0
    path.write_bytes(b"data_\r\nloop_\r\n_rlnA\r\n5\r\n")
    assert read_star(path)[""].column("rlnA", int).tolist() == [5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no STAR block"),
        (b"# only a comment\n", "no STAR block"),
        (b"hello world\n", "expected block header"),
        (b"\x00\xff\xfe" * 100, "no text"),
        (b"data_\nloop_\n_rlnA\n_rlnB\n1 2 3\n", "line 5 has 3 values, but .* line 2 has 2 columns"),
        (b"data_\nloop_\n_rlnA\n_rlnA\n1 2\n", "duplicate"),
        (b"data_x\nloop_\n_a.b\n1\nloop_\n_c.d\n1\n", "one table"),
    ],
)
def test_what_is_no_star_file_says_so(tmp_path, content, message):
    path = tmp_path / "a.star"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_star(path)
    assert str(path) in error.value.message
    assert error.value.hint


def test_errors_name_file_block_column_row_and_value(tmp_path):
    path = tmp_path / "a.star"
    path.write_text("data_particles\nloop_\n_rlnAngleRot\n_rlnClassNumber\n1.0 1\noops 1.5\n")
    table = read_star(path)["particles"]
    with pytest.raises(InputError, match="not numeric") as error:
        table.column("rlnAngleRot")
    for part in (str(path), "data_particles", "rlnAngleRot", "row 2", "'oops'"):
        assert part in error.value.message
    with pytest.raises(InputError, match=r"'1.5', which is no whole number"):
        table.column("rlnClassNumber", int)
    with pytest.raises(InputError, match=r"has no column rlnAngleTilt\. Its columns are: rlnAngleRot"):
        table.column("rlnAngleTilt")


def test_tables_are_never_changed_in_place():
    values = np.array(["a", "b"])
    table = Table({"x": values})
    with pytest.raises(ValueError):
        table["x"][0] = "longer than before"
    values[0] = "c"  # the caller's own array stays writable
    changed = table.with_columns({"x": ["longer", "text"], "y": [1, 2]})
    assert changed.names == ("x", "y") and table.names == ("x",)
    assert changed.without(["x", "absent"]).names == ("y",)
    assert changed.select(np.array([False, True]))["y"].tolist() == [2]
    assert len(changed.select([])) == 0


@pytest.mark.parametrize("columns", [{"a": [1, 2], "b": [1]}, {"a": [[1], [2]]}])
def test_ragged_tables_are_refused(columns):
    with pytest.raises(InputError, match="have one length"):
        Table(columns)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"x": Table({"a": ["two\nlines"]})}, "one line"),
        ({"x": Table({"a": ["both ' and \" here"]})}, "quotes"),
        ({"x": Table({"a b": ["1"]})}, "cannot be a name"),
        ({"x y": Table({"a": ["1"]})}, "cannot be a name"),
        ({"x": Table({"": ["1"]})}, "needs a name"),
    ],
)
def test_what_star_cannot_hold_leaves_no_file(tmp_path, blocks, message):
    with pytest.raises(InputError, match=message):
        write_star(tmp_path / "a.star", blocks)
    assert list(tmp_path.iterdir()) == []


def test_image_names_are_found_beside_the_star_file_and_above(tmp_path):
    job = tmp_path / "Refine3D" / "job001"
    job.mkdir(parents=True)
    (tmp_path / "Extract").mkdir()
    (tmp_path / "Extract" / "a.mrcs").touch()
    (job / "b.mrcs").touch()
    star = job / "run_data.star"
    assert resolve_image_name("3@b.mrcs", star) == (2, job / "b.mrcs")
    assert resolve_image_name("3@Extract/a.mrcs", star) == (2, tmp_path / "Extract" / "a.mrcs")
    assert resolve_image_name("3@absent.mrcs", star) == (2, job / "absent.mrcs")
    assert resolve_image_name("b.mrcs", star) == (None, job / "b.mrcs")


@pytest.mark.parametrize("name", ["1@/etc/passwd", "1@../a.mrcs", "1@x/../../a.mrcs"])
def test_star_paths_never_escape(tmp_path, name):
    with pytest.raises(InputError, match="not followed") as error:
        resolve_image_name(name, tmp_path / "a.star")
    assert "project" in str(error.value.hint)
    with pytest.raises(InputError, match="outside of the project"):
        resolve_image_name(name, tmp_path / "a.star", project=tmp_path)


def test_a_project_folder_gives_another_root(tmp_path):
    star = tmp_path / "elsewhere" / "a.star"
    assert resolve_image_name("1@x/a.mrcs", star, project=tmp_path) == (0, tmp_path / "x" / "a.mrcs")
    inside = f"1@{tmp_path}/x/a.mrcs"
    assert resolve_image_name(inside, star, project=tmp_path) == (0, tmp_path / "x" / "a.mrcs")


@pytest.mark.parametrize("name", ["0@a.mrcs", "-1@a.mrcs", "x@a.mrcs", "1@", "", "1.5@a.mrcs"])
def test_malformed_image_names(name):
    with pytest.raises(InputError, match="does not name an image"):
        split_image_name(name)
