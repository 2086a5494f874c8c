import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import sph_harm_y

from vitreous._core import InputError
from vitreous.harmonics import quarter_turns, rotation_series, wigner_d, wigner_matrix
from vitreous.poses import rotation_from_euler, rotation_from_vector, uniform_rotations

DOUBLE = jax.config.jax_enable_x64
# Roundings of numbers below one, grown by sums of up to 401 of them; angles of single precision times the degree 7.
EXACT = 2e-13 if DOUBLE else 1e-5


def by_eigenvectors(degree, theta):
    """exp(−iθ J_y) from the eigenvectors of J_y: another way than the recurrence."""
    m = np.arange(-degree, degree)
    raising = np.diag(np.sqrt(degree * (degree + 1) - m * (m + 1.0)), -1)
    values, vectors = np.linalg.eigh((raising - raising.T) / 2j)
    return ((vectors * np.exp(-1j * theta * values)) @ vectors.conj().T).real


def harmonics(degree, point):
    x, y, z = point / np.linalg.norm(point)
    return sph_harm_y(degree, np.arange(-degree, degree + 1), np.arccos(z), np.arctan2(y, x))


@pytest.mark.parametrize("degree", [0, 1, 2, 9, 200])
def test_quarter_turns(degree):
    table = quarter_turns(200)[degree]
    whole = by_eigenvectors(degree, np.pi / 2)
    np.testing.assert_allclose(table[: degree + 1, : degree + 1], whole[degree:, degree:], rtol=0, atol=2e-13)
    assert not table[degree + 1 :].any() and not table[:, degree + 1 :].any()


@pytest.mark.parametrize(("degree", "theta"), [(0, 40.0), (1, 60.0), (7, 0.0), (7, 133.0), (7, 180.0), (200, 77.0)])
def test_small_matrix(degree, theta):
    # In single precision the angle is known to 1e-7 of its size, and turns up to 200 times as far.
    atol = EXACT if DOUBLE or degree < 200 else 1e-4
    np.testing.assert_allclose(wigner_d(degree, theta), by_eigenvectors(degree, np.deg2rad(theta)), rtol=0, atol=atol)


def test_derivative_of_the_small_matrix():
    # Second differences of a step of 1e-3°, relative to slopes of at most 7 per radian.
    step = 1e-3
    slope = jax.jacfwd(lambda angle: wigner_d(7, angle))(jnp.asarray(50.0))
    by_difference = (wigner_d(7, 50.0 + step) - wigner_d(7, 50.0 - step)) / (2 * step)
    np.testing.assert_allclose(slope, by_difference, rtol=0, atol=1e-9 if DOUBLE else 1e-2)


@pytest.mark.parametrize("degree", [1, 7])
def test_spherical_harmonics_turn_by_the_matrix(degree):
    rotation = uniform_rotations(1, key=jax.random.key(3))[0]
    point = np.array([0.3, -0.5, 0.7])
    turned = harmonics(degree, np.asarray(rotation).T @ point)
    np.testing.assert_allclose(
        turned, harmonics(degree, point) @ np.asarray(wigner_matrix(degree, rotation)), atol=EXACT
    )


def test_the_matrices_are_a_representation():
    one, two = uniform_rotations(2, key=jax.random.key(1))
    product = np.asarray(wigner_matrix(7, one)) @ np.asarray(wigner_matrix(7, two))
    rotation = jnp.matmul(one, two, precision=jax.lax.Precision.HIGHEST)
    np.testing.assert_allclose(wigner_matrix(7, rotation), product, rtol=0, atol=EXACT)


@pytest.mark.parametrize("theta", [0.0, 1e-4, 50.0, 180.0])
def test_derivative_of_the_matrix(theta):
    """Also where there are no Euler angles: against its own difference about each axis."""
    base = rotation_from_euler(20.0, theta, 70.0)

    def matrix(vector):
        return wigner_matrix(3, jnp.matmul(rotation_from_vector(vector), base, precision=jax.lax.Precision.HIGHEST))

    slopes = jax.jacfwd(matrix)(jnp.zeros(3))
    step = 1e-3 if DOUBLE else 1.0  # degrees: (3 step)² / 6 of a slope of 3 per radian; roundings over the step
    for axis in range(3):
        ahead, back = matrix(step * jnp.eye(3)[axis]), matrix(-step * jnp.eye(3)[axis])
        np.testing.assert_allclose(
            slopes[..., axis], (ahead - back) / (2 * step), rtol=0, atol=1e-9 if DOUBLE else 1e-4
        )


def random_series(order, seed=0):
    """Coefficients of a real function of rotations, with all k."""
    rng = np.random.default_rng(seed)
    values = np.zeros((order + 1, 2 * order + 1, 2 * order + 1), complex)
    for degree in range(order + 1):
        inside = slice(order - degree, order + degree + 1)
        block = rng.normal(size=(2, 2 * degree + 1, 2 * degree + 1))
        values[degree, inside, inside] = block[0] + 1j * block[1]
    signs = (-1.0) ** np.add.outer(np.arange(-order, order + 1), np.arange(-order, order + 1))
    return (values + signs * values[:, ::-1, ::-1].conj()) / 2


def test_series_against_the_sum():
    order, size = 4, 10
    full = random_series(order)
    grid = rotation_series(jnp.asarray(full[:, :, order:]), size=size)
    assert grid.shape == (10, 6, 10)
    for a, b, c in [(0, 0, 0), (3, 2, 5), (9, 5, 7), (5, 3, 1)]:
        rotation = rotation_from_euler(36.0 * c, 36.0 * b, 36.0 * a)
        expected = 0.0
        for degree in range(order + 1):
            inside = slice(order - degree, order + degree + 1)
            expected += np.sum(np.asarray(wigner_matrix(degree, rotation)) * full[degree, inside, inside])
        np.testing.assert_allclose(grid[a, b, c], expected, rtol=0, atol=1e-12 if DOUBLE else 1e-4)


def test_series_in_single_precision():
    full = random_series(4)[:, :, 4:]
    single = rotation_series(jnp.asarray(full, jnp.complex64), size=10)
    assert single.dtype == jnp.float32
    # 165 coefficients near one, each rounded to 6e-8.
    np.testing.assert_allclose(single, rotation_series(jnp.asarray(full), size=10), rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("shape", "size", "why"),
    [((3, 5, 4), 10, "shape"), ((3, 5, 3), 7, "cannot hold"), ((3, 5, 3), 4, "cannot hold")],
)
def test_series_of_another_shape(shape, size, why):
    with pytest.raises(InputError, match=why):
        rotation_series(jnp.zeros(shape, complex), size=size)


def test_negative_degrees():
    with pytest.raises(InputError, match="negative"):
        wigner_d(-1, 20.0)
