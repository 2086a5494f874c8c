"""cryoSPARC tables: the shared files, round trips, what cryosparc-tools makes of them, and damaged files."""

import io
import json

import numpy as np
import pytest
from cryosparc.dataset import CSDAT_FORMAT, Dataset
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import read_cs, write_cs

JOB = "metadata/cryosparc_P12_J24_001_particles.cs"


@pytest.mark.parametrize(
    ("name", "count", "field"),
    [(JOB, 2019, "alignments3D/pose"), ("particles/empiar_10076_7.cs", 7, "ctf/df1_A")],
)
def test_shared_files(name, count, field, tmp_path):
    rows = read_cs(shared_data(name))
    assert rows.shape == (count,)
    assert field in (rows.dtype.names or ())
    assert np.isfinite(rows[field]).all()
    write_cs(tmp_path / "again.cs", rows)
    again = read_cs(tmp_path / "again.cs")
    assert again.dtype == rows.dtype
    assert again.tobytes() == rows.tobytes()


def test_a_header_longer_than_numpy_reads_by_itself(tmp_path):
    rows = np.zeros(2, [(f"components_mode_{k}/a_rather_long_name_of_a_column", "f4") for k in range(300)])
    save(tmp_path / "a.cs", rows)
    assert read_cs(tmp_path / "a.cs").dtype == rows.dtype


def save(path, array):
    with path.open("wb") as stream:
        np.save(stream, array)


@st.composite
def tables(draw):
    """Rows of up to four columns: numbers, vectors of them, and text of any letters."""
    count = draw(st.integers(0, 4))
    kinds = st.sampled_from(["<u8", "<u4", "<i4", "<f4", "<f8", "?", "S3", ("<f4", (2,)), ("<u4", (2, 2))])
    columns = draw(st.lists(kinds, min_size=1, max_size=4))
    return draw(
        arrays.arrays(
            [
                (f"group/{k}", *np.atleast_1d(kind)) if isinstance(kind, str) else (f"group/{k}", *kind)
                for k, kind in enumerate(columns)
            ],
            count,
        )
    )


@given(rows=tables())
def test_written_and_read_again(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("written") / "a.cs"
    write_cs(path, rows)
    again = read_cs(path)
    assert again.dtype == rows.dtype
    assert again.tobytes() == rows.tobytes()


TEXTS = ["J1/a.mrc", "J1/bb.mrc", "", "J1/a.mrc", "Ä/µ.mrc"]


def sample(dataset=False):
    """Five rows with a number, text and vectors, as our rows or as their data set."""
    n = len(TEXTS)
    columns = {
        "uid": np.arange(n, dtype="u8") + 2**63,
        "blob/path": np.array(TEXTS, object if dataset else None),
        "blob/idx": np.arange(n, dtype="u4"),
        "alignments3D/pose": np.linspace(-1, 1, 3 * n).astype("f4").reshape(n, 3),
        "blob/shape": np.full((n, 2), 64, "u4"),
    }
    if dataset:
        return Dataset(columns)
    rows = np.zeros(n, [(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
    for name, values in columns.items():
        rows[name] = values
    return rows


def compressed(path, dataset):
    dataset.save(path, format=CSDAT_FORMAT)
    return path


def assert_same(rows, dataset):
    assert list(rows.dtype.names) == dataset.fields()
    for name in rows.dtype.names:
        values = np.char.decode(rows[name], "utf-8") if rows[name].dtype.kind == "S" else rows[name]
        np.testing.assert_array_equal(values, dataset[name])


def test_cryosparc_tools_read_what_is_written(tmp_path):
    write_cs(tmp_path / "a.cs", sample())
    assert_same(read_cs(tmp_path / "a.cs"), Dataset.load(tmp_path / "a.cs"))
    assert Dataset.load(tmp_path / "a.cs")["blob/path"].tolist() == TEXTS


def test_both_formats_of_cryosparc_tools_are_read(tmp_path):
    dataset = sample(dataset=True)
    dataset.save(tmp_path / "plain.cs")
    assert_same(read_cs(tmp_path / "plain.cs"), dataset)
    assert_same(read_cs(compressed(tmp_path / "small.cs", dataset)), dataset)
    (tmp_path / "columns.cs").write_bytes(b"".join(dataset.stream(compression=None)))
    assert_same(read_cs(tmp_path / "columns.cs"), dataset)
    empty = read_cs(compressed(tmp_path / "empty.cs", dataset.mask(np.zeros(len(TEXTS), bool))))
    assert len(empty) == 0
    assert empty["alignments3D/pose"].shape == (0, 3)


def test_the_real_job_compressed(tmp_path):
    rows = read_cs(shared_data(JOB))
    path = compressed(tmp_path / "a.cs", Dataset.load(shared_data(JOB)))
    again = read_cs(path)
    for name in rows.dtype.names:
        np.testing.assert_array_equal(again[name], rows[name])


@pytest.mark.parametrize("is_compressed", [False, True])
@given(place=st.floats(0, 0.999), kind=st.integers(0, 2), piece=st.binary(min_size=1, max_size=6))
def test_damaged_bytes_raise_nothing_else(tmp_path_factory, is_compressed, place, kind, piece):
    path = tmp_path_factory.mktemp("damaged") / "a.cs"
    if is_compressed:
        compressed(path, sample(dataset=True))
    else:
        write_cs(path, sample())
    content = bytearray(path.read_bytes())
    start = int(place * len(content))
    content[start : start + (0, len(piece), len(content))[kind]] = piece  # insert, overwrite, cut
    path.write_bytes(content)
    try:
        read_cs(path)
    except InputError as error:
        assert str(path) in error.message


def test_what_is_no_table_is_refused(tmp_path):
    path = tmp_path / "a.cs"
    for content, message in [
        (b"\x94CSDAT\x00\x00", "compressed format that cryosparc-tools wrote in 2023"),
        (b"PK\x03\x04", "not a .cs file"),
        (b"", "not a .cs file"),
        (b"\x93NUMPY\x01\x00", "truncated or damaged"),
        (b"\x95CSDAT\x02\x00\x00\x00{}", "its number of rows is None"),
        (b"\x95CSDAT\xff\xff\xff\xff{}", "said to have 4294967295 bytes"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_cs(path)
    for array in (np.zeros((2, 3)), np.zeros((2, 3), [("uid", "u8")]), np.zeros(2, [("path", "S0")])):
        save(path, array)
        with pytest.raises(InputError, match="not a table of particles"):
            read_cs(path)
    save(path, np.array([("a",)], [("blob/path", "O")]))
    with pytest.raises(InputError, match="pickled columns"):
        read_cs(path)
    save(path, np.zeros(9, [("uid", "u8")]))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"promises 9 rows of 8 bytes, and 64 bytes follow"):
        read_cs(path)
    with pytest.raises(InputError, match="No such file"):
        read_cs(tmp_path / "none.cs")


def test_a_header_that_promises_terabytes_reserves_nothing(tmp_path):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"shape": (2**40,), "fortran_order": False, "descr": [("uid", "<u8")]})
    (tmp_path / "a.cs").write_bytes(stream.getvalue() + bytes(80))
    with pytest.raises(InputError, match="promises 1099511627776 rows"):
        read_cs(tmp_path / "a.cs")
    header = {"length": 2**39, "dtype": [["a", "<f4"]], "compression": "lz4", "compressed_fields": ["a"]}
    text = json.dumps(header).encode()
    block = len(text).to_bytes(4, "little") + text + (9).to_bytes(4, "little") + bytes(9)
    (tmp_path / "b.cs").write_bytes(b"\x95CSDAT" + block)
    with pytest.raises(InputError, match="9 bytes of column a do not hold 549755813888 rows"):
        read_cs(tmp_path / "b.cs")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"compression": "zip"}, "does not describe columns"),
        ({"length": -1}, "number of rows is -1"),
        ({"dtype": []}, "lists no columns"),
        ({"dtype": [["a", "<f4"], ["a", "<f4"]]}, "a column is there twice"),
        ({"dtype": [["a"]]}, "has a column described as"),
        ({"dtype": [["a", "<q9"]]}, "unknown type"),
        ({"dtype": [["a", "S4"]]}, "such files do not hold"),
        ({"dtype": [["a", "<f4", [0]]]}, "has a column described as"),
        ({"dtype": [["a", "|O"]]}, "do not hold 2 rows"),
    ],
)
def test_wrong_headers_of_compressed_files(tmp_path, change, message):
    header = {"length": 2, "dtype": [["a", "<f4"]], "compression": None, "compressed_fields": []} | change
    text = json.dumps(header).encode()
    path = tmp_path / "a.cs"
    path.write_bytes(b"\x95CSDAT" + len(text).to_bytes(4, "little") + text + (8).to_bytes(4, "little") + bytes(8))
    with pytest.raises(InputError, match=message):
        read_cs(path)


def test_text_beyond_the_heap_is_refused(tmp_path):
    content = bytearray(b"".join(sample(dataset=True).stream(compression=None)))
    (tmp_path / "a.cs").write_bytes(content[:-12])  # cut within the text
    with pytest.raises(InputError, match="points to byte"):
        read_cs(tmp_path / "a.cs")


def test_what_cannot_be_stored_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no columns"):
        write_cs(tmp_path / "a.cs", np.zeros(3))
    with pytest.raises(InputError, match="column when is of type"):
        write_cs(tmp_path / "a.cs", np.zeros(3, [("when", "M8[s]")]))
    with pytest.raises(InputError, match="its folder does not exist"):
        write_cs(tmp_path / "none" / "a.cs", np.zeros(3, [("uid", "u8")]))
    assert list(tmp_path.iterdir()) == []
