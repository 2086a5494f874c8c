"""Images of any file, read when asked for: the same for every format, and few files open at a time."""

import bz2
import gzip
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import open_images, read_mrc, write_mrc
from vitreous.io._images_source import AbstractImageSource, OpenFiles

STACK = np.arange(60, dtype=np.float32).reshape(5, 3, 4)


@pytest.fixture
def mrc(tmp_path):
    write_mrc(tmp_path / "a.mrcs", STACK, pixel_size=1.5, image_stack=True)
    return tmp_path / "a.mrcs"


@pytest.mark.parametrize("name", ["golden/plain.mrcs", "tomo/tilt_stack.mrc", "metadata/000000.mrcs"])
def test_real_stacks_are_those_of_the_whole_reader(name):
    path = shared_data(name)
    expected, description = read_mrc(path)
    with open_images(path) as images:
        assert images.shape == expected.shape
        assert images.pixel_size == (description.pixel_size and description.pixel_size[0])
        np.testing.assert_array_equal(images.read(), expected)
        np.testing.assert_array_equal(images.read([2, 0, 2]), expected[[2, 0, 2]])


@given(indices=st.lists(st.integers(0, 4), max_size=8))
def test_any_order_and_repetition(tmp_path_factory, indices):
    path = tmp_path_factory.mktemp("any") / "a.mrcs"
    write_mrc(path, STACK, pixel_size=1.5, image_stack=True)
    np.testing.assert_array_equal(open_images(path).read(indices), STACK[np.asarray(indices, int)])


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_stacks_are_read_whole_and_let_go(mrc, suffix, compress):
    path = mrc.with_name(mrc.name + suffix)
    path.write_bytes(compress(mrc.read_bytes()))
    with open_images(path) as images:
        assert (images.shape, images.pixel_size) == (STACK.shape, 1.5)
        np.testing.assert_array_equal(images.read([4, 1]), STACK[[4, 1]])


@pytest.mark.parametrize("indices", [[5], [-1], [0, 7]])
def test_an_index_outside_is_named(mrc, indices):
    with pytest.raises(InputError, match=r"holds 5 images, so there is no image [068]") as error:
        open_images(mrc).read(indices)
    assert str(mrc) in error.value.message


@pytest.mark.parametrize("indices", [[True, False], [False] * 5])
def test_what_is_no_index_is_refused(mrc, indices):
    with pytest.raises(InputError, match="whole numbers"):
        open_images(mrc).read(indices)


def test_values_that_are_not_finite_are_named(mrc):
    content = bytearray(mrc.read_bytes())
    content[1024 + 3 * 48 : 1024 + 3 * 48 + 4] = np.float32(np.nan).tobytes()
    mrc.write_bytes(content)
    np.testing.assert_array_equal(open_images(mrc).read([2, 4]), STACK[[2, 4]])
    with pytest.raises(InputError, match="1 values of section 4"):
        open_images(mrc).read([1, 3])


def test_a_file_that_changes_or_goes_while_in_use_is_told(mrc):
    images = open_images(mrc)
    mrc.write_bytes(mrc.read_bytes()[:-1])
    with pytest.raises(InputError, match="lost its image 5"):
        images.read([4])
    images.close()
    write_mrc(mrc, STACK[:2], pixel_size=1.5, image_stack=True)
    with pytest.raises(InputError, match=r"held 5 × 3 × 4 values when it was opened, and now 2 × 3 × 4"):
        images.read([0])
    images.close()
    mrc.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        images.read([0])


def test_a_result_is_the_callers_own_and_the_file_is_not_written(mrc):
    before = mrc.read_bytes()
    first = open_images(mrc).read([0])
    first += 1
    assert mrc.read_bytes() == before
    assert open_images(mrc).read([0])[0, 0, 0] == 0


class Recorded(AbstractImageSource):
    """A source that counts those that are open."""

    open_now = 0

    def __init__(self, held=0):
        type(self).open_now += 1
        self._held = held

    @property
    def held_bytes(self):
        return self._held

    def read_into(self, indices, images):
        pass

    def reopened(self):
        return Recorded(self._held)

    def close(self):
        type(self).open_now -= 1


def test_few_files_stay_open_and_the_last_used_are_kept(monkeypatch):
    monkeypatch.setattr(Recorded, "open_now", 0)
    pool = OpenFiles(files_at_most=3)
    first, made = [], []

    def make():
        made.append(Recorded())
        return made[-1]

    for number in range(10):
        with pool.borrow(number, make) as source:
            first = first or [source]
        with pool.borrow(0, make) as source:
            assert source is first[0]  # always among the last used
        assert Recorded.open_now == len(pool) <= 3
    assert len(made) == 10
    pool.close(0)
    assert Recorded.open_now == len(pool) == 2


def test_memory_held_is_bounded(monkeypatch):
    monkeypatch.setattr(Recorded, "open_now", 0)
    pool = OpenFiles(bytes_at_most=100)
    for number in range(5):
        with pool.borrow(number, lambda: Recorded(held=60)):
            pass
    assert Recorded.open_now == 1


def test_threads_read_the_same_stacks_at_once(tmp_path):
    paths = [tmp_path / f"{number}.mrcs" for number in range(70)]  # more than stay open
    for number, path in enumerate(paths):
        write_mrc(path, STACK + number, pixel_size=1.0, image_stack=True)
    files = [open_images(path) for path in paths]
    wrong = []

    def work(seed):
        for number in np.random.default_rng(seed).integers(0, 70, 100):
            if not np.array_equal(files[number].read([3, 1]), STACK[[3, 1]] + number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_infinities_of_both_signs_are_told_without_a_warning(mrc):
    content = bytearray(mrc.read_bytes())
    content[1024:1032] = np.array([np.inf, -np.inf], np.float32).tobytes()
    mrc.write_bytes(content)
    with pytest.raises(InputError, match="2 values of section 1"):
        open_images(mrc).read([0])
