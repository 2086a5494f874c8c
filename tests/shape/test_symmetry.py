import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from tests.harmonics.points import point_moments, random_points
from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, moment_count
from vitreous.io import read_atoms
from vitreous.poses import point_group, uniform_rotations
from vitreous.shape import find_symmetry
from vitreous.simulate import render_map

DOUBLE = jax.config.jax_enable_x64
ORDER = 12


def symmetric_moments(name, frame, key=0):
    """Four points and their images under a group in another setting."""
    group = point_group(name).matrices
    points, weights = random_points(4, seed=key)
    return point_moments(
        ORDER, np.einsum("gij,pj->gpi", group, points).reshape(-1, 3) @ frame.T, np.tile(weights, len(group))
    )


def frame_of(seed=1):
    return np.asarray(uniform_rotations(1, key=jax.random.key(seed))[0], float)


@pytest.mark.parametrize("name", ["C1", "C2", "C3", "C7", "D2", "D3", "T", "O", "I2"])
def test_the_group_and_its_frame_are_found(name):
    frame = frame_of()
    found = find_symmetry(jnp.asarray(symmetric_moments(name, frame)))
    assert found.name == name
    assert found.correlation == pytest.approx(1, abs=1e-12 if DOUBLE else 1e-5)
    expected = frame @ point_group(name).matrices @ frame.T
    for turn in found.rotation @ point_group(name).matrices @ found.rotation.T:
        # Newton's method ends at rounding; in single precision at the root of it.
        assert np.abs(expected - turn).max(axis=(1, 2)).min() < (1e-10 if DOUBLE else 1e-3)


def test_axes():
    frame = frame_of(2)
    found = find_symmetry(jnp.asarray(symmetric_moments("O", frame)))
    assert [axis.fold for axis in found.axes] == [4] * 3 + [3] * 4 + [2] * 6
    assert len(found.candidates) >= 13
    for axis in found.axes:
        # Fourfolds are the frame's columns, threefolds its diagonals, twofolds those of its faces.
        assert sorted(np.abs(axis.direction @ frame)) == pytest.approx(
            {4: [0, 0, 1], 3: [3**-0.5] * 3, 2: [0, 0.5**0.5, 0.5**0.5]}[axis.fold], abs=1e-9 if DOUBLE else 1e-3
        )
        assert axis.direction[2] > 0
        assert axis.correlation == pytest.approx(1, abs=1e-12 if DOUBLE else 1e-5)


def test_a_symmetry_that_does_not_hold_is_a_candidate():
    """A threefold of which one part is heavier."""
    moments = symmetric_moments("C3", np.eye(3))
    extra = point_moments(ORDER, *random_points(1, seed=5))
    # Half the norm, a fifth of the power: the correlation under the turns falls by about as much.
    disturbed = moments + 0.5 * extra * np.linalg.norm(moments) / np.linalg.norm(extra)
    found = find_symmetry(jnp.asarray(disturbed))
    assert found.name == "C1" and found.axes == () and found.correlation == 1
    best = found.candidates[0]
    assert best.fold == 3 and 0.5 < best.correlation < 0.8
    assert abs(best.direction[2]) > np.cos(np.deg2rad(3))
    relaxed = find_symmetry(jnp.asarray(disturbed), threshold=best.correlation - 0.1)
    assert relaxed.name == "C3"


def test_apoferritin():
    """The 24-mer as it is deposited, fourfolds on the axes; its chains were fitted one by one, to 1e-4."""
    atoms, _ = read_atoms(shared_data("structures/6z6u.pdb")).centred()
    rendered = render_map(atoms, shape=(32, 32, 32), voxel_size=4.6)
    found = find_symmetry(ZernikePlan(12, 32).decompose(rendered))
    assert found.name == "O" and found.correlation > 0.999
    for axis in found.axes[:3]:
        # A tenth of a degree of the directions along the box.
        assert axis.fold == 4 and np.abs(axis.direction).max() > np.cos(np.deg2rad(0.1))


def test_folds_that_are_not_asked_for():
    found = find_symmetry(jnp.asarray(symmetric_moments("C7", np.eye(3))), max_fold=6)
    assert found.name == "C1"


def test_a_cone_has_no_fold():
    """Round about z to more folds than the order: every turn leaves it as it is."""
    assert find_symmetry(jnp.asarray(symmetric_moments("C30", np.eye(3)))).name == "C1"


@pytest.mark.parametrize("options", [{"max_fold": 1}, {"max_fold": 31}, {"threshold": 0.0}, {"threshold": 1.0}])
def test_options_out_of_range(options):
    with pytest.raises(InputError, match="find no symmetry"):
        find_symmetry(jnp.ones(moment_count(2), complex), **options)


def test_a_round_density():
    with pytest.raises(InputError, match="same in every direction"):
        find_symmetry(jnp.zeros(moment_count(2), complex).at[0].set(1.0))
