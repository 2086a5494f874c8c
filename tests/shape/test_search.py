"""Shapes found again: whatever their orientation, place, size, scale and background."""

import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.data import shared_data
from tests.shape.test_invariants import random_moments
from vitreous._core import InputError
from vitreous.io import read_npz, write_mrc, write_npz
from vitreous.shape import (
    DescriptorOptions,
    ShapeIndex,
    build_index,
    invariants,
    read_index,
    search_index,
    shape_descriptor,
    shape_frame,
    shape_of_file,
    shape_of_map,
    write_index,
)

OPTIONS = DescriptorOptions(order=6)  # the same in all tests, so that one plan is compiled


def specimen(seed, box=32, *, voxel_size=1.0, center=(0.0, 0.0, 0.0)):
    """Five Gaussian blobs within 8 Å of a point (x, y, z), drawn on voxels."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(-1, 1, size=(5, 3)) * 4.5 + np.array(center)
    z, y, x = (np.indices((box,) * 3) - box // 2) * voxel_size
    blobs = [np.exp(-((x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2) / 8) for px, py, pz in places]
    return np.tensordot(rng.uniform(0.5, 1, 5), np.stack(blobs), axes=1)


def similarity(a, b):
    return float(np.dot(a.descriptor, b.descriptor))


def some_index(entries=200, numbers=15):
    rows = np.random.default_rng(0).normal(size=(entries, numbers)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    names = tuple(f"entry {i}" for i in range(entries))
    paths = tuple(Path(f"maps/{i}.mrc") for i in range(entries))
    return ShapeIndex(names, paths, rows, np.linspace(10, 20, entries), OPTIONS)


def test_descriptor_leaves_out_the_mean_and_the_scale():
    moments = random_moments(4, 2)
    norms = np.asarray(invariants(moments))[:, 1:]
    expected = norms / np.linalg.norm(norms, axis=1, keepdims=True)
    brighter = 3 * moments + 5 * (np.arange(moments.shape[1]) == 0)
    np.testing.assert_allclose(shape_descriptor(brighter), expected, rtol=1e-5)  # single precision has 6e-8
    by_order = np.asarray(shape_descriptor(brighter, by_order=True)) ** 2
    np.testing.assert_allclose(by_order[:, [1, 2]].sum(axis=1), 1 / 4, rtol=1e-5)  # order 2 of the orders 1 to 4


def test_frame_of_a_noisy_density_in_the_corner_of_a_box():
    noise = np.random.default_rng(1).normal(size=(48, 40, 44))
    volume = 0.05 * noise - 3
    volume[4:36, 2:34, 10:42] += specimen(0)
    clean, found = shape_frame(specimen(0), 2.0), shape_frame(volume, 2.0)
    # The middle of the pasted box, index 16 of 32, lies at (26, 18, 20) of the other, 2 Å a voxel from (22, 20, 24).
    moved = clean.center + 2.0 * np.array([26 - 22, 18 - 20, 20 - 24])
    # What lies below 3 σ, 15 % of the density, is cut off on one side as on the other: half a voxel.
    np.testing.assert_allclose(found.center, moved, atol=1.0)
    assert found.gyration_radius == pytest.approx(clean.gyration_radius, rel=0.1)
    assert found.background == pytest.approx(-3, abs=0.01)


def test_what_does_not_change_a_descriptor():
    there = shape_of_map(specimen(0), 1.0, OPTIONS)
    turned = specimen(0).transpose(1, 2, 0)[::-1, ::-1]  # a proper rotation by axes
    mirrored = specimen(0)[::-1]
    # A cubic spline on 6 to 8 voxels a radius: 1e-3 of the norm, so 1e-6 of a scalar product; 1e-3 leaves room for that
    # between voxels.
    for other in (
        shape_of_map(turned, 1.0, OPTIONS),
        shape_of_map(mirrored, 1.0, OPTIONS),
        shape_of_map(np.roll(specimen(0), (3, -2, 4), (0, 1, 2)), 1.0, OPTIONS),
        shape_of_map(7 * specimen(0) - 2, 1.0, OPTIONS),
        shape_of_map(specimen(0), 2.5, OPTIONS),  # another size
        shape_of_map(specimen(0, 49, voxel_size=0.7, center=(1.3, 0.2, -0.4)), 0.7, OPTIONS),  # other voxels
    ):
        assert similarity(there, other) > 1 - 1e-3
    assert max(similarity(there, shape_of_map(specimen(seed), 1.0, OPTIONS)) for seed in range(1, 6)) < 1 - 1e-2


def test_an_absolute_radius_tells_sizes_apart():
    same = DescriptorOptions(order=6, radius=12.0)
    there, other, larger = (
        shape_of_map(volume, size, same)
        for volume, size in ((specimen(0), 1.0), (np.roll(specimen(0), 2, 0), 1.0), (specimen(0), 1.4))
    )
    assert there.radius == larger.radius == 12
    assert similarity(there, other) > 1 - 1e-3 and similarity(there, larger) < 1 - 1e-2


def test_search_finds_what_a_sort_finds():
    index = some_index()
    wanted = np.random.default_rng(1).normal(size=15)
    every = index.descriptors @ (wanted / np.linalg.norm(wanted))
    found = search_index(index, wanted, k=7)
    assert [match.name for match in found] == [f"entry {i}" for i in np.argsort(-every)[:7]]
    np.testing.assert_allclose([match.similarity for match in found], np.sort(every)[::-1][:7], atol=1e-6)
    assert found[0].radius == index.radii[np.argmax(every)] and found[0].path == index.paths[np.argmax(every)]
    assert len(search_index(index, wanted, k=1000)) == 200


def test_a_folder_is_indexed_written_moved_and_searched(tmp_path):
    folder = tmp_path / "maps"
    (folder / "more").mkdir(parents=True)
    for seed in range(4):
        write_mrc(folder / "more" / f"{seed}.mrc", specimen(seed).astype(np.float32), pixel_size=1.0)
    (folder / "notes.txt").write_text("no map")
    (folder / "broken.mrc").write_bytes(b"no map either")
    with pytest.warns(UserWarning, match=r"broken\.mrc"):
        index = build_index(folder, OPTIONS)
    assert index.names == tuple(str(Path("more") / f"{seed}.mrc") for seed in range(4))
    write_index(tmp_path / "shapes.index", index)
    shutil.move(folder, tmp_path / "elsewhere" / "maps")
    shutil.move(tmp_path / "shapes.index", tmp_path / "elsewhere" / "shapes.index")
    moved = read_index(tmp_path / "elsewhere" / "shapes.index")
    assert moved.options == OPTIONS and moved.names == index.names
    np.testing.assert_array_equal(moved.descriptors, index.descriptors)
    np.testing.assert_array_equal(moved.radii, index.radii)
    query = shape_of_map(np.roll(specimen(2)[::-1, ::-1], 3, 1), 1.0, moved.options)
    best, second, *_ = search_index(moved, query.descriptor)
    assert best.path == tmp_path / "elsewhere" / "maps" / "more" / "2.mrc" and best.path.exists()
    assert best.similarity > 1 - 1e-3 and second.similarity < best.similarity - 1e-2


def test_files_that_are_named_must_be_readable(tmp_path):
    write_mrc(tmp_path / "empty.mrc", np.zeros((8, 8, 8), np.float32), pixel_size=1.0)
    with pytest.raises(InputError, match=r"empty\.mrc: nothing in the map rises"):
        shape_of_file(tmp_path / "empty.mrc")
    (tmp_path / "broken.mrc").write_bytes(b"no map")
    with pytest.raises(InputError, match=r"broken\.mrc"):
        build_index([tmp_path / "broken.mrc"], OPTIONS)


def test_two_states_of_a_structure_are_nearest_neighbours():
    apo, holo = (shape_of_file(shared_data(f"structures/groel_{state}.pdb"), OPTIONS) for state in ("apo", "holo"))
    index = replace(
        some_index(10),
        descriptors=np.stack(
            [shape_of_map(specimen(i), 1.0, OPTIONS).descriptor for i in range(9)] + [holo.descriptor]
        ),
    )
    assert search_index(index, apo.descriptor, k=1)[0].name == "entry 9"


def damaged(path, **changes):
    write_npz(path, {**read_npz(path), **changes})
    return path


def test_bad_input(tmp_path):
    index, path = some_index(), tmp_path / "shapes.index"
    for call, match in [
        (lambda: shape_frame(np.zeros((4, 4, 4)), 1.0), "nothing in the map rises"),
        (lambda: shape_frame(np.full((4, 4, 4), np.nan), 1.0), "64 values are NaN"),
        (lambda: shape_of_map(specimen(0), 1.0, DescriptorOptions(order=6, radius=0.5)), "0.5 Å holds no more"),
        (lambda: DescriptorOptions(order=0), "order=0"),
        (lambda: DescriptorOptions(radius=-1.0), "radius=-1"),
        (lambda: search_index(index, np.ones(14)), "14 numbers cannot be compared with those of 15"),
        (lambda: search_index(index, np.zeros(15)), "is zero"),
        (lambda: search_index(index, np.full(15, np.nan)), "not a number"),
        (lambda: search_index(index, np.ones(15), k=0), "k=0"),
        (lambda: ShapeIndex((), (), index.descriptors, index.radii, OPTIONS), "0 names"),
        (lambda: build_index(tmp_path, OPTIONS), "no map or structure was found"),
        (lambda: build_index(tmp_path / "absent", OPTIONS), "is no folder"),
    ]:
        with pytest.raises(InputError, match=match):
            call()
    for changes, match in [
        ({"schema": "vitreous.moments"}, "its schema is vitreous.moments"),
        ({"version": 99}, "of version 99"),
        (
            {"descriptors": np.zeros((200, 3))},
            r"shape \(200, 3\) and 200 radii are not those of 200 entries to order 6",
        ),
        ({"radii": np.zeros(3)}, "3 radii are not those"),
    ]:
        write_index(path, index)
        with pytest.raises(InputError, match=match):
            read_index(damaged(path, **changes))
    write_npz(path, {"moments": np.zeros(3)})
    with pytest.raises(InputError, match="is no index of shapes"):
        read_index(path)


def test_nothing_is_warned_of_when_all_is_well(tmp_path):
    write_mrc(tmp_path / "a.mrc", specimen(0).astype(np.float32), pixel_size=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert build_index(tmp_path, OPTIONS).names == ("a.mrc",)
