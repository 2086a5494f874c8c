"""IMOD's text files of tilt series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vitreous._core import InputError
from vitreous.io import read_tilt_angles, read_xf, write_tilt_angles, write_xf

ROWS = st.integers(1, 4)


@given(
    transforms=ROWS.flatmap(
        lambda n: st.tuples(
            arrays(np.float64, (n, 4), elements=st.floats(-99, 99)),
            arrays(np.float64, (n, 2), elements=st.floats(-1e5, 1e5)),
        ).map(np.hstack)
    )
)
def test_transforms_are_read_back(tmp_path_factory, transforms):
    path = tmp_path_factory.mktemp("imod") / "a.xf"
    write_xf(path, transforms)
    found = read_xf(path)
    # Half of the last decimal that the format has.
    np.testing.assert_allclose(found[:, :4], transforms[:, :4], rtol=0, atol=0.51e-7)
    np.testing.assert_allclose(found[:, 4:], transforms[:, 4:], rtol=0, atol=0.51e-3)
    again = path.with_name("b.xf")
    write_xf(again, found)
    assert again.read_bytes() == path.read_bytes(), "what was read is written as it was"


@given(angles=ROWS.flatmap(lambda n: arrays(np.float64, n, elements=st.floats(-180, 180))))
def test_angles_are_read_back(tmp_path_factory, angles):
    path = tmp_path_factory.mktemp("imod") / "a.tlt"
    write_tilt_angles(path, angles)
    found = read_tilt_angles(path)
    np.testing.assert_allclose(found, angles, rtol=0, atol=0.0051)  # half of the last decimal
    again = path.with_name("b.tlt")
    write_tilt_angles(again, found)
    assert again.read_bytes() == path.read_bytes()


def test_columns_are_those_of_imod(tmp_path):
    write_xf(tmp_path / "a.xf", np.array([[0.9961947, -0.0871557, 0.0871557, 0.9961947, -12.345, 678.9]]))
    assert (tmp_path / "a.xf").read_text() == (
        "   0.9961947  -0.0871557   0.0871557   0.9961947     -12.345     678.900\n"
    )


def test_spaces_and_windows_lines_do_not_matter(tmp_path):
    (tmp_path / "a.rawtlt").write_bytes(b"-60\r\n\r\n 3.5e0\t\r\n0.0")
    assert read_tilt_angles(tmp_path / "a.rawtlt").tolist() == [-60.0, 3.5, 0.0]
    (tmp_path / "a.prexg").write_bytes(b"1, 0, 0, 1, 2.5, 3\n")
    assert read_xf(tmp_path / "a.prexg").tolist() == [[1.0, 0.0, 0.0, 1.0, 2.5, 3.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no numbers"),
        (b"1 0 0 1 2\n", "line 1 holds 5 numbers"),
        (b"1 0 0 1 2 3\n1 0 0 1 2 nan\n", "line 2 holds 'nan'"),
        (b"1 0 0 1 2 1e999\n", "line 1 holds '1e999'"),
        (b"one 0 0 1 2 3\n", "line 1 holds 'one'"),
        (b"1 0 0 1 2 3\0", "byte 11 is zero"),
    ],
)
def test_other_content_is_refused(tmp_path, content, message):
    path = tmp_path / "a.xf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_xf(path)
    assert str(path) in error.value.message
    with pytest.raises(InputError):
        read_tilt_angles(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9, -1e8])
def test_what_imod_has_no_room_for_is_not_written(tmp_path, value):
    with pytest.raises(InputError, match="does not fit"):
        write_xf(tmp_path / "a.xf", np.array([[1.0, 0.0, 0.0, 1.0, value, 0.0]]))
    with pytest.raises(InputError, match="does not fit"):
        write_tilt_angles(tmp_path / "a.tlt", np.array([value]))
    assert not list(tmp_path.iterdir())
