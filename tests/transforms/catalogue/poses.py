import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.poses import (
    AxisAnglePose,
    BinghamOrientations,
    EulerAnglePose,
    IsotropicGaussianOrientations,
    PoseDialect,
    QuaternionPose,
    TangentPose,
    UniformOrientations,
    VonMisesFisherOrientations,
    adjoint_se3,
    angular_distance_deg,
    dialect_from_rotation,
    euler_from_rotation,
    exp_se3,
    helical_operations,
    log_se3,
    point_group,
    quaternion_from_rotation,
    reduce_to_asymmetric_unit,
    rotation_from_dialect,
    rotation_from_euler,
    rotation_from_quaternion,
    rotation_from_vector,
    rotation_to_beam,
    vector_from_rotation,
)

POINTS = jnp.asarray(np.random.default_rng(1).normal(size=(4, 3))) * 10
MATRIX = jnp.asarray(rotation_from_euler(20.0, 70.0, -140.0), float)
OFFSETS = {"offset_x": 1.5, "offset_y": -2.5, "offset_z": 30.0}
# A dozen operations on coordinates and angles of up to 140°, whose rounding is 140° × 6e-8 = 1.5e-7 rad.
ANGLES = {"shaped": False, "rounding": 1e-13, "single": 2e-6, "quotient": 1e-8}
# Dozens of them, and series that meet at a border.
SERIES = ANGLES | {"single": 5e-6, "quotient": 1e-7}
# Sums of exponentials.
LAWS = SERIES | {"rounding": 1e-12, "quotient": 1e-6}


def transform(poses, points):
    return [pose.transform(points) for pose in poses]


@case(EulerAnglePose, QuaternionPose, AxisAnglePose, **ANGLES)
def poses():
    poses = (
        EulerAnglePose(20.0, 70.0, -140.0, **OFFSETS),
        QuaternionPose(jnp.array([0.3, -0.5, 1.1, 0.2]), **OFFSETS),
        AxisAnglePose(jnp.array([20.0, -70.0, 44.0]), **OFFSETS),
    )
    return transform, (poses, POINTS)


# A tangent pose holds its base constant.
@case(TangentPose, **ANGLES, constant=("base_rotation", "base_offset"))
def tangent_pose():
    twist = jnp.array([3.0, -1.0, 2.0, 40.0, -60.0, 25.0])
    return transform, ((TangentPose(twist, base_rotation=MATRIX),), POINTS)


@case(**ANGLES)
def rotations_to_numbers():
    def numbers(matrix, other):
        return (
            euler_from_rotation(matrix),
            quaternion_from_rotation(matrix),
            vector_from_rotation(matrix),
            dialect_from_rotation(matrix, PoseDialect.EMAN2),
            angular_distance_deg(matrix, other),
            reduce_to_asymmetric_unit(matrix[None], point_group("O")),
        )

    return numbers, (MATRIX, rotation_from_euler(1.0, 60.0, 5.0))


@case(**ANGLES | {"quotient": 1e-7})
def numbers_to_rotations():
    def rotations(euler, wxyz, vectors, direction):
        return (
            rotation_from_euler(*euler),
            rotation_from_dialect(euler, PoseDialect.EMAN2),
            rotation_from_quaternion(wxyz),
            jax.vmap(rotation_from_vector)(vectors),
            rotation_to_beam(direction),
        )

    # On both sides of the border between the series around zero and the closed form, and across it (0.0632 rad).
    angles = jnp.rad2deg(jnp.array([[1e-3], [0.063], [0.0632], [0.0633], [2.0]]))
    vectors = angles * jnp.array([1.0, 2.0, -2.0]) / 3
    euler, wxyz = jnp.array([20.0, 70.0, -140.0]), jnp.array([1.0, 0.3, -0.7, 0.2])
    return rotations, (euler, wxyz, vectors, jnp.array([0.6, 0.0, -0.8]))


@case(**SERIES)
def motions():
    def moves(twists, motions, rise, turn):
        rotations, translations = helical_operations(rise, turn, 5, starts=2, dihedral=True)
        return (
            jax.vmap(exp_se3)(twists),
            jax.vmap(log_se3)(motions),
            adjoint_se3(motions[0]),
            rotations @ jnp.array([3.0, 1.0, 0.5], rotations.dtype) + translations,
        )

    # On both sides of the border between power series and closed forms, at one radian.
    twists = jnp.array([[3.0, -1.0, 2.0, 40.0, -60.0, 25.0], [1.0, -3.0, 2.0, 10.0, -20.0, 9.0]])
    return moves, (twists, jax.jit(jax.vmap(exp_se3))(twists), 1.4, 22.0)


@case(
    VonMisesFisherOrientations,
    BinghamOrientations,
    IsotropicGaussianOrientations,
    **LAWS,
)
def laws_of_orientations():
    laws = (
        VonMisesFisherOrientations((0.3, -0.5, 0.2), 4.0),
        BinghamOrientations(jnp.asarray(np.random.default_rng(2).normal(size=(4, 4)))),
        IsotropicGaussianOrientations(MATRIX.T, 30.0),
        IsotropicGaussianOrientations(MATRIX.T, 60.0),
    )
    return lambda laws, rotation: [law.log_prob(rotation) for law in laws], (laws, MATRIX)


@case(UniformOrientations, **ANGLES)
def a_law_without_parameters():
    def turned(point):
        return UniformOrientations().sample(2, key=jax.random.key(0)).astype(point.dtype) @ point

    return turned, (POINTS[0],)
