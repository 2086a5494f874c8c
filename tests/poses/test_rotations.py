"""Conversions against SciPy and against products written out here."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vitreous.poses import (
    angular_distance_deg,
    euler_from_rotation,
    quaternion_from_rotation,
    rotation_from_euler,
    rotation_from_quaternion,
    rotation_from_vector,
    vector_from_rotation,
)

# Rounding of a dozen operations on numbers near one (and of angles of up to 360° in the float32 leg).
EXACT = 1e-12 if jax.config.jax_enable_x64 else 1e-5

angles = st.floats(-360, 360)
near_lock = st.one_of(angles, st.sampled_from([0.0, 180.0, -180.0, 1e-12, 1e-8, 180 - 1e-7, 1e-4]))

from_euler, to_euler = jax.jit(rotation_from_euler), jax.jit(euler_from_rotation)
to_quaternion, from_quaternion = jax.jit(quaternion_from_rotation), jax.jit(rotation_from_quaternion)
to_vector, from_vector = jax.jit(vector_from_rotation), jax.jit(rotation_from_vector)


def about_z(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def about_y(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


@given(angles, angles, angles)
def test_euler_is_the_product_of_three_right_handed_rotations(phi, theta, psi):
    ours = from_euler(phi, theta, psi)
    np.testing.assert_allclose(ours, about_z(psi) @ about_y(theta) @ about_z(phi), atol=EXACT)
    scipy = Rotation.from_euler("zyz", [phi, theta, psi], degrees=True).as_matrix()
    np.testing.assert_allclose(ours, scipy, atol=EXACT)


@given(angles, angles, angles)
def test_relion_angles_are_the_inverse_rotation(rot, tilt, psi):
    # CONVENTIONS: the RELION matrix is [Rz(rot) Ry(tilt) Rz(psi)]ᵀ, and ours has the angles (-rot, -tilt, -psi).
    relion = (about_z(rot) @ about_y(tilt) @ about_z(psi)).T
    np.testing.assert_allclose(from_euler(-rot, -tilt, -psi), relion, atol=EXACT)


@given(angles, near_lock, angles)
@example(30.0, 0.0, 50.0)
@example(30.0, 180.0, 50.0)
def test_euler_round_trip(phi, theta, psi):
    matrix = from_euler(phi, theta, psi)
    angles = to_euler(matrix)
    assert all(np.isfinite(angles))
    assert 0 <= angles[1] <= 180 * (1 + EXACT)
    np.testing.assert_allclose(from_euler(*angles), matrix, atol=EXACT)


@pytest.mark.parametrize("theta", [0.0, 180.0])
def test_gimbal_lock_gives_finite_angles_and_gradients(theta):
    matrix = jnp.asarray((about_z(50.0) @ about_y(theta) @ about_z(30.0)).round(15))
    # The exact lock, and the lock as trigonometric rounding leaves it.
    for locked in (jnp.where(jnp.abs(matrix) < 1e-6, 0.0, matrix), from_euler(30.0, theta, 50.0)):
        phi, polar, psi = to_euler(locked)
        np.testing.assert_allclose(polar, theta, atol=1e3 * EXACT)
        np.testing.assert_allclose(from_euler(phi, polar, psi), locked, atol=EXACT)
        for jacobian in jax.jit(jax.jacrev(euler_from_rotation))(locked):
            assert np.all(np.isfinite(jacobian))


@pytest.mark.parametrize("theta", [0.0, 180.0])
def test_in_plane_rotation_has_unit_gradient_at_the_lock(theta):
    def round_trip(psi):
        flip = jnp.diag(jnp.array([1.0, 1.0, 1.0] if theta == 0 else [-1.0, 1.0, -1.0]))
        return euler_from_rotation(rotation_from_euler(0.0, 0.0, psi) @ flip)

    (phi, polar, psi), (d_phi, d_theta, d_psi) = jax.jit(lambda x: jax.jvp(round_trip, (x,), (jnp.ones_like(x),)))(25.0)
    np.testing.assert_allclose([phi, polar, psi], [0, theta, 25], atol=1e3 * EXACT)
    np.testing.assert_allclose([d_phi, d_theta, d_psi], [0, 0, 1], atol=EXACT)


quaternions = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1)


@given(quaternions)
@example((0.0, 1.0, 0.0, 0.0))
@example((0.0, 0.0, 1.0, 0.0))
@example((0.0, 0.0, 0.0, 1.0))
@example((1.0, 0.0, 0.0, 0.0))
@example((1e-9, 0.6, -0.8, 0.0))
def test_quaternions_agree_with_scipy(wxyz):
    matrix = from_quaternion(jnp.asarray(wxyz))
    scipy = Rotation.from_quat(wxyz, scalar_first=True)
    np.testing.assert_allclose(matrix, scipy.as_matrix(), atol=EXACT)
    back = to_quaternion(matrix)
    assert back[0] >= 0
    expected = np.asarray(wxyz) / np.linalg.norm(wxyz)
    # Near a half turn w is rounding, and its sign decides between q and -q.
    np.testing.assert_allclose(abs(np.dot(back, expected)), 1, atol=EXACT)


@given(st.tuples(*[st.floats(-170, 170)] * 3))
@example((0.0, 0.0, 0.0))
@example((1e-9, 0.0, -1e-9))
@example((3.6, 0.0, 0.0))
@example((180.0, 0.0, 0.0))
@example((0.0, -108.0, 144.0))
def test_rotation_vectors_agree_with_scipy(vector):
    matrix = from_vector(jnp.asarray(vector))
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(vector, degrees=True).as_matrix(), atol=EXACT)
    back = to_vector(matrix)
    assert np.linalg.norm(back) <= 180 * (1 + EXACT)
    np.testing.assert_allclose(from_vector(back), matrix, atol=EXACT)


def test_gradients_are_finite_at_the_identity_and_at_half_turns():
    turns = [jnp.eye(3), *(jnp.diag(2.0 * jnp.eye(3)[i] - 1) for i in range(3))]
    for convert in (quaternion_from_rotation, vector_from_rotation):
        jacobian = jax.jit(jax.jacrev(convert))
        for turn in turns:
            assert np.all(np.isfinite(jacobian(turn)))
    assert np.all(np.isfinite(jax.jit(jax.jacrev(rotation_from_vector))(jnp.zeros(3))))


@pytest.mark.parametrize("degrees", [0.0, 1e-5, 1.0, 90.0, 180.0])
def test_angular_distance(degrees):
    a = from_euler(10.0, 20.0, 30.0)
    b = from_euler(0.0, 0.0, degrees) @ a
    # The matrices' own rounding, 1e-16 (1e-7) rad; at 180° it is amplified to its square root.
    tolerance = np.rad2deg(np.sqrt(EXACT)) if degrees == 180 else np.rad2deg(EXACT)
    np.testing.assert_allclose(angular_distance_deg(a, b), degrees, atol=tolerance)
    assert angular_distance_deg(a, jnp.stack([a, b])).shape == (2,)
