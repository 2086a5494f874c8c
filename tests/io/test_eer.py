"""Movies of electron events: written by the tests, decoded here and electron by electron."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tests.io.eer import METADATA, encode, random_frame, rendered, write_eer
from vitreous._core import InputError
from vitreous.io import EerItem, open_eer, open_images
from vitreous.io._eer_decode import EerCode

SHAPE = (24, 40)
RNG = np.random.default_rng(0)
# From none to one in ten pixels, so that runs are both longer than a code can say and shorter.
FRAMES = [random_frame(RNG, SHAPE, count) for count in (0, 2, 30, 96, 5, 1, 40)]


@pytest.fixture
def movie(tmp_path):
    write_eer(tmp_path / "a.eer", FRAMES, SHAPE)
    return tmp_path / "a.eer"


@pytest.mark.parametrize("super_resolution", [1, 2, 4])
@pytest.mark.parametrize("compression", [65000, 65001, 65002])
@pytest.mark.parametrize("strips", [1, 3])
def test_fractions_are_sums_of_frames(tmp_path, compression, super_resolution, strips):
    write_eer(tmp_path / "a.eer", FRAMES, SHAPE, compression=compression, strips=strips, bits=(6, 2, 2))
    movie = open_eer(tmp_path / "a.eer")
    assert movie.shape == (7, *SHAPE) and len(movie) == 7
    fractions = list(movie.render(3, super_resolution=super_resolution))
    assert len(fractions) == 3
    for number, fraction in enumerate(fractions):  # two frames each, and the last frame is left over
        expected = sum(rendered(frame, SHAPE, super_resolution) for frame in FRAMES[2 * number : 2 * number + 2])
        np.testing.assert_array_equal(fraction, expected)
    assert movie.electron_counts().tolist() == [len(pixels) for pixels, _ in FRAMES]


@given(data=st.data(), run_bits=st.integers(5, 12), super_resolution=st.sampled_from([1, 2, 4]))
def test_the_decoder_agrees_electron_by_electron(data, run_bits, super_resolution):
    shape = data.draw(st.tuples(st.sampled_from([2, 6, 40]), st.sampled_from([2, 14, 32])))  # even, as detectors are
    pixels = np.array(sorted(data.draw(st.sets(st.integers(0, shape[0] * shape[1] - 1), max_size=20))), int)
    inside = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=20, max_size=20))
    frame = pixels, inside[: len(pixels)]
    expected = rendered(frame, shape, super_resolution)
    for is_padded in (False, True) if run_bits == 8 else (False,):
        code = EerCode(run_bits, 2, 2, is_padded)
        decoded = code.decode(encode(frame, shape, run_bits, is_padded=is_padded), shape, super_resolution)
        np.testing.assert_array_equal(decoded, expected)


def test_tifffile_agrees(movie):
    expected = tifffile.imread(movie, key=range(7))
    np.testing.assert_array_equal([np.asarray(f) for f in open_eer(movie).render(7)], expected)


def test_what_the_camera_recorded(tmp_path, movie):
    opened = open_eer(movie)
    assert opened.acquisition["commercialName"] == EerItem("Falcon 4i", unit="")
    assert opened.acquisition["exposureTime"] == EerItem("2.5", unit="s")
    assert (opened.exposure_s, opened.dose_per_pixel, opened.dose_rate_per_pixel_s) == (2.5, 15.625, 6.25)
    assert opened.pixel_size == pytest.approx(0.75, rel=1e-12)  # metres to Å in double precision
    write_eer(tmp_path / "b.eer", FRAMES[:1], SHAPE, metadata=None)
    opened = open_eer(tmp_path / "b.eer")
    assert (opened.acquisition, opened.exposure_s, opened.pixel_size) == ({}, None, None)


@pytest.mark.parametrize("metadata", ["<metadata>", "<!DOCTYPE a [<!ENTITY b 'c'>]><metadata/>", "text"])
def test_metadata_that_cannot_be_read(tmp_path, metadata):
    write_eer(tmp_path / "a.eer", FRAMES[:1], SHAPE, metadata=metadata)
    with pytest.raises(InputError, match="its metadata"):
        open_eer(tmp_path / "a.eer")


def test_a_number_that_is_none(tmp_path):
    write_eer(tmp_path / "a.eer", FRAMES[:1], SHAPE, metadata=METADATA.replace("2.5", "long"))
    with pytest.raises(InputError, match="exposureTime is 'long'"):
        _ = open_eer(tmp_path / "a.eer").exposure_s


@pytest.mark.parametrize("fractions", [0, 8])
def test_other_numbers_of_fractions_are_refused(movie, fractions):
    with pytest.raises(InputError, match=f"7 frames cannot make {fractions} fractions"):
        open_eer(movie).render(fractions)


@pytest.mark.parametrize("super_resolution", [0, 3, 8])
def test_other_super_resolutions_are_refused(movie, super_resolution):
    with pytest.raises(InputError, match=f"no super-resolution of {super_resolution}"):
        list(open_eer(movie).render(1, super_resolution=super_resolution))


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4000, 4000), {}, "too few"),
        ((9000, 24), {}, "not all there"),
        (SHAPE, {"compression": 65002, "bits": (15, 2, 2)}, "15 [+] 2 [+] 2 bits"),
        (SHAPE, {"compression": 65002, "bits": (7, 0, 2)}, "7 [+] 0 [+] 2 bits"),
    ],
)
def test_frames_that_cannot_be_are_refused(tmp_path, shape, options, message):
    path = tmp_path / "a.eer"
    write_eer(path, [([], [])], SHAPE, **options)
    content = path.read_bytes()
    for old, new in zip(SHAPE, shape, strict=True):
        content = content.replace(b"\x04\0\x01\0\0\0\0\0\0\0" + old.to_bytes(4, "little"),
                                  b"\x04\0\x01\0\0\0\0\0\0\0" + new.to_bytes(4, "little"), 1)  # fmt: skip
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        open_eer(path)
    assert str(path) in error.value.message


@pytest.mark.parametrize("compression", [65000, 65001])
def test_codes_that_end_elsewhere_are_refused(tmp_path, compression):
    path = tmp_path / "a.eer"
    write_eer(path, [FRAMES[3]], SHAPE, compression=compression)
    content = bytearray(path.read_bytes())
    content[20:60] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read as a movie of electron events") as error:
        list(open_eer(path).render(1))
    assert str(path) in error.value.message


def test_every_truncation_is_refused(movie):
    content = movie.read_bytes()
    for length in range(0, len(content), 31):
        movie.write_bytes(content[:length])
        with pytest.raises(InputError):
            list(open_eer(movie).render(1))


def test_other_files_are_refused(movie, tmp_path):
    with pytest.raises(InputError, match="movie of electron events") as error:
        open_images(movie)
    assert "open_eer" in (error.value.hint or "")
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), np.uint8))
    with pytest.raises(InputError, match="without electron events"):
        open_eer(tmp_path / "a.tif")
    with pytest.raises(InputError, match="cannot be read"):
        open_eer(tmp_path / "absent.eer")
