"""Laying maps and moments on each other, turning them, and their symmetry."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from tests.cli.conftest import contents
from vitreous._core import InputError
from vitreous.grids import coordinates
from vitreous.io import inspect_mrc, read_mrc, write_mrc
from vitreous.poses import angular_distance_deg, rotation_from_euler
from vitreous.shape import AlignOptions, Moments, align_files, rotate_file, rotation_words, symmetry_of_file

BOX, VOXEL_SIZE, ORDER = 24, 2.0, 8
ROTATION = np.asarray(rotation_from_euler(20.0, 40.0, -10.0), float)
SHIFT = np.array([2.0, -1.0, 1.5])  # Å
SPOTS = np.array([(9.0, 0.0, -10.0), (0.0, 9.0, -5.0), (-9.0, 0.0, 0.0), (0.0, -9.0, 5.0), (4.0, 0.0, 10.0)])  # Å
ALIGN = ("zernike", "align")


def spots(places, *, box=BOX, voxel_size=VOXEL_SIZE):
    """Gaussians of 3 Å, unlike in height; those of SPOTS wind up a screw, which has a hand."""
    grid = np.asarray(coordinates((box,) * 3)) * voxel_size
    return sum((1 + i) * np.exp(-np.sum((grid - place) ** 2, -1) / 18) for i, place in enumerate(places))


def off_by(found, rotation):
    return float(angular_distance_deg(jnp.asarray(found, float), jnp.asarray(rotation, float)))


@pytest.fixture
def pair(tmp_path):
    """A map, and the same mirrored, turned and moved, on fewer and larger voxels."""
    still = -SPOTS @ ROTATION.T + SHIFT
    write_mrc(tmp_path / "still.mrc", spots(still), pixel_size=VOXEL_SIZE, origin=(5.0, 6.0, 7.0))
    write_mrc(tmp_path / "moving.mrc", spots(SPOTS, box=20, voxel_size=2.4), pixel_size=2.4)
    return tmp_path / "still.mrc", tmp_path / "moving.mrc"


@pytest.fixture
def moments(tmp_path):
    """A file of random moments, of a map and a component."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 50)) + 1j * rng.normal(size=(2, 50))
    table = Moments.from_arrays(rows, radius=40.0, voxel_size=2.0, box=40, latents=rng.normal(size=(4, 1)))
    # Those of m = 0 are real.
    real = [i for i, (_, _, m) in enumerate(table.moments) if m == 0]
    rows[:, real] = rows[:, real].real
    return Moments.from_arrays(rows, radius=40.0, latents=table.latents).save(tmp_path / "moments.npz")


def test_maps_of_other_boxes_voxels_and_hand_are_laid_on_each_other(run, pair, tmp_path):
    output = tmp_path / "laid"
    outcome = run(*ALIGN, *pair, "-o", output, "--order", ORDER, "--json")
    assert outcome.status == 0 and outcome.err == ""
    found = json.loads(outcome.out)
    assert found["mirrored"] and found["correlation_moments"] > found["correlation_other_hand"] + 0.05
    # Order 6 in a ball of 9 voxels: the voxels that the two maps are on differ by more than rounding.
    assert off_by(found["rotation"], ROTATION) < 0.5
    np.testing.assert_allclose(found["shift_a"], SHIFT, atol=0.1)
    assert found["correlation_before"] < 0.7 and found["correlation_after"] > 0.99
    laid, reference = read_mrc(output.with_suffix(".mrc"))[0], read_mrc(pair[0])[0]
    assert laid.shape == reference.shape and inspect_mrc(output.with_suffix(".mrc")).origin == (5.0, 6.0, 7.0)
    assert np.corrcoef(laid.ravel(), reference.ravel())[0, 1] == pytest.approx(
        found["correlation_after"], abs=1e-5
    )  # float32
    turned = rotation_words(np.array(found["rotation"]))
    assert found["angle_deg"] == pytest.approx(turned.angle_deg) and list(found["relion"].values()) == pytest.approx(
        turned.relion
    )


def test_a_map_keeps_its_hand_on_request(pair):
    found = align_files(*pair, options=AlignOptions(order=ORDER, mirror=False))
    assert not found.alignment.mirrored and found.alignment.other_hand is None


def test_moments_turned_by_printed_angles_lie_on_the_others(run, moments, tmp_path):
    turned = tmp_path / "turned.npz"
    assert run("zernike", "rotate", moments, "-o", turned, "--euler", "20,40,-10", "--mirror").status == 0
    outcome = run(*ALIGN, turned, moments, "-o", tmp_path / "laid")
    assert outcome.status == 0 and "hand: mirrored" in outcome.out and "shift" not in outcome.out
    angles = outcome.out.split("psi: ")[1].splitlines()[0].replace(" ", "")
    again = run("zernike", "rotate", moments, "-o", tmp_path / "again", "--relion", angles, "--mirror")
    assert again.status == 0 and again.out == f"{tmp_path / 'again.npz'}: moments to order 6 of 2 maps\n"
    wanted, *found = (load(tmp_path / name) for name in ("turned.npz", "laid.npz", "again.npz"))
    for one in found:  # every volume turns; angles are printed to 0.001°, times the order of 6
        np.testing.assert_allclose(one.array, wanted.array, atol=1e-3)
        np.testing.assert_array_equal(one.latents, wanted.latents)


def load(path):
    table = Moments()
    table.load(path, quiet=True)
    return table


def test_symmetry_of_a_map_off_its_middle(run, tmp_path):
    turns = 2 * np.pi * np.arange(3) / 3
    ring = np.concatenate([np.stack([r * np.cos(turns + p), r * np.sin(turns + p), 0 * turns + z], -1)
                           for r, p, z in ((9, 0, -4), (6, 0.7, 5))])  # fmt: skip
    height = np.repeat([1.0, 2.0], 3)
    grid = np.asarray(coordinates((BOX,) * 3)) * VOXEL_SIZE - SHIFT
    values = sum(h * np.exp(-np.sum((grid - place) ** 2, -1) / 18) for h, place in zip(height, ring, strict=True))
    path = tmp_path / "ring.mrc"
    write_mrc(path, values, pixel_size=VOXEL_SIZE)
    outcome = run("zernike", "symmetry", path, "--order", ORDER, "--json")
    found = json.loads(outcome.out)
    assert outcome.status == 0 and found["group"] == "C3" and found["axes"][0]["fold"] == 3
    np.testing.assert_allclose(found["axes"][0]["direction"], (0, 0, 1), atol=0.02)  # a degree, on 2 Å voxels
    np.testing.assert_allclose(found["center_a"][:2], SHIFT[:2], atol=0.1)
    lines = run("zernike", "symmetry", path, "--order", ORDER).out
    assert lines.startswith(f"{path}: C3, correlation ") and "axes:\nfold" in lines


def test_without_symmetry_the_best_axes_are_shown(run, moments):
    assert symmetry_of_file(moments).symmetry.name == "C1"
    lines = run("zernike", "symmetry", moments).out
    assert "C1, no symmetry found to order 6" in lines and "not taken for symmetric, best axes:" in lines


def test_what_cannot_be_aligned_or_turned(refused, pair, moments, tmp_path):
    short = Moments.from_arrays(np.ones(13, complex), radius=40.0).save(tmp_path / "short.npz")
    other = Moments.from_arrays(np.ones(13, complex), radius=20.0).save(tmp_path / "other.npz")
    zero = tmp_path / "zero.mrc"
    write_mrc(zero, np.zeros((8, 8, 8)), pixel_size=2.0)
    before = contents(tmp_path)
    rotate = ("zernike", "rotate", moments, "-o", tmp_path / "new.npz")
    for arguments, said in (
        ((*ALIGN, *pair, "-o", pair[0]), "exists already"),
        ((*ALIGN, pair[0], moments), "one is a map"),
        ((*ALIGN, pair[0], tmp_path / "none.mrc"), "none.mrc"),
        ((*ALIGN, pair[0], zero), "every value is 0"),
        ((*ALIGN, *pair, "--order", 0), "--order 0"),
        ((*ALIGN, *pair, "--radius", 500), "500 Å does not fit"),
        ((*ALIGN, *pair, "--mask", pair[1]), "20 × 20 × 20"),
        ((*ALIGN, moments, short, "--order", 4), "which is 3"),
        ((*ALIGN, moments, other), "radius of 40 Å"),
        ((*ALIGN, moments, short, "--radius", 9), "--radius is for maps"),
        (rotate, "0 rotations"),
        ((*rotate, "--euler", "1,2"), "not three angles"),
        ((*rotate, "--euler", "a,b,c"), "no list of numbers"),
        (("zernike", "symmetry", moments, "--order", 9), "moments to order 6"),
        (("zernike", "symmetry", zero), "every value is 0"),
        (("zernike", "symmetry", moments, "--max-fold", 99), "max_fold=99"),
    ):
        assert said in refused(*arguments)
    assert contents(tmp_path) == before


def test_a_matrix_that_is_no_rotation(moments, tmp_path):
    for matrix in (-np.eye(3), np.ones((3, 3))):
        with pytest.raises(InputError, match="no rotation"):
            rotate_file(moments, tmp_path / "new.npz", matrix)
