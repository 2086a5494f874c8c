"""Exponential coordinates of rigid motions, and gradients along them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from vitreous.poses import (
    AxisAnglePose,
    EulerAnglePose,
    QuaternionPose,
    TangentPose,
    adjoint_se3,
    exp_se3,
    left_gradient,
    log_se3,
    retract_left,
    retract_right,
    right_gradient,
)

DOUBLE = jax.config.jax_enable_x64
EXACT = 1e-13 if DOUBLE else 3e-6  # rounding, relative to translations of ten Å and angles in degrees

exponential, logarithm, adjoint = jax.jit(exp_se3), jax.jit(log_se3), jax.jit(adjoint_se3)


def twist_of(length_rad, seed=0):
    random = np.random.default_rng(seed)
    axis = random.normal(size=3)
    omega = np.rad2deg(length_rad) * axis / np.linalg.norm(axis)
    return np.concatenate([10 * random.normal(size=3), omega])


def generator(twist):
    x, y, z = np.deg2rad(twist[3:])
    matrix = np.zeros((4, 4))
    matrix[:3, :3] = [[0, -z, y], [z, 0, -x], [-y, x, 0]]
    matrix[:3, 3] = twist[:3]
    return matrix


# Zero, within the series, both sides of its border at one radian, general, and up to the half turn.
LENGTHS = [0.0, 1e-12, 1e-4, 0.5, 0.999999, 1.000001, 2.0, 3.1, np.pi - 1e-6]
lengths = pytest.mark.parametrize("length", LENGTHS)


@lengths
def test_exponential_is_that_of_the_matrix(length):
    twist = twist_of(length)
    np.testing.assert_allclose(exponential(jnp.asarray(twist)), expm(generator(twist)), atol=100 * EXACT)


@lengths
def test_logarithm_is_the_inverse(length):
    twist = twist_of(length)
    # The rotation vector in degrees; near the half turn its length is the arc tangent of a small w, which is fine.
    np.testing.assert_allclose(logarithm(exponential(jnp.asarray(twist))), twist, atol=1000 * EXACT)


def test_half_turns_have_one_of_their_two_logarithms():
    motion = exponential(jnp.asarray(twist_of(np.pi)))
    np.testing.assert_allclose(exponential(logarithm(motion)), motion, atol=1000 * EXACT)


def test_derivatives_are_finite_to_second_order():
    twists = jnp.asarray(np.stack([twist_of(length) for length in LENGTHS]))
    direction = jnp.asarray(twist_of(1.0, seed=2))

    @jax.jit
    @jax.vmap
    def derivatives(twist):
        slope = lambda twist: jax.jvp(exp_se3, (twist,), (direction,))[1]  # noqa: E731
        return jax.jvp(slope, (twist,), (direction,)), jax.jvp(log_se3, (exp_se3(twist),), (jnp.ones((4, 4)),))

    for values in jax.tree.leaves(derivatives(twists)):
        assert np.all(np.isfinite(values))


def test_derivative_at_zero_is_the_generator():
    jacobian = jax.jit(jax.jacfwd(exp_se3))(jnp.zeros(6))
    for index, unit in enumerate(np.eye(6)):
        np.testing.assert_allclose(jacobian[..., index], generator(unit), atol=EXACT)
    back = jax.jit(jax.jacfwd(log_se3))(jnp.eye(4))
    np.testing.assert_allclose(jnp.tensordot(back, jacobian, 2), np.eye(6), atol=10 * EXACT)


def test_adjoint_carries_twists_through_a_motion():
    motion, twist = exponential(jnp.asarray(twist_of(2.0))), jnp.asarray(twist_of(0.7, seed=1))
    carried = np.asarray(motion) @ np.asarray(exponential(twist)) @ np.linalg.inv(motion)
    np.testing.assert_allclose(exponential(adjoint(motion) @ twist), carried, atol=1000 * EXACT)


EULER = EulerAnglePose(20.0, 70.0, -140.0, offset_x=1.5, offset_y=-2.5, offset_z=30.0)
POSES = [
    EULER,
    QuaternionPose(jnp.array([0.3, -0.5, 1.1, 0.2]), offset_x=4.0),
    EulerAnglePose(10.0, 0.0, 0.0, offset_y=2.0),  # at the gimbal lock
    AxisAnglePose(),
    TangentPose.around(EULER),
]
poses = pytest.mark.parametrize("pose", POSES, ids=["euler", "quaternion", "locked", "identity", "tangent"])
POINTS = jnp.asarray(10 * np.random.default_rng(3).normal(size=(5, 3)))
TWIST = jnp.asarray([0.3, -0.2, 0.5, 2.0, -1.0, 3.0])


def height(pose):
    """A smooth function of a pose."""
    return jnp.sum(jnp.sin(pose.transform(POINTS) / 7))


@jax.jit  # one compilation for each kind of pose
def moves(pose):
    retractions = retract_right(pose, TWIST), retract_left(pose, TWIST)
    return retractions, (right_gradient(height, pose), left_gradient(height, pose)), jax.grad(height)(pose)


@poses
def test_retractions_multiply_on_their_side(pose):
    motion, start = np.asarray(exponential(TWIST)), np.asarray(pose.homogeneous_matrix)
    right, left = moves(pose)[0]
    assert type(right) is type(left) is type(pose)
    np.testing.assert_allclose(right.homogeneous_matrix, start @ motion, atol=100 * EXACT)
    np.testing.assert_allclose(left.homogeneous_matrix, motion @ start, atol=100 * EXACT)


@jax.jit
def height_of(matrix):
    return height(QuaternionPose.from_homogeneous_matrix(matrix))


@pytest.mark.x64  # difference quotients drown in rounding
@poses
def test_gradients_are_slopes_along_motions_in_every_parametrisation(pose):
    right, left = moves(pose)[1]
    start, step = np.asarray(pose.homogeneous_matrix), 1e-3
    there, back = ([expm(generator(sign * step * unit)) for unit in np.eye(6)] for sign in (1, -1))
    for slopes, products in (
        (right, [(start @ a, start @ b) for a, b in zip(there, back, strict=True)]),
        (left, [(a @ start, b @ start) for a, b in zip(there, back, strict=True)]),
    ):
        quotients = [(height_of(a) - height_of(b)) / (2 * step) for a, b in products]
        # The quotient errs by h² / 6 third derivatives (1e-7 / 49 of the values), and by rounding, 1e-15 / h.
        np.testing.assert_allclose(slopes, quotients, atol=1e-7)


def test_a_tangent_pose_is_its_base_after_the_motion():
    pose = TangentPose(TWIST, base_rotation=EULER.rotation_matrix, base_offset=EULER.offset)
    expected = np.asarray(EULER.homogeneous_matrix) @ np.asarray(exponential(TWIST))
    np.testing.assert_allclose(pose.homogeneous_matrix, expected, atol=100 * EXACT)
    np.testing.assert_allclose(pose.offset, expected[:3, 3], atol=100 * EXACT)
    centred = pose.recentred()
    np.testing.assert_array_equal(centred.twist, 0)
    np.testing.assert_allclose(centred.homogeneous_matrix, expected, atol=100 * EXACT)
    # Without a base: the exponential coordinates themselves.
    np.testing.assert_allclose(TangentPose(TWIST).homogeneous_matrix, exponential(TWIST), atol=EXACT)


def test_only_the_twist_of_a_tangent_pose_has_a_derivative():
    _, (expected, _), slopes = moves(POSES[-1])
    np.testing.assert_array_equal(slopes.base_rotation, 0)
    np.testing.assert_array_equal(slopes.base_offset, 0)
    np.testing.assert_allclose(slopes.twist, expected, atol=10 * EXACT)


def test_descent_along_the_twist_finds_a_pose():
    # From the gimbal lock to a pose 12° and 3 Å away: Gauss and Newton's steps, recentred after each.
    target = EulerAnglePose(5.0, 10.0, -8.0, offset_x=2.0, offset_y=-1.0, offset_z=2.0)
    points = jnp.concatenate([POINTS, jnp.ones((5, 1))], axis=1)
    goal = points @ target.homogeneous_matrix.T

    def moved(pose, twist):
        return TangentPose(twist, base_rotation=pose.base_rotation, base_offset=pose.base_offset)

    @jax.jit
    def step(pose):
        def residual(twist):
            return (points @ moved(pose, twist).homogeneous_matrix.T - goal).ravel()

        slopes, distance = jax.jacfwd(residual)(pose.twist), residual(pose.twist)
        return moved(pose, -jnp.linalg.solve(slopes.T @ slopes, slopes.T @ distance)).recentred()

    pose = TangentPose.around(EulerAnglePose())
    for _ in range(6):
        pose = step(pose)
    np.testing.assert_allclose(pose.homogeneous_matrix, target.homogeneous_matrix, atol=1e-10 if DOUBLE else 1e-4)
