from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.grids import coordinates, radius
from vitreous.harmonics import ZernikePlan
from vitreous.io import read_atoms
from vitreous.poses import angular_distance_deg, rotation_from_euler, uniform_rotations
from vitreous.shape import Alignment, align_maps, align_moments, aligned_map, density_center, density_mask, rotate_map
from vitreous.simulate import render_map

DOUBLE = jax.config.jax_enable_x64
BOX, VOXEL = 64, 2.5
STRUCTURES = pytest.mark.parametrize("name", ["groel_apo.pdb", "8zpm.cif"])
ROTATIONS = np.asarray(uniform_rotations(3, key=jax.random.key(2)), float)
SPOTS = np.array([(6.0, 0.0, 1.0), (-4.0, 5.0, 0.0), (0.0, -3.0, -5.0), (1.0, 4.0, 5.0)])


def spots(rotation=None, shift=(0.0, 0.0, 0.0), box=32, sign=1):
    """Gaussians of 1.5 voxels, which have nothing beyond Nyquist to one part in 10⁵; unlike in height."""
    places = sign * SPOTS @ (np.eye(3) if rotation is None else np.asarray(rotation, float)).T + np.asarray(shift)
    grid = coordinates((box,) * 3)
    return sum((1 + i) * jnp.exp(-jnp.sum((grid - place) ** 2, -1) / (2 * 1.5**2)) for i, place in enumerate(places))


def rendered(name, rotation, shift=(0.0, 0.0, 0.0)):
    atoms, _ = read_atoms(shared_data(f"structures/{name}")).centred()
    places = np.asarray(atoms.positions, float) @ rotation.T + np.asarray(shift)
    return render_map(
        replace(atoms, positions=places.astype(atoms.positions.dtype)), shape=(BOX,) * 3, voxel_size=VOXEL
    )


def angle(found, rotation):
    return float(angular_distance_deg(jnp.asarray(found.rotation, float), jnp.asarray(rotation, float)))


@STRUCTURES
def test_a_structure_without_noise_to_a_twentieth_of_a_degree(name):
    plan = ZernikePlan(30, BOX)
    moving = plan.decompose(rendered(name, np.eye(3)))
    for rotation in ROTATIONS[:2]:
        found = align_moments(plan.decompose(rendered(name, rotation)), moving)
        # The issue of the voxels: both maps lack what is beyond Nyquist, in two settings of its cube.
        assert angle(found, rotation) < 0.05
        assert not found.mirrored and found.correlation > 0.9999
        assert found.other_hand is not None and found.other_hand < 0.95


@STRUCTURES
def test_a_map_that_is_moved_turned_and_mirrored(name):
    shift = np.array([7.0, -4.0, 5.5])
    still, moving = rendered(name, ROTATIONS[0], shift), rendered(name, np.eye(3))
    # Index n // 2 stays where it is.
    mirrored = jnp.roll(moving[::-1, ::-1, ::-1], (1, 1, 1), (0, 1, 2))
    for map_, is_mirrored in [(moving, False), (mirrored, True)]:
        found = align_maps(still, map_, voxel_size=VOXEL)
        assert angle(found, ROTATIONS[0]) < 0.05
        # It ends when a shift changes by less than 0.01 voxels.
        np.testing.assert_allclose(found.shift, shift, rtol=0, atol=0.02 * VOXEL)
        assert found.mirrored == is_mirrored


def half_maps(first, second, rng):
    """White noise on both, at which their Fourier shell correlation in the box is 0.143 at 10 Å."""
    q = radius(jnp.stack(jnp.meshgrid(*[jnp.fft.fftfreq(BOX, VOXEL)] * 3), -1))
    power = np.abs(np.fft.fftn(np.asarray(first))) ** 2
    ratio = 0.143 / (1 - 0.143)
    deviation = np.sqrt(power[np.abs(np.asarray(q) - 0.1) < 0.5 / (BOX * VOXEL)].mean() / ratio / BOX**3)
    return (np.asarray(one) + deviation * rng.normal(size=one.shape) for one in (first, second))


@STRUCTURES
def test_noisy_half_maps_at_ten_angstrom_to_half_a_degree(name):
    """The least error that this noise allows moments to order 30 is about 0.35°, root mean square (Cramér–Rao)."""
    rng = np.random.default_rng(3)
    shift = np.array([7.0, -4.0, 5.5])
    angles, misses = [], []
    for rotation in ROTATIONS:
        halves = half_maps(rendered(name, rotation, shift), rendered(name, np.eye(3)), rng)
        found = align_maps(*halves, voxel_size=VOXEL)
        angles.append(angle(found, rotation))
        misses.append(np.linalg.norm(found.shift - shift))
        assert not found.mirrored
    assert np.sqrt(np.mean(np.square(angles))) < 0.5
    assert np.sqrt(np.mean(np.square(misses))) < 0.5  # Å, a fifth of a voxel


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_map_is_the_map_of_what_is_turned(mirrored):
    rotation, shift = rotation_from_euler(20.0, 50.0, 70.0), np.array([2.0, -3.0, 1.0])
    turned = rotate_map(spots(), rotation, shift=2 * shift, voxel_size=2.0, mirrored=mirrored)
    expected = spots(rotation, shift, sign=-1 if mirrored else 1)
    # What the Gaussians have beyond Nyquist.
    np.testing.assert_allclose(turned, expected, rtol=0, atol=1e-4 * float(expected.max()))


def test_beyond_the_box_there_is_nothing():
    shifted = rotate_map(jnp.ones((4, 4, 4)), np.eye(3), shift=np.array([2.0, 0.0, 0.0]))
    np.testing.assert_allclose(shifted[0, 0], [0, 0, 1, 1], rtol=0, atol=1e-5)


def test_gradients_of_a_turned_map():
    """Against differences; a map of few voxels, smooth, so that the steps' own error is small."""
    from vitreous.poses import rotation_from_vector

    weights = jnp.asarray(np.random.default_rng(0).normal(size=(8, 8, 8)))
    volume = jnp.exp(-jnp.sum((coordinates((8, 8, 8)) - jnp.array([0.5, 0.3, -0.4])) ** 2, -1) / 3)

    @jax.jit
    def score(vector, shift):
        return jnp.sum(weights * rotate_map(volume, rotation_from_vector(vector), shift=shift))

    place = jnp.array([10.0, 20.0, 5.0]), jnp.array([0.2, 0.1, -0.3])
    slopes = jax.jit(jax.grad(score, argnums=(0, 1)))(*place)
    # No voxel enters or leaves the box within the steps, as no coordinate is a whole number and a half.
    for which, step in ((0, 1e-3), (1, 1e-4)) if DOUBLE else ((0, 1.0), (1, 1e-2)):
        for axis in range(3):
            ahead, back = (
                [one + (sign * step * jnp.eye(3)[axis] if i == which else 0) for i, one in enumerate(place)]
                for sign in (1, -1)
            )
            difference = (score(*ahead) - score(*back)) / (2 * step)
            np.testing.assert_allclose(
                slopes[which][axis],
                difference,
                rtol=0,
                atol=(1e-6 if DOUBLE else 2e-2) * float(jnp.abs(slopes[which]).max()),
            )


def test_an_aligned_map_lies_on_the_reference():
    rotation = rotation_from_euler(20.0, 50.0, 70.0)
    reference = spots(rotation, (2.0, -3.0, 1.0))
    found = align_maps(reference, spots(), voxel_size=1.5, order=12)
    laid = aligned_map(spots(), found, voxel_size=1.5)
    # A shift that is 0.01 voxels off changes a Gaussian of 1.5 voxels by 0.004 of its height.
    np.testing.assert_allclose(laid, reference, rtol=0, atol=0.01 * float(reference.max()))


def test_given_masks_radius_and_weights():
    rotation = rotation_from_euler(20.0, 50.0, 70.0)
    reference = spots(rotation)
    masked = [one * density_mask(one) for one in (reference, spots())]
    found = align_maps(*masked, voxel_size=1.5, order=12, radius=20.0, mask=False, mirror=False, weights=np.ones(13))
    assert angle(found, rotation) < 0.1 and found.other_hand is None


def test_the_centre_and_the_mask_move_with_the_map():
    shift = np.array([3.0, -2.0, 4.0])
    apart = np.asarray(density_center(spots(shift=shift))) - np.asarray(density_center(spots()))
    # The spots, three blur widths from each side, keep a thousandth of the blurred height beyond it.
    np.testing.assert_allclose(apart, shift, rtol=0, atol=1e-3)
    moved = jnp.roll(density_mask(spots()), (4, -2, 3), (0, 1, 2))
    np.testing.assert_allclose(density_mask(spots(shift=shift)), moved, rtol=0, atol=1e-3)
    mask = np.asarray(density_mask(spots()))
    assert mask.min() == 0 and mask.max() == 1
    assert (mask[np.asarray(spots()) > 0.5 * float(spots().max())] == 1).all()


@pytest.mark.parametrize(
    ("maps", "why"),
    [
        ((np.ones((8, 8, 8)), np.ones((9, 9, 9))), "cannot be laid"),
        ((np.ones((8, 8, 9)), np.ones((8, 8, 9))), "cannot be laid"),
        ((np.zeros((8, 8, 8)), np.ones((8, 8, 8))), "no positive density"),
        ((np.full((8, 8, 8), np.nan), np.ones((8, 8, 8))), "not finite"),
    ],
)
def test_maps_that_cannot_be_aligned(maps, why):
    with pytest.raises(InputError, match=why):
        align_maps(*maps, voxel_size=1.0, order=4)


def test_a_voxel_size_that_cannot_be():
    with pytest.raises(InputError, match="voxel_size"):
        align_maps(spots(box=24), spots(box=24), voxel_size=0.0)


def test_an_alignment_is_kept_as_it_is():
    with pytest.raises(AttributeError):
        Alignment(np.eye(3), 1.0, mirrored=False, other_hand=None).correlation = 0.5  # pyright: ignore
