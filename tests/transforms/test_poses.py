import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.poses import (
    AxisAnglePose,
    EulerAnglePose,
    QuaternionPose,
    TangentPose,
    angular_distance_deg,
    euler_from_rotation,
    point_group,
    quaternion_from_rotation,
    reduce_to_asymmetric_unit,
    rotation_from_euler,
    rotation_from_quaternion,
    rotation_from_vector,
    vector_from_rotation,
)

POINTS = jnp.asarray(np.random.default_rng(1).normal(size=(4, 3))) * 10
OFFSETS = {"offset_x": 1.5, "offset_y": -2.5, "offset_z": 30.0}
POSES = [
    EulerAnglePose(20.0, 70.0, -140.0, **OFFSETS),
    QuaternionPose(jnp.array([0.3, -0.5, 1.1, 0.2]), **OFFSETS),
    AxisAnglePose(jnp.array([20.0, -70.0, 44.0]), **OFFSETS),
    TangentPose(jnp.array([3.0, -1.0, 2.0, 40.0, -60.0, 25.0]), base_rotation=rotation_from_euler(20.0, 70.0, -140.0)),
]
# A tangent pose holds its base constant.
VANISHING = ("[0].base_rotation", "[0].base_offset")
names = pytest.mark.parametrize("pose", POSES, ids=lambda pose: type(pose).__name__)

# Rounding: a few operations on numbers near one, and the same compiled in another order.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 2e-6
# A dozen float32 operations on coordinates and angles of up to 140°: 140° * 6e-8 is 1.5e-7 rad.
SINGLE = 2e-6


def transform(pose, points):
    return pose.transform(points)


@names
def test_pose_jit(pose):
    check_jit(transform, pose, POINTS, rtol=EXACT)


@names
def test_pose_vmap(pose):
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 1.1 * leaf, -0.3 * leaf]), (pose, POINTS))
    check_vmap(transform, batch, rtol=EXACT)


@names
def test_pose_derivatives(pose):
    # Step h in degrees or plain numbers: the quotient errs by h² / 6 third derivatives, and by rounding, 1e-15 / h.
    steps = {f"[0].{name}": 1e-3 for name in ("phi", "theta", "psi")}
    steps |= {"[0].wxyz": 1e-5, "[0].rotation_vector_deg": 1e-3}
    steps |= {f"[0].{name}": 1e-3 for name in ("twist", "base_rotation", "base_offset", *OFFSETS)} | {"[1]": 1e-3}
    mine = {path: step for path, step in steps.items() if path == "[1]" or path[4:] in vars(pose)}
    vanishing = [path for path in VANISHING if path in mine]
    check_derivatives(transform, pose, POINTS, steps=mine, rtol=1e-8, vanishing=vanishing)


@names
def test_pose_float32(pose):
    check_float32(transform, pose, POINTS, rtol=SINGLE)


def test_pose_second_derivatives_at_the_identity_are_finite():
    for pose in (EulerAnglePose(), QuaternionPose(), AxisAnglePose(), TangentPose()):
        gradient = jax.grad(lambda pose: jnp.sum(jnp.sin(pose.transform(POINTS))))
        ones = jax.tree.map(jnp.ones_like, pose)
        _, curvature = jax.jit(lambda pose, ones: jax.jvp(gradient, (pose,), (ones,)))(pose, ones)  # noqa: B023
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(curvature))


MATRIX = rotation_from_euler(20.0, 70.0, -140.0)
CONVERSIONS = {
    "euler": lambda matrix: jnp.stack(euler_from_rotation(matrix)),
    "quaternion": quaternion_from_rotation,
    "vector": vector_from_rotation,
}
conversions = pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS)


@conversions
def test_conversion(convert):
    check_jit(convert, MATRIX, rtol=EXACT)
    # Angles of up to 140° from single-precision matrices: 6e-8 rad, times 2 to 3 for the division by sin θ.
    check_float32(convert, MATRIX, rtol=SINGLE)
    batch = jnp.stack([MATRIX, MATRIX.T, MATRIX @ MATRIX])
    check_vmap(convert, (batch,), rtol=EXACT)


@conversions
def test_conversion_derivatives(convert):
    # The quotient's error: h² / 6 = 1.7e-11 times third derivatives of order ten.
    check_derivatives(convert, MATRIX, steps={"[0]": 1e-5}, rtol=1e-8)


def test_rotation_derivatives():
    quaternion, axis = jnp.array([1.0, 0.3, -0.7, 0.2]), jnp.array([1.0, 2.0, -2.0]) / 3
    check_derivatives(rotation_from_quaternion, quaternion, steps={"[0]": 1e-4}, rtol=1e-8)
    # On both sides of the border between the series around zero and the closed form, and across it (0.0632 rad).
    vectors = jnp.rad2deg(jnp.array([[1e-3], [0.063], [0.0632], [0.0633], [2.0]]) * axis)
    check_derivatives(jax.vmap(rotation_from_vector), vectors, steps={"[0]": 1e-2}, rtol=1e-7)


def test_rotation_functions():
    check_jit(rotation_from_euler, 20.0, 70.0, -140.0, rtol=EXACT)
    check_float32(rotation_from_euler, 20.0, 70.0, -140.0, rtol=SINGLE)
    check_derivatives(
        rotation_from_euler, *jnp.array([20.0, 70.0, -140.0]), steps={f"[{i}]": 1e-3 for i in range(3)}, rtol=1e-8
    )
    for make in (rotation_from_quaternion, rotation_from_vector):
        argument = jnp.array([50.0, 30.0, 10.0, -20.0])[: 4 if make is rotation_from_quaternion else 3]
        check_jit(make, argument, rtol=EXACT)
        check_float32(make, argument, rtol=SINGLE)


def test_angular_distance():
    other = rotation_from_euler(1.0, 60.0, 5.0)
    check_jit(angular_distance_deg, MATRIX, other, rtol=EXACT)
    check_float32(angular_distance_deg, MATRIX, other, rtol=SINGLE)
    check_derivatives(angular_distance_deg, MATRIX, other, steps={"[0]": 1e-5, "[1]": 1e-5}, rtol=1e-8)
    gradient = jax.grad(angular_distance_deg)(MATRIX, MATRIX)
    assert np.all(np.isfinite(gradient))


def test_reduction_is_differentiable_and_keeps_its_dtype():
    group = point_group("O")
    rotations = jnp.stack([MATRIX, MATRIX.T])

    def reduce(rotations):
        return reduce_to_asymmetric_unit(rotations, group)

    check_jit(reduce, rotations, rtol=EXACT)
    check_float32(reduce, rotations, rtol=SINGLE)
    check_derivatives(reduce, rotations, steps={"[0]": 1e-5}, rtol=1e-8)
