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
from vitreous.io import MrcStackWriter, inspect_mrc, is_mrc, map_mrc, read_mrc, read_mrc_images, write_mrc

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
        read_mrc_images(tmp_path / "a.mrc")


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
        (lambda content: content[:12] + b"\x04" + content[13:], "mode 4"),
        (lambda content: content[:12] + b"\x65" + content[13:], "mode 101"),
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
    assert read_mrc_images(tmp_path / "a.mrcs", [3, 0, 3])[:, 0, 0].tolist() == [3, 0, 3]
    assert read_mrc_images(tmp_path / "a.mrcs").shape == (4, 3, 5)
    assert read_mrc_images(tmp_path / "a.mrcs", []).shape == (0, 3, 5)
    with pytest.raises(InputError, match="no image 5"):
        read_mrc_images(tmp_path / "a.mrcs", [4])
    with pytest.raises(InputError, match="no image 0"):
        read_mrc_images(tmp_path / "a.mrcs", [-1])


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
