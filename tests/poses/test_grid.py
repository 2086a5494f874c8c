"""Grids of rotations: a partition of SO(3) in equal, compact cells that refine."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.poses import (
    RotationGrid,
    angular_distance_deg,
    point_group,
    reduce_to_asymmetric_unit,
    rotation_to_beam,
    uniform_rotations,
)

N = 4000
UNIFORM = uniform_rotations(N, key=jax.random.key(2))
reduce = jax.jit(reduce_to_asymmetric_unit, static_argnums=1)
DOUBLE = jax.config.jax_enable_x64
EXACT = 1e-13 if DOUBLE else 1e-6  # rounding

orders = pytest.mark.parametrize("order", [0, 1, 2])


@orders
def test_sizes_are_relions(order):
    grid = RotationGrid(order)
    assert (grid.directions, grid.turns, grid.size) == (12 * 4**order, 6 * 2**order, 72 * 8**order)
    rotations = grid.rotations()
    assert rotations.shape == (grid.size, 3, 3)
    identity = jnp.einsum("nij,nkj->nik", rotations, rotations)
    np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), rotations.shape), atol=10 * EXACT)
    # RELION's angular sampling of the directions, 58.6° / 2^order, and of the plane, 60° / 2^order.
    assert 58.6 < grid.spacing_deg * 2**order < 60


@orders
def test_every_middle_is_in_its_own_cell(order):
    grid = RotationGrid(order)
    np.testing.assert_array_equal(grid.cells(grid.rotations()), np.arange(grid.size))


def test_moments_of_the_grid_are_those_of_the_uniform_law():
    flat = np.asarray(RotationGrid(2).rotations()).reshape(-1, 9)
    np.testing.assert_allclose(flat.mean(0), 0, atol=10 * EXACT)
    # The mean of z² over the middles of 12 n² pixels is too small by 1 / 32 n², here 2.0e-3.
    np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(9) / 3, atol=2.1e-3)


@orders
def test_cells_have_equal_volume(order):
    # As many uniform rotations in each, or in each bin of 72 cells: chi² of a right grid exceeds this in 1 % of keys.
    grid = RotationGrid(order)
    counts = np.bincount(grid.cells(UNIFORM) * 72 // grid.size, minlength=72)
    assert stats.chisquare(counts).pvalue > 0.01


@orders
def test_cells_are_compact_and_cover(order):
    grid = RotationGrid(order)
    own = angular_distance_deg(UNIFORM, grid.rotations(grid.cells(UNIFORM)))
    assert own.max() < 1.2 * grid.spacing_deg
    traces = np.asarray(UNIFORM).reshape(-1, 9) @ np.asarray(grid.rotations()).reshape(-1, 9).T
    nearest = np.rad2deg(np.arccos(np.clip((traces.max(axis=1) - 1) / 2, -1, 1)))
    assert nearest.max() < grid.spacing_deg
    # An ideal covering by balls of the cell's volume would have this mean: 3/4 (3 / 4π)^(1/3) = 0.465.
    assert nearest.mean() < 0.5 * grid.spacing_deg


@orders
def test_cells_divide_into_their_children(order):
    grid, finer = RotationGrid(order), RotationGrid(order + 1)
    cells, fine = grid.cells(UNIFORM), finer.cells(UNIFORM)
    assert np.all((grid.children(cells) == fine[:, None]).any(axis=1))
    children = grid.children(np.arange(grid.size))
    np.testing.assert_array_equal(np.sort(children.ravel()), np.arange(finer.size))
    # Compact at the poles too, where a single section of the sphere is torn.
    middles = finer.rotations(children.ravel()).reshape(-1, 8, 3, 3)
    distance = angular_distance_deg(middles, grid.rotations()[:, None])
    assert 0.3 * grid.spacing_deg < distance.min() < distance.max() < 0.7 * grid.spacing_deg


@pytest.mark.parametrize("name", ["C1", "D3", "O", "I"])
def test_the_asymmetric_unit(name):
    group, grid = point_group(name), RotationGrid(2)
    inside, overlapping = (grid.asymmetric_unit(group, overlapping=overlapping) for overlapping in (False, True))
    assert set(inside) <= set(overlapping)
    # For a search: the cell of every orientation's representative is there.
    reduced = reduce(UNIFORM, group)
    assert set(grid.cells(reduced)) <= set(overlapping)
    if group.order < 60:  # the unit of I is one direction or so at this order
        assert abs(len(inside) * group.order / grid.size - 1) < 0.2
    # Those inside are their own representatives, and no two are equivalent.
    middles = grid.rotations(inside)
    np.testing.assert_allclose(reduce(middles, group), middles, atol=10 * EXACT)
    assert len(inside) < len(overlapping) or name == "C1"


def test_grids_too_coarse_for_a_group():
    with pytest.raises(InputError, match="too coarse for I2"):
        RotationGrid(1).asymmetric_unit(point_group("I"))


@pytest.mark.parametrize(("spacing", "order"), [(90, 0), (59.1, 0), (59.0, 1), (7.5, 3), (7.3, 4), (0.1, 10)])
def test_from_spacing(spacing, order):
    assert RotationGrid.from_spacing(spacing).order == order


@pytest.mark.parametrize("spacing", [0.0, -3.0, 1e-6, float("nan")])
def test_spacings_without_a_grid(spacing):
    with pytest.raises(InputError, match="not the width of cells"):
        RotationGrid.from_spacing(spacing)


def test_what_is_not_of_the_grid():
    with pytest.raises(InputError, match="order=-1"):
        RotationGrid(-1)
    with pytest.raises(InputError, match=r"number 3 or 72.*\n.*RotationGrid\(order \+ 1\)"):
        RotationGrid(0).rotations(np.array([3, 72]))
    with pytest.raises(InputError, match="Give the cells that you need"):
        RotationGrid(12).rotations()
    assert RotationGrid(18).rotations(np.array([0, 72 * 8**18 - 1])).shape == (2, 3, 3)
    assert RotationGrid(3).rotations(np.zeros(0, int)).shape == (0, 3, 3)


@jax.jit
def turned(direction):
    return rotation_to_beam(direction), jax.jacfwd(rotation_to_beam)(direction)


@pytest.mark.parametrize(
    "direction", [(0, 0, 1), (0, 0, -1), (1, 0, 0), (0.6, 0, -0.8), (1e-9, 2e-9, -1), (1e-4, 0, -1)]
)
def test_rotation_to_beam(direction):
    direction = jnp.asarray(direction, float) / np.linalg.norm(direction)
    matrix, jacobian = turned(direction)
    np.testing.assert_array_equal(matrix[2], direction)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=10 * EXACT)
    np.testing.assert_allclose(jnp.linalg.det(matrix), 1, atol=10 * EXACT)
    # By the shortest way: the trace of a turn by the angle to the beam.
    np.testing.assert_allclose(jnp.trace(matrix), 1 + 2 * direction[2], atol=10 * EXACT)
    assert np.all(np.isfinite(jacobian))
