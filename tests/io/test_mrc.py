"""MRC files: every shared file, every way a header can mislead, and the two writers."""

import bz2
import gzip
import io
import subprocess
import sys
import warnings

import mrcfile
import mrcfile.dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import (
    MrcMode,
    MrcStackWriter,
    inspect_mrc,
    is_mrc,
    map_mrc,
    open_images,
    read_mrc,
    read_mrc_complex,
    write_mrc,
)

# name: (shape, pixel size of the first axis, image stack, stack of volumes, words of its warnings)
SHARED = {
    "maps/emd_1832.map": ((64, 64, 64), 5.7, False, False, []),
    "maps/EMD-3197.map": ((20, 20, 20), 11.4, False, False, []),
    "maps/3j9g_potential_ps4_4.mrc": ((64, 64, 64), 4.4, False, False, []),
    "maps/clean70SRibosome_vol_65p.mrc": ((65, 65, 65), None, False, False, ["no pixel size"]),
    "maps/50S-vol.mrc": ((128, 32, 32), 4.0, False, True, ["4 volumes of 32³ or 128 images"]),
    "particles/aspire_sample.mrcs": ((17, 200, 200), None, True, False, ["no pixel size"]),
    "particles/empiar_10076_7.mrc": ((7, 320, 320), None, False, False, ["no pixel size"]),
    "particles/ay19102021_L3_position6_ribo_it09_bin8_1.82A.mrcs": (
        (220, 64, 64), 1.0, True, False, ["machine stamp", "`MAP ` mark", "exactly 1 Å"],
    ),
    "tomo/10076_classD_32.mrc": ((32, 32, 32), 1.0, False, False, ["machine stamp", "exactly 1 Å"]),
    "tomo/10076_classD_32_sim.mrcs": ((576, 32, 32), 13.1, True, False, ["machine stamp", "`MAP ` mark"]),
    "tomo/tilt_stack.mrc": ((4, 240, 232), None, False, False, ["no pixel size"]),
    "metadata/000000.mrcs": ((3, 16, 16), 1.0, True, False, ["differs between the axes: 1 × 12"]),
    "golden/plain.mrcs": ((16, 64, 64), 5.7, True, False, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_reads_each_shared_file_as_mrcfile_does(name):
    path = shared_data(name)
    shape, pixel_size, is_image_stack, is_volume_stack, words = SHARED[name]
    array, description = read_mrc(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = mrcfile.read(path)
    np.testing.assert_array_equal(array, expected.reshape(array.shape))
    assert array.dtype == np.float32
    assert description.shape == array.shape == shape
    assert (description.pixel_size and description.pixel_size[0]) == pixel_size
    assert (description.is_image_stack, description.is_volume_stack) == (is_image_stack, is_volume_stack)
    assert len(description.warnings) == len(words)
    for word, warning in zip(words, description.warnings, strict=True):
        assert word in warning


def test_a_stack_of_volumes_counts_them():
    assert inspect_mrc(shared_data("maps/50S-vol.mrc")).volume_count == 4


def test_start_of_an_emdb_map_is_kept():
    assert inspect_mrc(shared_data("maps/EMD-3197.map")).start == (-2, 0, 0)


def test_the_room_does_not_load_jax():
    code = "import sys, vitreous.io; sys.exit('jax' in sys.modules or 'equinox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("image_stack", [False, True])
def test_what_is_written_is_valid_and_read_back(tmp_path, image_stack):
    array = np.random.default_rng(0).normal(3, 2, (5, 6, 7))
    write_mrc(tmp_path / "a.mrc", array, pixel_size=1.37, image_stack=image_stack, origin=(1, 2, 3))
    assert mrcfile.validate(tmp_path / "a.mrc", print_file=io.StringIO())
    back, description = read_mrc(tmp_path / "a.mrc")
    np.testing.assert_array_equal(back, array.astype(np.float32))
    assert description.pixel_size[:2] == (1.37, 1.37)
    assert description.origin == (1, 2, 3)
    assert description.is_image_stack is image_stack
    # The header holds single precision.
    assert description.statistics == pytest.approx(
        (array.min(), array.max(), array.mean(), array.std()), rel=1e-6, abs=1e-6
    )


@given(
    array=st_numpy.arrays(
        np.float32,
        st_numpy.array_shapes(min_dims=2, max_dims=3, max_side=6),
        elements=st.floats(-1e6, 1e6, width=32),
    ),
    pixel_size=st.floats(0.1, 100),
)
def test_write_then_read_is_the_identity(tmp_path_factory, array, pixel_size):
    path = tmp_path_factory.mktemp("mrc") / "a.mrc"
    write_mrc(path, array, pixel_size=pixel_size)
    back, description = read_mrc(path)
    np.testing.assert_array_equal(back.reshape(array.shape), array)
    if description.pixel_size is not None:
        assert description.pixel_size[0] == pytest.approx(pixel_size, rel=1e-6)  # single precision in the header


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.float16, np.float32])
@pytest.mark.parametrize("order", "<>")
def test_modes_and_byte_orders(tmp_path, dtype, order):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(array.astype(array.dtype.newbyteorder(order)))
        mrc.voxel_size = 2.0
    back, description = read_mrc(tmp_path / "a.mrc")
    np.testing.assert_array_equal(back, array)
    assert description.pixel_size == (2.0, 2.0, 2.0)


def test_a_wrong_machine_stamp_is_seen_through(tmp_path):
    path = tmp_path / "a.mrc"
    write_mrc(path, np.arange(8.0).reshape(2, 2, 2), pixel_size=2.0)
    content = bytearray(path.read_bytes())
    content[212:214] = b"\x11\x11"  # claims big-endian
    path.write_bytes(content)
    back, description = read_mrc(path)
    assert back[1, 1, 1] == 7
    assert "machine stamp" in description.warnings[0]


def test_unsigned_bytes_of_imod(tmp_path):
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(np.array([[-1, 1], [2, 3]], np.int8))
    content = bytearray((tmp_path / "a.mrc").read_bytes())
    content[152:160] = np.array([1146047817, 0], np.int32).tobytes()
    (tmp_path / "a.mrc").write_bytes(content)
    assert read_mrc(tmp_path / "a.mrc")[0].max() == 255


@pytest.mark.parametrize("order", [(1, 2, 3), (2, 1, 3), (3, 2, 1), (3, 1, 2)])
def test_axes_in_another_order_are_transposed(tmp_path, order):
    volume = np.arange(24, dtype=np.float32).reshape(2, 3, 4)  # z y x
    axis_of = {1: 2, 2: 1, 3: 0}  # x, y, z in the array
    stored = volume.transpose([axis_of[number] for number in reversed(order)])
    start = {1: -10, 2: -20, 3: -30}
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(np.ascontiguousarray(stored))
        mrc.header.mapc, mrc.header.mapr, mrc.header.maps = order
        mrc.header.mx, mrc.header.my, mrc.header.mz = 4, 3, 2
        mrc.header.cella = (4 * 1.5, 3 * 1.5, 2 * 1.5)
        mrc.header.nxstart, mrc.header.nystart, mrc.header.nzstart = (start[number] for number in order)
    array, description = read_mrc(tmp_path / "a.mrc")
    np.testing.assert_array_equal(array, volume)
    assert description.shape == (2, 3, 4)
    assert description.start == (-10, -20, -30)
    assert description.pixel_size == (1.5, 1.5, 1.5)


def test_a_declared_stack_of_volumes(tmp_path):
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(np.zeros((2, 3, 4, 5), np.float32))
        mrc.voxel_size = 1.5
    description = inspect_mrc(tmp_path / "a.mrc")
    assert description.is_volume_stack and description.volume_count == 2
    with pytest.raises(InputError, match="stack of 2 volumes"):
        open_images(tmp_path / "a.mrc")


def test_the_ending_or_else_the_content_tells_what_is_mrc(tmp_path):
    for name in ("a.mrc", "a.MAP", "a.mrcs.gz", "a.1.ccp4", "a.rec.bz2"):
        assert is_mrc(tmp_path / name)  # not opened: what is wrong with it is told by the reader
    write_mrc(tmp_path / "a.mrc", np.zeros((4, 4, 4)), pixel_size=1.5)
    content = (tmp_path / "a.mrc").read_bytes()
    for stored in (content, gzip.compress(content), bz2.compress(content)):
        (tmp_path / "file").write_bytes(stored)
        assert is_mrc(tmp_path / "file")
    for other in (b"", b"short", content[:208], b"x" * 208 + b"MAP and then some text"):
        (tmp_path / "file").write_bytes(other)
        assert not is_mrc(tmp_path / "file")
    (tmp_path / "file").write_bytes(gzip.compress(content)[:12] + bytes(30))
    with pytest.raises(InputError, match="cannot be decompressed"):
        is_mrc(tmp_path / "file")
    with pytest.raises(InputError, match="absent: cannot be read"):
        is_mrc(tmp_path / "absent")


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_files(tmp_path, suffix, compress):
    write_mrc(tmp_path / "a.mrc", np.arange(8.0).reshape(2, 2, 2), pixel_size=2.0)
    content = compress((tmp_path / "a.mrc").read_bytes())
    path = tmp_path / f"a.mrc{suffix}"
    path.write_bytes(content)
    assert read_mrc(path)[0][1, 1, 0] == 6
    damaged = content[:40] + bytes(40) + content[80:]
    for lost in (content[:-20], damaged):
        path.write_bytes(lost)
        with pytest.raises(InputError, match=r"cannot be decompressed|truncated"):
            read_mrc(path)


def written(tmp_path, change):
    path = tmp_path / "a.mrc"
    write_mrc(path, np.ones((3, 4, 5)), pixel_size=1.0)
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "truncated"),
        (lambda content: content[:500], "less than the 1024"),
        (lambda content: b"", "empty"),
        (lambda content: b"Some text, not a map.\n" * 100, "not an MRC file"),
        (lambda content: bytes(2000), "not an MRC file"),
        (lambda content: np.random.default_rng(1).bytes(5000), "not an MRC file"),
        (lambda content: content[:1024] + np.full(60, np.nan, np.float32).tobytes(), "NaN"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path, change, message):
    path = written(tmp_path, change)
    with pytest.raises(InputError, match=message) as error:
        read_mrc(path)
    assert str(path) in error.value.message
    assert error.value.hint


def test_absent_file_and_folder():
    for name in ("/nowhere/a.mrc", "/tmp"):
        with pytest.raises(InputError, match="cannot be read"):
            read_mrc(name)


def test_nan_is_read_only_where_allowed(tmp_path):
    path = written(tmp_path, lambda content: content[:1024] + np.full(60, np.nan, np.float32).tobytes())
    assert np.isnan(read_mrc(path, allow_nan=True)[0]).all()


def test_large_finite_values_are_no_nan(tmp_path):
    write_mrc(tmp_path / "a.mrc", np.full((1, 8, 8), 3e38), pixel_size=1.0)
    assert read_mrc(tmp_path / "a.mrc")[0].max() == np.float32(3e38)


def test_trailing_bytes_warn(tmp_path):
    assert "7 bytes follow" in inspect_mrc(written(tmp_path, lambda content: content + b"1234567")).warnings[0]


def test_images_by_index_and_errors(tmp_path):
    stack = np.arange(4.0)[:, None, None] * np.ones((4, 3, 5))
    write_mrc(tmp_path / "a.mrcs", stack, pixel_size=1.0, image_stack=True)
    images = open_images(tmp_path / "a.mrcs")
    assert images.read([3, 0, 3])[:, 0, 0].tolist() == [3, 0, 3]
    assert images.read().shape == (4, 3, 5)
    assert images.read([]).shape == (0, 3, 5)
    with pytest.raises(InputError, match="no image 5"):
        images.read([4])
    with pytest.raises(InputError, match="no image 0"):
        images.read([-1])


def test_a_mapped_file_is_read_only(tmp_path):
    write_mrc(tmp_path / "a.mrc", np.ones((2, 2, 2)), pixel_size=1.0)
    values, _ = map_mrc(tmp_path / "a.mrc")
    with pytest.raises(ValueError):
        values[0, 0, 0] = 2


@pytest.mark.parametrize(
    ("array", "pixel_size", "message"),
    [
        (np.ones((2, 2, 2)), 0.0, "must be positive"),
        (np.ones((2, 2, 2)), np.nan, "must be positive"),
        (np.full((2, 2, 2), np.inf), 1.0, "NaN or infinite"),
        (np.ones(4), 1.0, "not an array of shape"),
        (np.ones((0, 2, 2)), 1.0, "not an array of shape"),
    ],
)
def test_what_is_not_written_leaves_nothing(tmp_path, array, pixel_size, message):
    with pytest.raises(InputError, match=message):
        write_mrc(tmp_path / "a.mrc", array, pixel_size=pixel_size)
    assert list(tmp_path.iterdir()) == []


def test_writer_makes_the_same_file_as_writing_at_once(tmp_path):
    stack = np.random.default_rng(2).normal(100, 1, (7, 4, 6)).astype(np.float32)
    with MrcStackWriter(tmp_path / "a.mrcs", image_shape=(4, 6), count=7, pixel_size=1.5) as writer:
        writer.append(stack[:3])
        writer.append(stack[3])
        assert writer.written == 4
        writer.append(stack[4:])
    write_mrc(tmp_path / "b.mrcs", stack, pixel_size=1.5, image_stack=True)
    assert (tmp_path / "a.mrcs").read_bytes() == (tmp_path / "b.mrcs").read_bytes()
    assert mrcfile.validate(tmp_path / "a.mrcs", print_file=io.StringIO())


def test_an_unfinished_stack_is_refused_and_can_be_continued(tmp_path):
    stack = np.random.default_rng(3).normal(size=(5, 4, 4)).astype(np.float32)
    path = tmp_path / "a.mrcs"
    with pytest.raises(KeyboardInterrupt), MrcStackWriter(path, image_shape=(4, 4), count=5, pixel_size=2.0) as writer:
        writer.append(stack[:3])
        raise KeyboardInterrupt
    with pytest.raises(InputError, match="truncated"):
        read_mrc(path)
    path.write_bytes(path.read_bytes()[:-10])  # the third image was cut by the crash
    with MrcStackWriter(path, image_shape=(4, 4), count=5, pixel_size=2.0, written=2) as writer:
        writer.append(stack[2:])
    back, description = read_mrc(path)
    np.testing.assert_array_equal(back, stack)
    # The header holds single precision.
    assert description.statistics == pytest.approx((stack.min(), stack.max(), stack.mean(), stack.std()), abs=1e-6)
    assert mrcfile.validate(path, print_file=io.StringIO())


def test_writer_refuses_what_does_not_fit(tmp_path):
    path = tmp_path / "a.mrcs"
    options = {"image_shape": (4, 4), "count": 2, "pixel_size": 2.0}
    with pytest.raises(InputError, match="only 1 of 2"), MrcStackWriter(path, **options) as writer:
        writer.append(np.zeros((4, 4)))
    for change, message in [
        ({"count": 3}, "not the unfinished stack"),
        ({"pixel_size": 3.0}, "not the unfinished stack"),
        ({"written": 2}, "holds 1 whole images"),
        ({"written": 3}, "cannot continue"),
    ]:
        with pytest.raises(InputError, match=message):
            MrcStackWriter(path, **{**options, "written": 1, **change})
    writer = MrcStackWriter(path, **options)
    with pytest.raises(InputError, match="not of shape"):
        writer.append(np.zeros((5, 4)))
    with pytest.raises(InputError, match="do not fit"):
        writer.append(np.zeros((3, 4, 4)))
    with pytest.raises(InputError, match="NaN"):
        writer.append(np.full((4, 4), np.nan))
    writer.close()
    writer.close()
    with pytest.raises(InputError, match="cannot be written"):
        MrcStackWriter(tmp_path / "no" / "a.mrcs", **options)
    with pytest.raises(InputError, match="image by image uncompressed"):
        MrcStackWriter(tmp_path / "a.mrcs.gz", **options)


WHOLE = [MrcMode.INT8, MrcMode.INT16, MrcMode.UINT16]
REAL = [*WHOLE, MrcMode.FLOAT16, MrcMode.FLOAT32]


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
@pytest.mark.parametrize("mode", REAL)
def test_what_is_written_in_each_mode_is_valid_and_mrcfile_agrees(tmp_path, mode, suffix):
    array = np.arange(24).reshape(2, 3, 4)
    path = tmp_path / f"a.mrc{suffix}"
    write_mrc(path, array, pixel_size=1.5, mode=mode, labels=["A first line", "and another"])
    assert mrcfile.validate(path, print_file=io.StringIO())
    with mrcfile.open(path) as mrc:
        assert mrc.header.mode == mode
        np.testing.assert_array_equal(mrc.data, array)
    back, description = read_mrc(path)
    np.testing.assert_array_equal(back, array)
    assert (description.mode, description.mode_name) == (mode, mode.title)
    assert description.labels == ("A first line", "and another")
    with open_images(path) as images:
        np.testing.assert_array_equal(images.read([1]), array[1:])


@given(data=st.data(), mode=st.sampled_from([*WHOLE, MrcMode.FLOAT16]))
def test_every_value_of_a_mode_is_kept(tmp_path_factory, data, mode):
    elements = {"allow_nan": False, "allow_infinity": False} if mode is MrcMode.FLOAT16 else None
    array = data.draw(st_numpy.arrays(mode.dtype, (2, 3, 2), elements=elements))
    path = tmp_path_factory.mktemp("mrc") / "a.mrc"
    write_mrc(path, array, pixel_size=1.5, mode=mode)
    np.testing.assert_array_equal(map_mrc(path)[0], array)


def test_fractions_are_rounded_in_modes_of_whole_numbers(tmp_path):
    write_mrc(tmp_path / "a.mrc", [[-1.6, 2.4], [127.4, -128.4]], pixel_size=1.5, mode=MrcMode.INT8)
    assert read_mrc(tmp_path / "a.mrc")[0].ravel().tolist() == [-2, 2, 127, -128]


@pytest.mark.parametrize(
    ("value", "mode", "message"),
    [
        (127.6, MrcMode.INT8, "value 128 is beyond the range -128 to 127"),
        (-1, MrcMode.UINT16, "value -1 is beyond the range 0 to 65535"),
        (65536, MrcMode.UINT16, "beyond the range"),
        (40000, MrcMode.INT16, "beyond the range"),
        (-7e4, MrcMode.FLOAT16, "beyond the range -65504 to 65504"),
        (1e39, MrcMode.FLOAT32, "beyond the range"),
        (1e39j, MrcMode.COMPLEX64, "beyond the range"),
        (np.nan, MrcMode.INT16, "NaN or infinite"),
        (np.inf, MrcMode.FLOAT16, "NaN or infinite"),
        (np.nan * 1j, MrcMode.COMPLEX64, "NaN or infinite"),
        (1j, MrcMode.FLOAT32, "complex values do not fit"),
        (1, MrcMode.UINT4, "mode 101 .* is not written"),
        (1, MrcMode.COMPLEX_INT16, "mode 3 .* is not written"),
    ],
)
def test_values_that_a_mode_cannot_hold_are_not_written(tmp_path, value, mode, message):
    with pytest.raises(InputError, match=message):
        write_mrc(tmp_path / "a.mrc", np.array([[0, value]]), pixel_size=1.5, mode=mode)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_transforms(tmp_path, suffix):
    transform = np.fft.rfftn(np.random.default_rng(4).normal(size=(3, 4, 6))).astype(np.complex64)
    path = tmp_path / f"a.mrc{suffix}"
    write_mrc(path, transform, pixel_size=1.5, mode=MrcMode.COMPLEX64)
    assert mrcfile.validate(path, print_file=io.StringIO())
    back, description = read_mrc_complex(path)
    np.testing.assert_array_equal(back, transform)
    assert description.mode is MrcMode.COMPLEX64
    for reader in (read_mrc, map_mrc, open_images):
        with pytest.raises(InputError, match=r"mode 4 .* a transform") as error:
            reader(path)
        assert "read_mrc_complex" in (error.value.hint or "")
    write_mrc(path, transform.real, pixel_size=1.5)
    with pytest.raises(InputError, match="without complex values"):
        read_mrc_complex(path)


def with_mode(path, mode, values, shape, order="<"):
    """A file whose header another mode is written into, by hand."""
    with mrcfile.new(path, overwrite=True) as mrc:
        mrc.set_data(np.zeros((1, 1, 1), np.dtype(np.int8)))
        header = mrc.header.copy()
    header = header.astype(header.dtype.newbyteorder(order))
    header["nx"], header["ny"], header["nz"], header["mode"] = *shape[::-1], mode
    header["machst"] = [0x44, 0x44, 0, 0] if order == "<" else [0x11, 0x11, 0, 0]
    path.write_bytes(header.tobytes() + values)


@pytest.mark.parametrize("order", "<>")
def test_complex_whole_numbers(tmp_path, order):
    values = np.arange(-6, 6, dtype=f"{order}i2")
    with_mode(tmp_path / "a.mrc", 3, values.tobytes(), (1, 2, 3), order)
    back, description = read_mrc_complex(tmp_path / "a.mrc")
    np.testing.assert_array_equal(back, (values[::2] + 1j * values[1::2]).reshape(1, 2, 3))
    assert description.is_big_endian == (order == ">")


@pytest.mark.parametrize("columns", [4, 5])
def test_two_values_of_four_bits_in_a_byte(tmp_path, columns):
    images = np.random.default_rng(5).integers(0, 16, (3, 2, columns)).astype(np.uint8)
    padded = np.pad(images, ((0, 0), (0, 0), (0, columns % 2)))
    packed = padded[..., 0::2] | padded[..., 1::2] << 4  # the first value in the lower half
    with_mode(tmp_path / "a.mrc", 101, packed.tobytes(), images.shape)
    np.testing.assert_array_equal(read_mrc(tmp_path / "a.mrc")[0], images)
    np.testing.assert_array_equal(open_images(tmp_path / "a.mrc").read([2, 0]), images[[2, 0]])
    with_mode(tmp_path / "a.mrc", 101, packed.tobytes()[:-1], images.shape)
    with pytest.raises(InputError, match="truncated"):
        read_mrc(tmp_path / "a.mrc")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_extended_headers_are_kept(tmp_path, suffix):
    path, extended = tmp_path / f"a.mrc{suffix}", bytes(range(200))
    write_mrc(path, np.ones((2, 3, 4)), pixel_size=1.5, extended_header=extended, extended_type="FEI1")
    assert mrcfile.validate(path, print_file=io.StringIO())
    values, description = read_mrc(path)
    assert (description.extended_header, description.extended_type) == (extended, "FEI1")
    np.testing.assert_array_equal(values, 1)
    with mrcfile.open(path) as mrc:
        assert (mrc.extended_header.tobytes(), mrc.header.exttyp) == (extended, b"FEI1")
    np.testing.assert_array_equal(open_images(path).read([1]), 1)


def test_a_file_without_an_extended_header_has_none(tmp_path):
    write_mrc(tmp_path / "a.mrc", np.ones((2, 3, 4)), pixel_size=1.5)
    description = inspect_mrc(tmp_path / "a.mrc")
    assert (description.extended_header, description.extended_type) == (b"", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["a"] * 11}, "11 labels"),
        ({"labels": ["a" * 81]}, "do not fit"),
        ({"labels": ["Å"]}, "'Å', do not fit"),
        ({"labels": [" "]}, "do not fit"),
        ({"labels": ["a\nb"]}, "do not fit"),
        ({"extended_header": b"x"}, "extended header of 1 bytes cannot be of the type ''"),
        ({"extended_type": "FEI1"}, "extended header of 0 bytes"),
        ({"extended_header": b"x", "extended_type": "FEI10"}, "'FEI10'"),
    ],
)
def test_labels_and_extended_headers_that_do_not_fit(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        write_mrc(tmp_path / "a.mrc", np.ones((2, 2)), pixel_size=1.5, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [MrcMode.FLOAT16, MrcMode.INT8])
def test_writer_in_other_modes(tmp_path, mode):
    stack = np.arange(60).reshape(5, 3, 4)
    options = {"image_shape": (3, 4), "count": 5, "pixel_size": 1.5, "mode": mode}
    with pytest.raises(KeyboardInterrupt), MrcStackWriter(tmp_path / "a.mrcs", **options) as writer:
        writer.append(stack[:3])
        raise KeyboardInterrupt
    with MrcStackWriter(tmp_path / "a.mrcs", **options, written=2) as writer:
        writer.append(stack[2:])
        with pytest.raises(InputError, match="beyond the range"):
            MrcStackWriter(tmp_path / "b.mrcs", **options).append(stack[0] + 1e5)
    write_mrc(tmp_path / "c.mrcs", stack, pixel_size=1.5, image_stack=True, mode=mode)
    assert (tmp_path / "a.mrcs").read_bytes() == (tmp_path / "c.mrcs").read_bytes()


def test_a_compressed_header_that_promises_more_than_memory_is_refused(tmp_path):
    with_mode(tmp_path / "a.mrc", 2, bytes(100), (2**15, 2**15, 2**15))
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(gzip.compress((tmp_path / "a.mrc").read_bytes()))
    with pytest.raises(InputError, match="truncated"):
        read_mrc(path)
