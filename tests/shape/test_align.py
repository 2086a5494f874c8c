import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.harmonics.points import point_moments, random_points
from vitreous._core import InputError
from vitreous.harmonics import moment_labels, rotate_moments
from vitreous.poses import angular_distance_deg, rotation_from_euler, uniform_rotations
from vitreous.shape import align_moments, mirror_moments, rotation_correlation

DOUBLE = jax.config.jax_enable_x64
# Newton's method ends at rounding; in single precision the angle is known to the root of that of the correlation.
EXACT_DEG = 1e-9 if DOUBLE else 0.02
POINTS, WEIGHTS = random_points(12)


def moments_of(order, rotation=None, points=POINTS):
    turned = points if rotation is None else points @ np.asarray(rotation, float).T
    return jnp.asarray(point_moments(order, turned, WEIGHTS))


def without_mean(moments):
    return jnp.where(moment_labels(12)[1][: len(moments)] == 0, 0, moments)


def inner(a, b):
    m = moment_labels(12)[2][: len(a)]
    return float(jnp.sum(jnp.where(m == 0, 1, 2) * (a.conj() * b).real))


def angle(found, rotation):
    return float(angular_distance_deg(jnp.asarray(found.rotation, rotation.dtype), rotation))


def test_correlation_against_one_rotation_at_a_time():
    still, moving = without_mean(moments_of(5)), without_mean(moments_of(5, rotation_from_euler(10.0, 50.0, 30.0)))
    grid = rotation_correlation(moments_of(5), moments_of(5, rotation_from_euler(10.0, 50.0, 30.0)), size=12)
    assert grid.shape == (12, 7, 12)
    norms = np.sqrt(inner(still, still) * inner(moving, moving))
    for a, b, c in [(0, 0, 0), (2, 3, 7), (11, 6, 5), (6, 1, 10)]:
        turned = rotate_moments(moving, rotation_from_euler(30.0 * c, 30.0 * b, 30.0 * a))
        assert float(grid[a, b, c]) == pytest.approx(inner(still, turned) / norms, abs=1e-12 if DOUBLE else 1e-5)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("order", [2, 12])
def test_the_rotation_and_the_hand_are_found(order, mirrored):
    moving = moments_of(order)
    for rotation in [*uniform_rotations(2, key=jax.random.key(1)), jnp.eye(3), rotation_from_euler(0.0, 180.0, 30.0)]:
        found = align_moments(moments_of(order, rotation, -POINTS if mirrored else POINTS), moving)
        assert angle(found, rotation) < EXACT_DEG
        assert found.mirrored == mirrored
        assert found.correlation == pytest.approx(1, abs=1e-12 if DOUBLE else 1e-6)
        assert found.other_hand is not None and found.other_hand < found.correlation
        assert not found.shift.any()


def test_one_hand_only():
    mirrored = mirror_moments(moments_of(5))
    found = align_moments(mirrored, moments_of(5), mirror=False)
    assert not found.mirrored and found.other_hand is None
    assert found.correlation == pytest.approx(align_moments(mirrored, moments_of(5)).other_hand, abs=1e-6)


def test_a_mirror_is_a_mirror():
    np.testing.assert_allclose(
        mirror_moments(moments_of(5)), moments_of(5, points=-POINTS), rtol=0, atol=1e-12 if DOUBLE else 1e-5
    )


def test_noise_beyond_an_order_is_left_out_or_weighed_down():
    rotation = uniform_rotations(1, key=jax.random.key(5))[0]
    rng = np.random.default_rng(1)
    n, _, m = moment_labels(12)
    scale = np.where(n > 5, 30 * np.abs(np.asarray(moments_of(12))).mean(), 0)
    noise = scale * (rng.normal(size=n.shape) + 1j * np.where(m > 0, rng.normal(size=n.shape), 0))
    noisy = moments_of(12, rotation) + noise
    assert angle(align_moments(noisy, moments_of(12)), rotation) > 1
    assert angle(align_moments(noisy, moments_of(12), order=5), rotation) < EXACT_DEG
    weighed = align_moments(noisy, moments_of(12), weights=np.where(np.arange(13) > 5, 0.0, 1.0))
    assert angle(weighed, rotation) < EXACT_DEG


@pytest.mark.parametrize(
    ("moments", "options", "why"),
    [
        (np.ones(7, complex), {}, "to order 1 cannot be compared"),
        (np.zeros(3, complex), {}, "same in every direction"),
        (np.array([1, np.nan, 0], complex), {}, "not finite"),
        (np.ones(3, complex), {"order": 2}, "order=2 cannot"),
        (np.ones(3, complex), {"order": 0}, "order=0 cannot"),
        (np.ones(3, complex), {"weights": np.ones(3)}, "do not weigh"),
        (np.ones(3, complex), {"weights": np.array([1.0, -1.0])}, "do not weigh"),
    ],
)
def test_what_cannot_be_aligned(moments, options, why):
    with pytest.raises(InputError, match=why):
        align_moments(np.ones(3, complex), moments, **options)
