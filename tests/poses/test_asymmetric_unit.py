import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous.poses import (
    PointGroup,
    euler_from_rotation,
    point_group,
    random_asymmetric_unit,
    reduce_to_asymmetric_unit,
    rotation_from_euler,
    uniform_rotations,
)
from vitreous.poses._asymmetric_unit import border_distance

N = 500
NAMES = ["C1", "C5", "D3", "T", "O", "I1", "I2", "I3", "I4"]
ROTATIONS = uniform_rotations(N, key=jax.random.key(3))
# Rounding of the product of three matrices.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 1e-5
# Of 18 tests of a right sampler with one key, one in a hundred has a failure at this level.
LEVEL = 0.01 / 18
names = pytest.mark.parametrize("name", NAMES)

reduce = jax.jit(reduce_to_asymmetric_unit, static_argnums=1)


def near(a, b):
    return np.abs(np.asarray(a) - np.asarray(b)).max(axis=(-2, -1)) < EXACT


@names
def test_the_result_is_equivalent_by_the_group(name):
    group = point_group(name)
    quotient = jnp.swapaxes(ROTATIONS, 1, 2) @ reduce(ROTATIONS, group)
    distance = np.abs(np.asarray(quotient)[:, None] - group.matrices).max(axis=(2, 3)).min(axis=1)
    np.testing.assert_allclose(distance, 0, atol=EXACT)


@names
def test_reduction_is_idempotent(name):
    reduced = reduce(ROTATIONS, point_group(name))
    np.testing.assert_allclose(reduce(reduced, point_group(name)), reduced, atol=EXACT)


@names
def test_equivalent_orientations_reduce_to_the_same(name):
    group = point_group(name)
    pick = np.random.default_rng(0).integers(group.order, size=N)
    equivalent = ROTATIONS @ jnp.asarray(group.matrices[pick], ROTATIONS.dtype)
    same = near(reduce(equivalent, group), reduce(ROTATIONS, group))
    # Random orientations on the border of the unit, where rounding may decide, have probability zero.
    assert np.all(same)


@names
def test_directions_along_symmetry_axes_have_one_representative_too(name):
    group = point_group(name)
    aligned = jnp.asarray(group.matrices, ROTATIONS.dtype)
    np.testing.assert_allclose(reduce(aligned, group), np.broadcast_to(np.eye(3), aligned.shape), atol=EXACT)


@names
def test_equivalent_orientations_give_the_same_image_of_a_symmetric_body(name):
    # The body V: points in general position and all their images under the group, so gV = V. The image of pose R is
    # the set {R p}; its Fourier transform at some frequencies is compared.
    group = point_group(name)
    random = np.random.default_rng(1)
    body = (group.matrices @ random.normal(size=(4, 1, 3, 1)))[..., 0].reshape(-1, 3)
    frequencies = random.normal(size=(5, 2))

    def image(rotation):
        return np.exp(2j * np.pi * (body @ np.asarray(rotation, float).T)[:, :2] @ frequencies.T).sum(0)

    for rotation, reduced in zip(ROTATIONS[:5], reduce(ROTATIONS, group)[:5], strict=True):
        # The sum of up to 240 phases, each with the rounding of the matrices times phases of about ten radians.
        np.testing.assert_allclose(image(reduced), image(rotation), atol=240 * 20 * EXACT)


@names
def test_the_unit_is_sampled_uniformly(name):
    # Spread over the group again at random, uniform samples of the unit are uniform on SO(3).
    group = point_group(name)
    sample = np.asarray(random_asymmetric_unit(N, group, key=jax.random.key(6)))
    np.testing.assert_allclose(reduce(jnp.asarray(sample), group), sample, atol=EXACT)
    pick = np.random.default_rng(2).integers(group.order, size=N)
    spread = sample @ group.matrices[pick]
    np.testing.assert_allclose(spread.mean(0), 0, atol=4 * np.sqrt(1 / 3 / N))  # four standard errors
    assert stats.kstest(spread[:, 2, 2], "uniform", args=(-1, 2)).pvalue > LEVEL
    # And within the unit the in-plane angle is uniform.
    _, _, psi = jax.jit(jax.vmap(euler_from_rotation))(jnp.asarray(sample))
    assert stats.kstest(np.asarray(psi), "uniform", args=(-180, 360)).pvalue > LEVEL


@pytest.mark.parametrize(("name", "fold", "upper"), [("C5", 5, False), ("D3", 3, True)])
def test_the_unit_of_c_and_d_is_the_sector_around_x(name, fold, upper):
    direction = np.asarray(reduce(ROTATIONS, point_group(name)))[:, 2]
    azimuth = np.rad2deg(np.arctan2(direction[:, 1], direction[:, 0]))
    assert np.abs(azimuth).max() <= 180 / fold + 1e-3  # rounding near the pole
    assert np.abs(azimuth).max() > 0.9 * 180 / fold
    assert (direction[:, 2].min() >= -1e-6) == upper


def turned(name, euler):
    """A group in another setting."""
    frame = np.asarray(rotation_from_euler(*euler), float)
    return PointGroup(f"{name} turned", frame @ point_group(name).matrices @ frame.T)


@pytest.mark.parametrize(
    "group",
    [
        turned("I2", (10.0, 40.0, 70.0)),
        turned("C7", (0.0, 90.0, 0.0)),  # about x
        turned("C2", (0.0, 10.0, 0.0)),  # about the seed itself, which must then be another
        turned("D3", (0.0, 10.0, 0.0)),
    ],
    ids=lambda group: group.name,
)
def test_any_group_in_any_setting(group):
    pick = np.random.default_rng(0).integers(group.order, size=N)
    equivalent = ROTATIONS @ jnp.asarray(group.matrices[pick], ROTATIONS.dtype)
    reduced = reduce(ROTATIONS, group)
    assert np.all(near(reduce(equivalent, group), reduced))
    np.testing.assert_allclose(reduce(reduced, group), reduced, atol=EXACT)
    # A convex cell of directions, and not a flat one.
    distance = border_distance(np.asarray(reduced[:, 2], float), group)
    assert distance.min() > -1e-5  # float32 rounding of the directions
    assert distance.max() > 0.1


def test_one_rotation_and_batches_of_any_shape():
    group = point_group("D3")
    expected = reduce(ROTATIONS, group)[:6]
    np.testing.assert_array_equal(reduce(ROTATIONS[0], group), expected[0])
    shape = (2, 3, 3, 3)
    np.testing.assert_array_equal(reduce(ROTATIONS[:6].reshape(shape), group), expected.reshape(shape))
    mapped = jax.jit(jax.vmap(lambda rotation: reduce_to_asymmetric_unit(rotation, group)))(ROTATIONS[:6])
    np.testing.assert_array_equal(mapped, expected)
