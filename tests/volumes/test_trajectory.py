"""Frames of molecular dynamics as conformations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.io import AtomTable, Trajectory
from vitreous.poses import uniform_rotations
from vitreous.projection import integrator_for
from vitreous.volumes import GaussianMixtureVolume, TrajectoryVolume

RNG = np.random.default_rng(0)
FIRST = 8 * RNG.normal(size=(7, 3))
NUMBERS = np.array([6, 7, 8, 6, 6, 1, 16])


def tumbling(frames):
    """The same molecule, rotated and moved in each frame, with a tenth of an Ångström of noise in the second half."""
    turns = np.array(uniform_rotations(frames, key=jax.random.key(0)))
    turns[0] = np.eye(3)
    noise = 0.1 * RNG.normal(size=(frames, 7, 3)) * (np.arange(frames) >= frames // 2)[:, None, None]
    moved = np.einsum("fij,nj->fni", turns, FIRST) + noise + 20 * RNG.normal(size=(frames, 1, 3))
    return Trajectory(
        atoms=AtomTable.from_positions(moved[0], NUMBERS, b_factors=np.full(7, 20.0)),
        positions=moved.astype(np.float32),
        times_ps=np.arange(float(frames)),
    )


def test_superposed_frames_show_the_molecule_at_rest():
    volume = TrajectoryVolume.from_trajectory(tumbling(6))
    centred = FIRST - FIRST.mean(axis=0)
    # Positions of up to 60 Å in single precision.
    np.testing.assert_allclose(volume.positions[:3], np.stack([centred] * 3), rtol=0, atol=2e-5)
    assert np.abs(volume.positions[3:] - centred).max() < 0.5
    np.testing.assert_allclose(volume.atoms.variances, GaussianMixtureVolume.from_atoms(tumbling(6).atoms).variances)


def test_a_mirror_image_is_not_superposed_by_a_mirror():
    positions = np.stack([FIRST, -FIRST]).astype(np.float32)
    trajectory = Trajectory(
        atoms=AtomTable.from_positions(FIRST, NUMBERS), positions=positions, times_ps=np.arange(2.0)
    )
    first, second = TrajectoryVolume.from_trajectory(trajectory).positions
    assert np.abs(second - first).max() > 1


def test_frames_as_they_are():
    trajectory = tumbling(3)
    volume = TrajectoryVolume.from_trajectory(trajectory, superpose=False)
    np.testing.assert_array_equal(volume.positions, trajectory.positions)


def test_frames_are_chosen_or_drawn():
    volume = TrajectoryVolume.from_trajectory(tumbling(4))
    np.testing.assert_array_equal(volume.get_representation().positions, volume.positions[0])
    shown = jax.vmap(lambda i: volume.at_frame(i).get_representation().positions)(jnp.arange(4))
    np.testing.assert_array_equal(shown, volume.positions)
    keys = jax.random.split(jax.random.key(1), 400)
    drawn = jax.vmap(lambda key: volume.get_representation(key).positions)(keys)
    counts = [int(jnp.all(drawn == frame, axis=(1, 2)).sum()) for frame in volume.positions]
    # Five standard deviations of the count of a quarter.
    assert sum(counts) == 400 and max(abs(count - 100) for count in counts) < 5 * np.sqrt(75)
    assert integrator_for(volume.get_representation())


def test_frames_of_other_atoms_are_refused():
    atoms = GaussianMixtureVolume(FIRST, 1.0, 1.0)
    with pytest.raises(InputError, match="do not hold positions"):
        TrajectoryVolume(atoms, np.zeros((3, 6, 3)))
