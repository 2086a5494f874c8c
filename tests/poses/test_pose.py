import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.poses import AxisAnglePose, EulerAnglePose, QuaternionPose, TangentPose, rotation_from_euler

EXACT = 1e-12 if jax.config.jax_enable_x64 else 1e-5  # rounding

CLASSES = [EulerAnglePose, QuaternionPose, AxisAnglePose, TangentPose]
MATRIX = rotation_from_euler(100.0, 50.0, -20.0)
POINTS = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 3)))
classes = pytest.mark.parametrize("kind", CLASSES)


@classes
def test_defaults_are_the_identity(kind):
    pose = kind()
    np.testing.assert_array_equal(pose.rotation_matrix, np.eye(3))
    np.testing.assert_array_equal(pose.offset, 0)


@classes
def test_from_rotation_matrix(kind):
    pose = kind.from_rotation_matrix(MATRIX, offset_x=1, offset_y=2.0, offset_z=-3.0)
    assert type(pose) is kind
    np.testing.assert_allclose(pose.rotation_matrix, MATRIX, atol=EXACT)
    np.testing.assert_array_equal(pose.offset, [1, 2, -3])


@classes
def test_rotate_is_active_and_transform_moves_afterwards(kind):
    pose = kind.from_rotation_matrix(MATRIX, offset_x=1.0, offset_y=2.0, offset_z=-3.0)
    rotated = np.einsum("ij,abj->abi", MATRIX, POINTS)
    np.testing.assert_allclose(pose.rotate(POINTS), rotated, atol=EXACT)
    np.testing.assert_allclose(pose.transform(POINTS), rotated + np.array([1, 2, -3]), atol=EXACT)
    np.testing.assert_allclose(pose.rotate(pose.rotate(POINTS), inverse=True), POINTS, atol=EXACT)
    homogeneous = pose.homogeneous_matrix
    np.testing.assert_allclose(POINTS @ homogeneous[:3, :3].T + homogeneous[:3, 3], pose.transform(POINTS), atol=EXACT)
    back = kind.from_homogeneous_matrix(homogeneous)
    np.testing.assert_allclose(back.homogeneous_matrix, homogeneous, atol=EXACT)


@classes
def test_viewing_direction_is_turned_onto_the_beam(kind):
    pose = kind.from_rotation_matrix(MATRIX)
    np.testing.assert_allclose(pose.rotate(pose.viewing_direction), [0, 0, 1], atol=EXACT)


@classes
def test_vmap_builds_a_batch(kind):
    matrices = jnp.stack([MATRIX, jnp.eye(3), MATRIX.T])
    poses = jax.vmap(lambda matrix, x: kind.from_rotation_matrix(matrix, offset_x=x))(matrices, jnp.arange(3.0))
    back = jax.vmap(lambda pose: pose.rotation_matrix)(poses)
    np.testing.assert_allclose(back, matrices, atol=EXACT)
    np.testing.assert_array_equal(jax.vmap(lambda pose: pose.offset)(poses)[:, 0], [0, 1, 2])


def test_vmap_over_the_constructor():
    poses = jax.vmap(EulerAnglePose)(jnp.zeros(4), jnp.zeros(4), 90 * jnp.arange(4.0), offset_y=jnp.arange(4.0))
    assert poses.phi.shape == poses.offset_x.shape == (4,)
    np.testing.assert_allclose(jax.vmap(lambda p: p.rotation_matrix[0, 0])(poses), [1, 0, -1, 0], atol=EXACT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: EulerAnglePose(jnp.zeros(3), 0.0, 0.0),
        lambda: EulerAnglePose(offset_x=jnp.zeros(2)),
        lambda: QuaternionPose(jnp.zeros(3)),
        lambda: AxisAnglePose(jnp.zeros((2, 3))),
        lambda: TangentPose(jnp.zeros(3)),
        lambda: TangentPose(base_rotation=jnp.zeros((4, 3, 3))),
        lambda: EulerAnglePose.from_rotation_matrix(jnp.zeros((5, 3, 3))),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(make):
    # The shape annotations, which only the tests check, raise a TypeError first; without them it is an InputError.
    with pytest.raises((InputError, TypeError)):
        make()


def test_the_shape_errors_say_what_to_type():
    from vitreous._core import as_scalar
    from vitreous.poses._base import as_vector, check_matrix

    with pytest.raises(InputError, match=r"phi has shape \(3,\).*\n.*vmap"):
        as_scalar(jnp.zeros(3), name="phi")
    with pytest.raises(InputError, match=r"wxyz has shape \(3,\), but one pose needs 4 numbers.\n.*vmap"):
        as_vector([1, 2, 3], name="wxyz", length=4)
    with pytest.raises(InputError, match=r"shape \(5, 3, 3\).*\n.*vmap"):
        check_matrix(jnp.zeros((5, 3, 3)))


def test_a_zero_quaternion_is_no_rotation():
    with pytest.raises(InputError, match="is no rotation"):
        QuaternionPose((0.0, 0.0, 0.0, 0.0))
    with pytest.raises(InputError, match="is no rotation"):
        QuaternionPose((float("nan"), 0.0, 0.0, 0.0))


def test_python_numbers_do_not_promote():
    pose = EulerAnglePose(jnp.float32(10.0), 20, 30.0, offset_x=1)
    assert pose.rotation_matrix.dtype == pose.transform(POINTS.astype(jnp.float32)).dtype == jnp.float32
