"""Gain references and defects: the programs' numbers for turning them, and every form of a list."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import GainFlip, GainOrientation, read_defects, read_gain, write_mrc, write_tiff

GAIN = np.random.default_rng(0).uniform(0.5, 2, (4, 6)).astype(np.float32)


@pytest.mark.parametrize("name", ["a.mrc", "a.tif"])
def test_a_reference_is_read_as_it_lies_in_the_file(tmp_path, name):
    path = tmp_path / name
    if name == "a.mrc":
        write_mrc(path, GAIN, pixel_size=1.0)
    else:
        write_tiff(path, GAIN)
    np.testing.assert_array_equal(read_gain(path), GAIN)


def test_a_falcons_reference_divides(tmp_path):
    values = GAIN.copy()
    values[1, 2] = 0
    tifffile.imwrite(tmp_path / "a.gain", values, photometric="minisblack")
    gain = read_gain(tmp_path / "a.gain")
    assert gain[1, 2] == 0
    # Single precision.
    np.testing.assert_allclose(np.where(values > 0, gain * values, values.mean()), values.mean(), rtol=1e-6)


# RELION's imageop.h: a pixel (row y, column x) of a reference of h × w goes to these (row, column).
ROTATIONS = {
    0: lambda y, x, h, w: (y, x),
    1: lambda y, x, h, w: (x, h - 1 - y),
    2: lambda y, x, h, w: (h - 1 - y, w - 1 - x),
    3: lambda y, x, h, w: (w - 1 - x, y),
}


@pytest.mark.parametrize("rotations", range(4))
@pytest.mark.parametrize("flip", GainFlip)
def test_turned_as_relion_does(tmp_path, rotations, flip):
    write_mrc(tmp_path / "a.mrc", GAIN, pixel_size=1.0)
    turned = read_gain(tmp_path / "a.mrc", orientation=GainOrientation(rotations=rotations, flip=flip))
    for (y, x), value in np.ndenumerate(GAIN):
        row, column = ROTATIONS[rotations](y, x, *GAIN.shape)
        row = turned.shape[0] - 1 - row if flip is GainFlip.UP_DOWN else row
        column = turned.shape[1] - 1 - column if flip is GainFlip.LEFT_RIGHT else column
        assert turned[row, column] == value


@pytest.mark.parametrize("number", range(8))
def test_imods_numbers(number):
    picture = GAIN[::-1]  # as IMOD draws it, with the first row at the bottom
    expected = np.rot90(picture[:, ::-1] if number >= 4 else picture, number % 4)  # counter-clockwise on the picture
    np.testing.assert_array_equal(GainOrientation.from_imod(number).apply(GAIN), expected[::-1])


def test_other_numbers_are_refused():
    with pytest.raises(InputError, match="4 quarter turns"):
        GainOrientation(rotations=4)
    with pytest.raises(InputError, match="8 is no rotation and flip"):
        GainOrientation.from_imod(8)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (-GAIN, "a gain reference from -"),
        (np.zeros((4, 6)), "from 0 to 0"),
        (np.ones((2, 4, 6)), "holds 2 images, and a gain reference is one"),
    ],
)
def test_what_is_no_reference_is_refused(tmp_path, values, message):
    write_mrc(tmp_path / "a.mrc", values, pixel_size=1.0)
    with pytest.raises(InputError, match=message) as error:
        read_gain(tmp_path / "a.mrc")
    assert str(tmp_path / "a.mrc") in error.value.message


SERIALEM = """\
# A list of defects
CameraSizeX 8
CameraSizeY 6
RotationAndFlip 3
WasScaled 0
K2Type 1
UsableArea 1 0 4 0
BadColumns 2 7
BadRows 3
BadPixels 0 2 4 4
PartialBadColumn 5 2 1 2
PartialBadRow 4 1 0 1
"""
SERIALEM_MASK = """\
########
..#..###
#.#..###
########
####...#
########
"""


def drawn(picture):
    return np.array([[letter == "#" for letter in line] for line in picture.splitlines()])


def test_serialems_list(tmp_path):
    path = tmp_path / "defects.txt"
    path.write_text(SERIALEM.replace("4 4", "3 4"))
    mask = read_defects(path, (6, 8))
    np.testing.assert_array_equal(mask, drawn(SERIALEM_MASK))
    for finer in (2, 4):  # super-resolution frames
        np.testing.assert_array_equal(
            read_defects(path, (6 * finer, 8 * finer)), np.kron(mask, np.ones((finer, finer), bool))
        )


@pytest.mark.parametrize(("scaled", "side"), [(0, 1), (1, 2), (2, 4)])
def test_pixels_of_a_scaled_list(tmp_path, scaled, side):
    path = tmp_path / "defects.txt"
    path.write_text(f"CameraSizeX 8\nCameraSizeY 8\nWasScaled {scaled}\nBadPixels 4 0\n")
    expected = np.zeros((8, 8), bool)
    expected[:side, 4 : 4 + side] = True
    np.testing.assert_array_equal(read_defects(path, (8, 8)), expected)


@given(
    rectangles=st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=4
    )
)
def test_rectangles_pixel_by_pixel(tmp_path_factory, rectangles):
    path = tmp_path_factory.mktemp("defects") / "defect.txt"
    path.write_text("\n".join(" ".join(map(str, rectangle)) for rectangle in rectangles) + "\n")
    mask = read_defects(path, (6, 8))
    for (row, column), is_bad in np.ndenumerate(mask):
        assert is_bad == any(x <= column < x + w and y <= row < y + h for x, y, w, h in rectangles)


@pytest.mark.parametrize("name", ["a.mrc", "a.tif"])
def test_maps_are_turned_like_references(tmp_path, name):
    values = (GAIN > 1).astype(np.float32)
    if name == "a.mrc":
        write_mrc(tmp_path / name, values, pixel_size=1.0)
    else:
        write_tiff(tmp_path / name, values)
    orientation = GainOrientation(rotations=1, flip=GainFlip.LEFT_RIGHT)
    mask = read_defects(tmp_path / name, (6, 4), orientation=orientation)
    np.testing.assert_array_equal(mask, orientation.apply(GAIN) > 1)
    with pytest.raises(InputError, match=r"map of 4 × 6 pixels, and the frames have 6 × 4"):
        read_defects(tmp_path / name, (6, 4))


def test_a_list_is_turned_too(tmp_path):
    path = tmp_path / "defect.txt"
    path.write_text("0 0 6 1\n")  # the first row of 4 × 6
    mask = read_defects(path, (6, 4), orientation=GainOrientation(rotations=1))
    assert mask[:, 3].all() and mask.sum() == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lists no defects"),
        ("# nothing\n", "lists no defects"),
        ("0 0 1\n", "line 1: '0 0 1' are not 4 whole numbers"),
        ("0 0 1 x\n", "not 4 whole numbers"),
        ("0 0 -1 1\n", "not 4 whole numbers"),
        ("0 0 0 1\n", "has no pixel"),
        ("8 0 1 1\n", "has no pixel"),
        ("0 999999999999 1 1\n", "not 4 whole numbers"),
        ("Columns 4\n", "'Columns' is no keyword"),
        ("BadColumns\n", "are not whole numbers"),
        ("BadColumns 8\n", "names row or column 8 of a camera that has 8"),
        ("BadRows 6\n", "names row or column 6"),
        ("BadPixels 1 2 3\n", "no pairs"),
        ("BadPixels 1 6\n", "names row or column 6"),
        ("PartialBadColumn 7 2 0 1\n", "names row or column 8"),
        ("PartialBadRow 1 1 0 8\n", "names row or column 8"),
        ("PartialBadRow 1 1 0\n", "not 4 whole numbers"),
        ("PartialBadRow 0 0 0 1\n", "names row or column"),
        ("CameraSizeX 4\nBadRows 1\n", "camera of 6 × 4 pixels, and the frames have 6 × 8"),
        ("CameraSizeX 0\nCameraSizeY 0\nBadRows 1\n", "camera of 0 × 0"),
    ],
)
def test_lists_that_cannot_be_used_say_why(tmp_path, text, message):
    path = tmp_path / "defects.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_defects(path, (6, 8))
    assert str(path) in error.value.message and error.value.hint


def test_absent_and_other_files(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_defects(tmp_path / "absent.txt", (6, 8))
    (tmp_path / "a.txt").write_bytes(bytes(3000))
    with pytest.raises(InputError, match="not an MRC file"):
        read_defects(tmp_path / "a.txt", (6, 8))
