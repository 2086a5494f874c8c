"""TIFF images and movies: real files, every type and compression, tifffile as the second opinion, damaged files."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import inspect_tiff, open_images, read_tiff, write_tiff

MOVIE = np.random.default_rng(0).integers(0, 100, (5, 12, 10)).astype(np.uint8)

# name: (shape, type, compression, Å). 72 dots per inch are a print's; ImageJ says 4082668531/2³² pixels per nm.
SHARED = {
    "micrographs/KLH.tif": ((1, 844, 760), "u1", "PACKBITS", None),
    "tomo/13pf_MT.tif": ((36, 206, 94), "u1", "NONE", 10.52),
}


@pytest.mark.parametrize("name", SHARED)
def test_reads_each_shared_file_as_tifffile_does(name):
    path = shared_data(name)
    shape, dtype, compression, pixel_size = SHARED[name]
    images, description = read_tiff(path)
    np.testing.assert_array_equal(images, tifffile.imread(path).reshape(shape))
    assert (description.shape, description.dtype, description.compression) == (shape, np.dtype(dtype), compression)
    assert description.pixel_size == (None if pixel_size is None else pytest.approx(pixel_size, rel=1e-6))
    with open_images(path) as lazy:
        assert (lazy.shape, lazy.pixel_size) == (shape, description.pixel_size)
        np.testing.assert_array_equal(lazy.read([shape[0] - 1]), images[-1:])


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "zstd"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", ">i2", "u4", "f2", "f4", "f8"])
def test_types_and_compressions(tmp_path, dtype, compression):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, byteorder=">" if dtype[0] == ">" else "<") as writer:
        for frame in MOVIE.astype(dtype):
            writer.write(frame, photometric="minisblack", compression=compression, rowsperstrip=5, metadata=None)
    np.testing.assert_array_equal(read_tiff(path)[0], MOVIE)
    np.testing.assert_array_equal(read_tiff(path, [4, 0, 4])[0], MOVIE[[4, 0, 4]])


@pytest.mark.parametrize("options", [{"bigtiff": True}, {"bigtiff": True, "byteorder": ">"}])
def test_big_tiff_and_tiles(tmp_path, options):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, **options) as writer:
        for frame in MOVIE:
            writer.write(frame, photometric="minisblack", tile=(16, 16), metadata=None)
    np.testing.assert_array_equal(open_images(path).read([3, 1]), MOVIE[[3, 1]])


@given(
    images=st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4", "f4"]).flatmap(
        lambda dtype: st_numpy.arrays(
            dtype,
            st_numpy.array_shapes(min_dims=2, max_dims=3, max_side=5),
            elements={"allow_nan": False, "allow_infinity": False} if dtype == "f4" else None,
        )
    ),
    pixel_size=st.none() | st.floats(0.1, 100),
)
def test_write_then_read_is_the_identity_and_tifffile_agrees(tmp_path_factory, images, pixel_size):
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    write_tiff(path, images, pixel_size=pixel_size)
    back, description = read_tiff(path)
    assert description.dtype == images.dtype
    np.testing.assert_array_equal(back.reshape(images.shape), images.astype(np.float32))
    np.testing.assert_array_equal(tifffile.imread(path, key=slice(None)).reshape(images.shape), images)
    # The tag is a fraction of two 32-bit numbers.
    assert description.pixel_size == (None if pixel_size is None else pytest.approx(pixel_size, rel=1e-6))


@pytest.mark.parametrize(
    ("unit", "angstrom"),
    [("nm", 10), (r"\u00B5m", 1e4), ("micron", 1e4), (r"\u00C5", 1), ("angstrom", 1), ("inch", None)],
)
def test_units_of_imagej(tmp_path, unit, angstrom):
    path = tmp_path / "a.tif"
    write_with(path, MOVIE[0], photometric="minisblack", description=f"ImageJ=1.54f\nunit={unit}\n",
               resolution=(4, 4), resolutionunit="NONE")  # fmt: skip
    assert inspect_tiff(path).pixel_size == (None if angstrom is None else angstrom / 4)


def test_double_precision_is_rounded(tmp_path):
    write_tiff(tmp_path / "a.tif", np.full((2, 2), 1 / 3))
    assert inspect_tiff(tmp_path / "a.tif").dtype == np.float32


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.ones((2, 0)), {}, "shape"),
        (np.ones((1, 1, 2, 2)), {}, "shape"),
        (np.ones((2, 2), np.int64), {}, "int64"),
        (np.ones((2, 2), bool), {}, "bool"),
        (np.full((2, 2), np.nan), {}, "NaN"),
        (np.ones((2, 2)), {"pixel_size": 0.0}, "positive"),
    ],
)
def test_what_is_not_written_leaves_nothing(tmp_path, images, options, message):
    with pytest.raises(InputError, match=message):
        write_tiff(tmp_path / "a.tif", images, **options)
    assert list(tmp_path.iterdir()) == []


def write_with(path, *pages, **options):
    with tifffile.TiffWriter(path) as writer:
        for page in pages:
            writer.write(page, metadata=None, **options)


@pytest.mark.parametrize(
    ("pages", "options", "message"),
    [
        ([np.ones((4, 4, 3), np.uint8)], {"photometric": "rgb"}, "no image in grey"),
        ([np.ones((4, 4), np.uint8), np.ones((2, 2), np.uint8)], {"photometric": "minisblack"}, "its page 2 is 2 × 2"),
        ([np.ones((4, 4), np.uint8), np.ones((4, 4), np.int16)], {"photometric": "minisblack"}, "of int16"),
        ([np.ones((4, 4), bool)], {"photometric": "minisblack"}, "of 1 bits"),
        ([np.ones((4, 4), np.complex64)], {"photometric": "minisblack"}, "complex64"),
    ],
)
def test_images_that_are_not_grey_values_are_refused(tmp_path, pages, options, message):
    path = tmp_path / "a.tif"
    write_with(path, *pages, **options)
    for reader in (inspect_tiff, open_images):
        with pytest.raises(InputError, match=message) as error:
            reader(path)
        assert str(path) in error.value.message and error.value.hint


def test_a_page_that_is_not_finite_is_named(tmp_path):
    write_with(tmp_path / "a.tif", *[np.full((4, 4), value, np.float32) for value in (1, np.inf)])
    with pytest.raises(InputError, match="16 values of section 2"):
        read_tiff(tmp_path / "a.tif")


def with_tag(path, name, value):
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags[name].overwrite(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ImageLength", 2**31 - 1), ("ImageWidth", 60000), ("StripByteCounts", 2**31), ("StripOffsets", 2**31)],
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_header_that_promises_more_than_the_file_holds(tmp_path, name, value, compression):
    path = tmp_path / "a.tif"
    write_with(path, MOVIE[0], photometric="minisblack", compression=compression)
    with_tag(path, name, value)
    with pytest.raises(InputError, match="not all there"):
        open_images(path).read()


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
def test_every_truncation_is_refused(tmp_path, compression):
    path = tmp_path / "a.tif"
    write_with(path, *MOVIE[:2], photometric="minisblack", compression=compression)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(InputError):
            read_tiff(path)


def test_a_hyperstack_of_imagej_without_pages_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    write_with(path, MOVIE[0], photometric="minisblack", description="ImageJ=1.54f\nimages=5\nslices=5\n")
    with pytest.raises(InputError, match="ImageJ says it holds 5 images"):
        open_images(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    for content in (b"", b"II*\0", b"II*\0" + bytes(50), b"some text", b"MM\0+" + b"\xff" * 60):
        path.write_bytes(content)
        with pytest.raises(InputError) as error:
            open_images(path)
        assert str(path) in error.value.message
    with pytest.raises(InputError, match="cannot be read"):
        read_tiff(tmp_path / "absent.tif")
