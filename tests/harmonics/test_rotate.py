import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.harmonics.points import point_moments, random_points
from vitreous._core import InputError
from vitreous.harmonics import moment_index, moments_by_degree, rotate_moments, rotation_generators
from vitreous.poses import rotation_from_euler, rotation_from_vector, uniform_rotations

DOUBLE = jax.config.jax_enable_x64
POINTS, WEIGHTS = random_points()
POLES = [(0.0, 0.0, 0.0), (30.0, 180.0, 20.0), (30.0, 1e-5, 20.0), (0.0, 180 - 1e-6, 50.0)]


def moments_of(order, rotation=None, dtype=complex):
    turned = POINTS if rotation is None else POINTS @ np.asarray(rotation, float).T
    return jnp.asarray(point_moments(order, turned, WEIGHTS), dtype)


def rotations():
    return [*uniform_rotations(2, key=jax.random.key(1)), *(rotation_from_euler(*angles) for angles in POLES)]


def distance(a, b):
    return float(np.abs(np.asarray(a) - np.asarray(b)).max() / np.abs(b).max())


# Turns of points are exact: what is left are roundings, in single precision those of the angles times the order.
@pytest.mark.parametrize(
    ("order", "dtype", "tolerance"), [(1, complex, 1e-13), (9, complex, 1e-13), (9, "complex64", 3e-6)]
)
def test_rotated_moments_are_moments_of_the_rotated_density(order, dtype, tolerance):
    for rotation in rotations():
        turned = rotate_moments(moments_of(order, dtype=dtype), rotation)
        assert turned.dtype == jnp.asarray(0, dtype).dtype
        assert distance(turned, moments_of(order, rotation)) < (tolerance if DOUBLE else 3e-6)


def test_a_high_order():
    rotation = uniform_rotations(1, key=jax.random.key(2))[0]
    assert distance(rotate_moments(moments_of(100), rotation), moments_of(100, rotation)) < (1e-10 if DOUBLE else 1e-4)


def test_batches_of_moments_and_rotations():
    turns = uniform_rotations(3, key=jax.random.key(1))
    stack = jnp.stack([moments_of(5), 2 * moments_of(5), moments_of(5, turns[2])])
    together = jax.vmap(rotate_moments)(stack, turns)
    for moments, rotation, turned in zip(stack, turns, together, strict=True):
        assert distance(turned, rotate_moments(moments, rotation)) < (1e-14 if DOUBLE else 1e-6)
    assert distance(rotate_moments(stack, turns[0])[2], rotate_moments(stack[2], turns[0])) < (
        1e-14 if DOUBLE else 1e-6
    )


@pytest.mark.parametrize("base", [*POLES, (10.0, 50.0, 70.0)])
def test_gradient_in_the_rotation(base):
    """Against differences along the rotations, also where Euler angles have none."""
    moments, other, start = (
        moments_of(4),
        moments_of(4, rotation_from_euler(5.0, 30.0, 11.0)),
        rotation_from_euler(*base),
    )

    @jax.jit
    def score(vector):
        rotation = jnp.matmul(rotation_from_vector(vector), start, precision=jax.lax.Precision.HIGHEST)
        return jnp.sum((rotate_moments(moments, rotation) * other.conj()).real)

    slope = jax.jit(jax.grad(score))(jnp.zeros(3))
    step = 1e-2 if DOUBLE else 1.0  # degrees; the error of the difference is (4 step)² / 6 of the slope, in radians
    by_difference = [(score(step * e) - score(-step * e)) / (2 * step) for e in jnp.eye(3)]
    scale = float(jnp.abs(slope).max())
    assert scale > 0
    np.testing.assert_allclose(slope, by_difference, rtol=0, atol=scale * (1e-6 if DOUBLE else 1e-2))


def test_second_derivatives_in_the_rotation():
    moments, other = moments_of(4), moments_of(4, rotation_from_euler(5.0, 30.0, 11.0))

    def score(vector):
        return jnp.sum((rotate_moments(moments, rotation_from_vector(vector)) * other.conj()).real)

    curvature = jax.jit(jax.hessian(score))(jnp.zeros(3))
    twice = rotation_generators(rotation_generators(moments))  # [first, second axis]
    expected = jnp.sum((twice * other.conj()).real, axis=-1) * (jnp.pi / 180) ** 2
    expected = (expected + expected.T) / 2
    np.testing.assert_allclose(
        curvature, expected, rtol=0, atol=float(jnp.abs(expected).max()) * (1e-10 if DOUBLE else 1e-4)
    )


def test_gradient_in_the_moments_is_the_inverse_turn():
    """The turn is orthogonal where moments of m > 0 count twice."""
    rotation = uniform_rotations(1, key=jax.random.key(4))[0]
    moments, other = moments_of(4), moments_of(4, rotation_from_euler(5.0, 30.0, 11.0))
    twice = np.array([1 if m == 0 else 2 for n in range(5) for l in range(n % 2, n + 1, 2) for m in range(l + 1)])

    def inner(moments):
        return jnp.sum((twice * rotate_moments(moments, rotation) * other.conj()).real)

    back = jnp.conj(jax.grad(inner)(moments)) / twice
    assert distance(back, rotate_moments(other, rotation.T)) < (1e-13 if DOUBLE else 1e-5)


def test_generators():
    # Differences over 2e-4 radians: (4e-4)² / 6, and in single precision roundings of 1e-6 over the step.
    step = 1e-4 if DOUBLE else 1e-2
    generated = rotation_generators(moments_of(4))
    for axis in range(3):
        vector = jnp.rad2deg(step) * jnp.eye(3)[axis]
        ahead, back = (moments_of(4, rotation_from_vector(sign * vector)) for sign in (1, -1))
        assert distance(generated[axis], (ahead - back) / (2 * step)) < (1e-6 if DOUBLE else 2e-2)


def test_layout_by_degree():
    moments = moments_of(5)
    layout = moments_by_degree(jnp.stack([moments, 2 * moments]))
    assert layout.shape == (2, 6, 6, 3)
    assert layout[1, 3, 2, 1] == 2 * moments[moment_index(5, 3, 2)]
    assert np.count_nonzero(layout[0]) <= len(moments)
    assert float(jnp.sum(jnp.abs(layout[0]))) == pytest.approx(float(jnp.sum(jnp.abs(moments))), rel=1e-6)


def test_a_length_that_is_no_order():
    with pytest.raises(InputError, match="moments"):
        rotate_moments(jnp.zeros(5, complex), jnp.eye(3))
