"""Batches of particles: what is in them, in which order, and how often a stack is opened."""

import threading
import warnings
from itertools import chain, islice

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from tests.memory import peak_growth
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset, ParticleLoader, write_particles_star
from vitreous.datasets._loader_memory import BatchMemory
from vitreous.datasets._shuffle import block_size, reading_order, shuffled_in_blocks
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose

N, STACKS = 23, 3
KEY = jax.random.key(7)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Particle i has pixels of value i, φ = i and a defocus of 10 000 + i; its images lie scattered over the stacks."""
    folder = tmp_path_factory.mktemp("loader")
    stack_of = np.random.default_rng(0).permutation(N) % STACKS
    names = []
    for particle, stack in enumerate(stack_of):
        names.append(f"{(stack_of[:particle] == stack).sum() + 1}@{stack}.mrcs")
    for stack in range(STACKS):
        values = np.flatnonzero(stack_of == stack)[:, None, None] * np.ones((4, 6))
        write_mrc(folder / f"{stack}.mrcs", values, pixel_size=2.0, image_stack=True)
    n = jnp.arange(float(N))
    poses = jax.vmap(EulerAnglePose)(n, -jnp.ones(N), jnp.ones(N))
    path = folder / "particles.star"
    ctf = jax.vmap(CTF)(10_000 + n)
    write_particles_star(path, image_names=names, image_shape=(4, 6), pixel_size=2.0, poses=poses, ctf=ctf)
    return ParticleDataset.load(path)


def rows_of(batches):
    return [np.asarray(batch.rows)[np.asarray(batch.mask)].tolist() for batch in batches]


@pytest.mark.parametrize("options", [{}, {"key": KEY}, {"key": KEY, "window": 8}], ids=["in order", "all", "window"])
def test_batch_holds_what_its_rows_say(dataset, options):
    loader = ParticleLoader(dataset, 5, **options)
    batches = list(loader)
    assert len(batches) == len(loader) == 5
    poses, optics = dataset.poses, dataset.optics
    for batch in batches:
        np.testing.assert_array_equal(batch.images, dataset.images(np.asarray(batch.rows)))
        np.testing.assert_array_equal(batch.poses.phi, poses.phi[batch.rows])
        np.testing.assert_array_equal(batch.optics.ctf.defocus_u, optics.ctf.defocus_u[batch.rows])
        assert batch.images.shape == (5, 4, 6) and batch.images.dtype == np.float32
    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]
    np.testing.assert_array_equal(batches[-1].images[3:], np.asarray(batches[-1].images)[[2, 2]])
    rows = list(chain(*rows_of(batches)))
    assert sorted(rows) == list(range(N))
    assert (rows == list(range(N))) is ("key" not in options)


def test_batches_are_of_one_structure(dataset):
    batches = list(ParticleLoader(dataset, 5, key=KEY))
    shapes = [jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), batch) for batch in batches]
    assert all(shape == shapes[0] for shape in shapes[1:])
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(batches))


def test_epochs_differ_and_repeat(dataset):
    loader = ParticleLoader(dataset, 5, key=KEY, window=9)
    first, second = (rows_of(loader.epoch(number)) for number in (0, 1))
    assert first != second
    assert first == rows_of(loader) == rows_of(ParticleLoader(dataset, 5, key=KEY, window=9))
    assert first != rows_of(ParticleLoader(dataset, 5, key=jax.random.key(8), window=9))


@pytest.mark.parametrize("options", [{}, {"key": KEY}, {"key": KEY, "window": 5}], ids=["in order", "all", "window"])
def test_any_batch_is_the_same_when_resumed_there(dataset, options):
    loader = ParticleLoader(dataset, 5, **options)
    batches = list(loader.epoch(2))
    for start in range(len(loader) + 1):
        rest = list(loader.epoch(2, start=start))
        assert rows_of(rest) == rows_of(batches[start:])
        for batch, other in zip(rest, batches[start:], strict=True):
            np.testing.assert_array_equal(batch.images, other.images)


def test_without_images_the_order_is_the_same(dataset):
    loader, plain = (ParticleLoader(dataset, 4, key=KEY, window=9, with_images=images) for images in (True, False))
    assert rows_of(loader) == rows_of(plain)
    assert next(iter(plain)).images is None


def test_last_batch_is_dropped(dataset):
    loader = ParticleLoader(dataset, 5, key=KEY, window=7, drop_last=True)
    batches = list(loader)
    assert len(batches) == len(loader) == 4
    assert all(len(batch) == 5 for batch in batches)
    assert len(set(chain(*rows_of(batches)))) == 20


def test_particles_without_poses_or_ctf():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = ParticleDataset.load(shared_data("particles/empiar_10076_7.star"))
        batch = next(iter(ParticleLoader(dataset, 4)))
    assert batch.poses is None and batch.optics is not None
    assert batch.images.shape == (4, 320, 320)


def test_each_stack_is_opened_once_in_a_shuffled_epoch(dataset, monkeypatch):
    read, read_into = [], ParticleLoader._read_into

    def watched(self, rows, images):
        stacks, indices = dataset.metadata.stack_of[rows], dataset.metadata.index_in_stack[rows]
        assert np.all(np.diff(indices)[np.diff(stacks) == 0] > 0)
        read.extend(stacks.tolist())
        read_into(self, rows, images)

    monkeypatch.setattr(ParticleLoader, "_read_into", watched)
    monkeypatch.setattr("vitreous.datasets._loader._PIECE_BYTES", 3 * 4 * 24)
    # One stack after the other, so that what is read is listed in order.
    monkeypatch.setattr("vitreous.datasets._loader.map_ahead", lambda function, items, **_: map(function, items))
    list(ParticleLoader(dataset, 4, key=KEY, window=4))
    assert len(read) == N
    assert np.count_nonzero(np.diff(read)) == STACKS - 1


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 9), st.integers(0, 3))
def test_blocks_keep_their_particles(count, window, batch_size, seed):
    size = block_size(count, window=window, batch_size=batch_size)
    assert size == count or size % batch_size == 0
    assert size <= max(window, batch_size)
    order = np.random.default_rng(seed).permutation(count)
    shuffled = shuffled_in_blocks(order, size, np.random.default_rng(seed))
    for first in range(0, count, size):
        block = slice(first, first + size)
        assert sorted(shuffled[block]) == sorted(order[block])


def test_a_window_as_large_as_the_dataset_gives_all_orders_alike():
    generator = np.random.default_rng(0)
    draws, orders = 6000, {}
    size = block_size(3, window=3, batch_size=2)
    for _ in range(draws):
        order = tuple(shuffled_in_blocks(np.arange(3), size, generator).tolist())
        orders[order] = orders.get(order, 0) + 1
    counts = np.array(list(orders.values()))
    # χ² of 6 equally likely orders has 5 degrees of freedom: 20.5 is exceeded once in a thousand.
    assert len(counts) == 6 and ((counts - 1000) ** 2 / 1000).sum() < 20.5


def test_a_batch_mixes_as_many_stacks_as_the_documentation_says():
    """With stacks of s = 20 images in a window of w = 400, blocks of 200 are of some 1 + w/2s = 11 stacks."""
    stack_of, index = np.divmod(np.arange(4013), 20)
    order = reading_order(stack_of, index, np.random.default_rng(0))
    size = block_size(len(order), window=400, batch_size=50)
    shuffled = shuffled_in_blocks(order, size, np.random.default_rng(1))
    mixed = [len(set(stack_of[shuffled[first : first + size]])) for first in range(0, 4000, size)]
    assert size == 200 and set(mixed) <= {10, 11}


def test_stacks_are_read_in_random_order():
    stack_of, index = np.repeat(np.arange(4), 3), np.tile([2, 0, 1], 4)
    orders = [reading_order(stack_of, index, np.random.default_rng(seed)) for seed in range(20)]
    firsts = {int(stack_of[order[0]]) for order in orders}
    assert firsts == {0, 1, 2, 3}
    for order in orders:
        assert index[order].tolist() == [0, 1, 2] * 4


def test_what_goes_wrong_while_reading_ahead_is_raised(dataset, tmp_path):
    names = ["1@here.mrcs", "2@here.mrcs", "1@gone.mrcs"]
    for name in ("here", "gone"):
        write_mrc(tmp_path / f"{name}.mrcs", np.ones((2, 4, 4)), pixel_size=2.0, image_stack=True)
    write_particles_star(tmp_path / "a.star", image_names=names, image_shape=(4, 4), pixel_size=2.0)
    loader = ParticleLoader(ParticleDataset.load(tmp_path / "a.star"), 1, prefetch=3)
    (tmp_path / "gone.mrcs").write_bytes(b"")
    seen = []
    with pytest.raises(InputError, match=r"gone\.mrcs"):
        seen.extend(loader)
    assert len(seen) == 2
    (tmp_path / "gone.mrcs").unlink()
    with pytest.raises(InputError, match=r"gone\.mrcs"):
        ParticleLoader(ParticleDataset.load(tmp_path / "a.star"), 1)


@pytest.mark.parametrize("shape", [(4, 6), (64, 64)])
def test_memory_is_used_again_only_when_nobody_looks_at_it(shape):
    memory = BatchMemory((2, *shape))
    filled = []
    for value in range(5):
        array = memory.empty()
        array[...] = value
        filled.append(jax.device_put(array)[None] if value % 2 else jax.device_put(array))
        del array
    jax.block_until_ready(filled)
    assert [float(array.min()) for array in filled] == [float(array.max()) for array in filled] == [0, 1, 2, 3, 4]
    part = memory.empty()[1:, :2]
    part[...] = 7
    for _ in range(3):
        memory.empty()[...] = 8
    assert (part == 7).all()


def test_threads_end_with_the_iteration(dataset):
    before = threading.active_count()
    batches = ParticleLoader(dataset, 2, key=KEY, window=4).epoch(0)
    assert len(list(islice(batches, 2))) == 2
    assert threading.active_count() > before
    batches.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 4, "prefetch": 0}, "prefetch=0"),
        ({"batch_size": 4, "window": 3}, "window of 3 images does not hold a batch of 4"),
        ({"batch_size": 24, "drop_last": True}, "23 particles do not fill one batch of 24"),
    ],
)
def test_options_out_of_range(dataset, options, message):
    with pytest.raises(InputError, match=message):
        ParticleLoader(dataset, **options)


def test_epochs_and_batches_that_there_are_not(dataset):
    loader = ParticleLoader(dataset, 4)
    for number, start in ((-1, 0), (0, 7), (0, -1)):
        with pytest.raises(InputError, match="has no batch"):
            loader.epoch(number, start=start)


def test_more_than_memory_holds(dataset, monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "1M")
    with pytest.raises(InputError, match="window of 23 images and batches of 5"):
        ParticleLoader(dataset, 5, key=KEY)
    list(ParticleLoader(dataset, 5, key=KEY, with_images=False))


FEW = """
import sys
import jax
from vitreous.datasets import ParticleDataset, ParticleLoader
few, many = (
    ParticleLoader(ParticleDataset.load(path), 16, key=jax.random.key(0), window=64) for path in sys.argv[1:]
)
assert sum(1 for _ in few) == len(few) == 4
"""
MANY = """
assert sum(1 for _ in many) == len(many) == 100
"""


def test_memory_does_not_grow_with_the_dataset(tmp_path):
    """A hundred links to one stack of 1 MB are run through in no more memory than four."""
    images = np.random.default_rng(0).normal(size=(16, 128, 128)).astype(np.float32)
    write_mrc(tmp_path / "0.mrcs", images, pixel_size=2.0, image_stack=True)
    for link in range(1, 100):
        (tmp_path / f"{link}.mrcs").hardlink_to(tmp_path / "0.mrcs")
    paths = [tmp_path / "few.star", tmp_path / "many.star"]
    for path, stacks in zip(paths, (4, 100), strict=True):
        names = [f"{n}@{stack}.mrcs" for stack in range(stacks) for n in range(1, 17)]
        write_particles_star(path, image_names=names, image_shape=(128, 128), pixel_size=2.0)
    # The larger one has 96 MB more of images; what makes its poses and optics is compiled anew, which takes 15 MB.
    assert peak_growth(FEW, MANY, *paths) < 30e6
