"""Long loops: what is cut from the bytes is what the general parser finds, and numbers are those of `float`."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import Table, read_star, write_star
from vitreous.io._star import _read
from vitreous.io._table import kept_columns
from vitreous.io._tokens import Tokens

EVERYTHING, NOTHING = 1, 1 << 40  # the shortest loop that is cut from the bytes

words = st.text(st.sampled_from("abZ019.+-@/:_#'\"[]$;,d"), min_size=1, max_size=9)
numbers = st.floats(allow_nan=False).map(repr) | st.integers(-(10**9), 10**9).map(str) | st.sampled_from(["1e5", "nan"])
_AWKWARD = 'data_ data_x DATA_y loop_ stop_ save_ global_ global_x mydata_x $a #b a#b \'c "e" ;f ü \x0b _tag [1,2] ? .'
awkward = st.sampled_from([*_AWKWARD.split(" "), "'c d'", "x" * 300])
blanks = st.sampled_from([" ", "  ", "\t", " \t "])
ends = st.sampled_from(["\n", "\r\n", " \n", "\n\n", "\n \t\n", "\n# comment\n", " # comment\n"])


@st.composite
def star_files(draw):
    """Files that are regular, and some that are not quite."""
    block_of_text = "data_before\n_a\n;\nloop_\n_b\n1\n;\n"
    text = draw(st.sampled_from(["", "# version 30001\n", "\n", "data_before\n_a 1\n", block_of_text]))
    plain_end = st.sampled_from(["\n", "\r\n"])
    for block in range(draw(st.integers(1, 2))):
        columns, rows = draw(st.integers(1, 4)), draw(st.integers(0, 6))
        text += f"data_{block}\n" + draw(st.sampled_from(["loop_", "loop_ ", "# loop_\nloop_", "Loop_"])) + "\n"
        for column in range(columns):
            text += f"_c{column}" + draw(st.sampled_from(["", f" #{column + 1}", f" #{column + 1} "])) + draw(plain_end)
        cells = draw(st.sampled_from([numbers, numbers | words, numbers | words | awkward]))
        end = draw(st.sampled_from([plain_end, plain_end, ends]))
        for _ in range(rows):
            count = draw(st.sampled_from([columns] * 12 + [columns + 1]))
            gap = draw(blanks)
            text += draw(st.sampled_from(["", " "])) + gap.join(draw(cells) for _ in range(count)) + draw(end)
    return text.removesuffix("\n") if draw(st.booleans()) else text


def _outcome(path, shortest):
    try:
        blocks = _read(path, shortest=shortest)
    except InputError as error:
        return error.message
    return [
        (name, table.is_loop, [(column, table[column].dtype, table[column].tolist()) for column in table.names])
        for name, table in blocks.items()
    ]


@given(text=star_files())
@example(text="data_\nloop_\n_a##b c\n1\n2\n")
@example(text="data_\nloop_\n_a\nloop_\n_b\n1\n2\n")
@example(text="data_\nloop_\n_a\n1\n2\ndata_x\nloop_\n_b\n3\n4")
@example(text="data_\nloop_\n_a\n_b\n1 2\n3 4\n5\n6\n")
@example(text="data_\nloop_\n_a\n_A\n1 2\n3 4\n")
@example(text="data_x\n_a\n;\ndata_y\nloop_\n_b\n1\n2\n;\n")
@example(text="global_\nloop_\n_a\n1\n2\ndata_\n_c 1\n")
def test_every_table_is_that_of_the_general_parser(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("star") / "a.star"
    path.write_bytes(text.encode())
    assert _outcome(path, EVERYTHING) == _outcome(path, NOTHING)


def test_a_file_of_particles_takes_the_short_way(tmp_path):
    rows = "".join(f"{i:06d}@x.mrcs {i * 0.5:12.6f} {i}\n" for i in range(4000))
    head = "data_optics\nloop_\n_rlnOpticsGroup #1\n1\n2\n\ndata_particles\n\nloop_\n"
    path = tmp_path / "a.star"
    path.write_text(f"{head}_rlnImageName #1\n_rlnAngleRot #2\n_rlnIndex #3\n{rows}\n\n# end\ndata_last\n_rlnA 'b c'\n")
    blocks = read_star(path)
    assert _outcome(path, EVERYTHING) == _outcome(path, NOTHING) == _outcome(path, 1 << 15)
    particles = blocks["particles"]
    assert isinstance(kept_columns(particles)["rlnAngleRot"], Tokens)
    np.testing.assert_array_equal(particles.column("rlnAngleRot"), np.arange(4000) * 0.5)
    np.testing.assert_array_equal(particles.column("rlnIndex", int), np.arange(4000))
    assert particles["rlnImageName"][[0, -1]].tolist() == ["000000@x.mrcs", "003999@x.mrcs"]
    assert blocks["last"]["rlnA"].tolist() == ["b c"]
    with pytest.raises(InputError, match=r"row 1 .*'000000@x.mrcs', which is no number"):
        particles.column("rlnImageName")


@pytest.mark.parametrize("name", ["metadata/relion5.star", "particles/sta_testing_bin8.star", "tomo/220728_TS_43.star"])
def test_real_files_read_the_same_both_ways(name):
    assert _outcome(shared_data(name), EVERYTHING) == _outcome(shared_data(name), NOTHING)


def _long(tmp_path, cells, columns=1):
    path = tmp_path / "a.star"
    names = "".join(f"_c{column}\n" for column in range(columns))
    path.write_text(f"data_\nloop_\n{names}" + "".join(f"{cell}\n" for cell in cells))
    return path


decimals = st.integers(-(10**10), 10**10).flatmap(lambda m: st.integers(0, 9).map(lambda d: f"{m / 10**d:.{d}f}"))
shapes = st.sampled_from(
    ["1", "-1", "+1.5", ".5", "-.5", "5.", "-0.0", "00012.50", "1_0", "-", ".", "+.", "1.2.3", "1e400", "inf"]
)


@given(cells=st.lists(decimals | numbers | shapes, min_size=1, max_size=8))
@example(cells=["1.5", "1.5x", "x1.5"])
@example(cells=["12345678.1234567", "-1234567.1234567", "123456789.1", "-12345678.1"])
@example(cells=["0.1234567", "0.12345678"])
def test_numbers_are_those_of_float_to_the_last_bit(tmp_path_factory, cells):
    table = _read(_long(tmp_path_factory.mktemp("star"), cells), shortest=EVERYTHING)[""]
    wrong = [row for row, cell in enumerate(cells) if "_" in cell or cell in ("-", ".", "+.", "1.2.3", "1.5x", "x1.5")]
    if wrong:
        with pytest.raises(InputError, match=rf"row {wrong[0] + 1} "):
            table.column("c0")
        assert table.values("c0").tolist() == cells
    else:
        expected = np.array([float(cell) for cell in cells])
        np.testing.assert_array_equal(table.column("c0").view(np.uint64), expected.view(np.uint64))


def test_numbers_later_in_the_file_may_have_another_format(tmp_path):
    cells = [f"{i}.250000" for i in range(9000)] + ["nan", "1.5e-05"] + ["7"] * 9000
    table = read_star(_long(tmp_path, cells))[""]
    np.testing.assert_array_equal(table.column("c0"), [float(cell) for cell in cells])
    table = read_star(_long(tmp_path, [*cells, "late"]))[""]
    with pytest.raises(InputError, match=rf"row {len(cells) + 1} .*'late'"):
        table.column("c0")


def test_selected_rows_are_written_character_by_character(tmp_path):
    cells = [f"{i}@a{'b' * (i % 7)}.mrcs {i}.50 +{i}e0" for i in range(3000)]
    table = read_star(_long(tmp_path, cells, columns=3))[""]
    for rows in (slice(None), slice(10, 20), np.arange(3000) % 3 == 0, [5, 5, 2], slice(0, 0)):
        write_star(tmp_path / "b.star", {"": table.select(rows)})
        again = read_star(tmp_path / "b.star")[""]
        expected = np.array(cells)[rows].tolist()
        assert [" ".join(row) for row in zip(*(again[name].tolist() for name in again.names), strict=True)] == expected
        np.testing.assert_array_equal(table.select(rows).column("c1"), table.column("c1")[rows])


def test_a_few_rows_do_not_keep_the_file_in_memory(tmp_path):
    table = read_star(_long(tmp_path, [f"{i}.5" for i in range(20000)]))[""]
    few = kept_columns(table.select([3, 1]))["c0"]
    assert few.content.nbytes < 2000 < kept_columns(table)["c0"].content.nbytes


def test_a_short_row_is_named_by_its_line(tmp_path):
    cells = ["1 2 3"] * 30000
    with pytest.raises(InputError, match="line 30005 has 2 values, but the loop that begins in line 2 has 3 columns"):
        read_star(_long(tmp_path, [*cells[1:], "'a b' 2"], columns=3))
    cells[20000] = "1 2 3 4"
    with pytest.raises(InputError, match="line 20006 has 4 values"):
        read_star(_long(tmp_path, cells, columns=3))


def test_one_long_value_does_not_blow_up_a_column(tmp_path):
    with pytest.raises(InputError, match="holds a value of 100000 characters"):
        read_star(_long(tmp_path, ["1"] * 1000 + ["x" * 100_000]))
    assert len(read_star(_long(tmp_path, ["1"] * 10 + ["x" * 10_000]))[""]) == 11


floats = st.lists(
    st.floats() | st.integers(-(10**7), 10**7).flatmap(lambda m: st.integers(0, 7).map(lambda d: m / 10**d)), max_size=8
)


@given(values=floats)
@example(
    values=[0.0, -0.0, 1e-4, 9.9e-5, 1e15, 1e16, 999999999.999999, 0.1, 1 / 3, 5e-324, float("nan"), float("-inf")]
)
def test_floats_are_written_as_python_writes_them(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("star") / "a.star"
    write_star(path, {"": Table({"a": np.array(values, float)})})
    assert read_star(path)[""]["a"].tolist() == [str(value) for value in values]


@given(
    values=st.lists(
        st.floats(width=32, allow_nan=False) | st.integers(0, 10**6).map(lambda m: float(np.float32(m / 1e3)))
    )
)
def test_single_precision_comes_back(tmp_path_factory, values):
    path, values = tmp_path_factory.mktemp("star") / "a.star", np.array(values, np.float32)
    write_star(path, {"": Table({"a": values})})
    table = read_star(path)[""]
    np.testing.assert_array_equal(table.column("a").astype(np.float32).view(np.uint32), values.view(np.uint32))
    # As few digits as NumPy needs.
    assert all(len(text) <= len(str(value)) for text, value in zip(table["a"].tolist(), values, strict=True))


def test_a_pipe_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        pool.submit((tmp_path / "pipe").write_text, "data_\nloop_\n_a\n1\n2\n")
        assert read_star(tmp_path / "pipe")[""].column("a").tolist() == [1, 2]
