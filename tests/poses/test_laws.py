"""Laws of orientations: densities with total one, and samples that follow them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special, stats

from vitreous._core import InputError
from vitreous.poses import (
    BinghamOrientations,
    IsotropicGaussianOrientations,
    RotationGrid,
    UniformOrientations,
    VonMisesFisherOrientations,
    angular_distance_deg,
    euler_from_rotation,
    quaternion_from_rotation,
    rotation_from_euler,
    rotation_from_vector,
)
from vitreous.poses._bingham import _log_normaliser
from vitreous.poses._isotropic_gaussian import _log_characters, _log_gaussians

DOUBLE = jax.config.jax_enable_x64
EXACT = 1e-12 if DOUBLE else 2e-5  # rounding of log-densities of order ten
N = 20000
MEAN = rotation_from_euler(30.0, 60.0, 100.0)
RANDOM = np.random.default_rng(1)
GRID = RotationGrid(3).rotations()

LAWS = {
    "uniform": UniformOrientations(),
    "von Mises-Fisher": VonMisesFisherOrientations((0.3, -0.5, 0.2), 4.0),
    "von Mises-Fisher, flat": VonMisesFisherOrientations((0.3, -0.5, 0.2), 0.0),
    "Bingham": BinghamOrientations(jnp.asarray(3 * RANDOM.normal(size=(4, 4)))),
    "Bingham around": BinghamOrientations.around(MEAN, spread_deg=(25.0, 30.0, 60.0)),
    "matrix Fisher": BinghamOrientations.from_matrix_fisher(jnp.asarray(2 * RANDOM.normal(size=(3, 3)))),
    "Gaussian": IsotropicGaussianOrientations(MEAN, 30.0),
    "Gaussian, wide": IsotropicGaussianOrientations(MEAN, 60.0),
}
laws = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)


@jax.jit  # one compilation for each class of laws
def log_probs(law, rotations):
    return jax.vmap(law.log_prob)(rotations)


@jax.jit
def draw(law, key):
    return law.sample(N, key=key)


@jax.jit
def slopes(law, rotation):
    return jax.grad(lambda law, rotation: law.log_prob(rotation), argnums=(0, 1))(law, rotation)


@laws
def test_densities_have_total_one_and_samples_their_moments(law):
    density = np.exp(np.asarray(log_probs(law, GRID)))
    # The midpoint rule on cells of 7.4°: within 1e-3 for laws as wide as these (halves with each cell's area).
    np.testing.assert_allclose(density.mean(), 1, atol=1.5e-3)

    sample = np.asarray(draw(law, jax.random.key(1))).reshape(N, 9)
    np.testing.assert_allclose(np.linalg.det(sample.reshape(N, 3, 3)), 1, atol=1e-5)
    flat = np.asarray(GRID).reshape(-1, 9)
    # Four standard errors of entries with variance at most 1/3 to 1/2, and the error of the quadrature.
    first, second = density @ flat / len(flat), np.einsum("n,ni,nj->ij", density, flat, flat) / len(flat)
    np.testing.assert_allclose(sample.mean(0), first, atol=4 * np.sqrt(0.5 / N) + 2e-3)
    np.testing.assert_allclose(sample.T @ sample / N, second, atol=4 * np.sqrt(0.3 / N) + 2e-3)


@laws
def test_samples_have_the_mean_log_density_of_the_law(law):
    # The entropy, which tells the spread: by quadrature and over a sample.
    density = np.asarray(log_probs(law, GRID))
    sampled = np.asarray(log_probs(law, draw(law, jax.random.key(5))[: len(GRID)]))
    expected = np.mean(np.exp(density) * density)
    np.testing.assert_allclose(sampled.mean(), expected, atol=4 * sampled.std() / np.sqrt(N) + 5e-3)


def test_the_key_decides_and_none_can_be_drawn():
    law = LAWS["Bingham"]
    np.testing.assert_array_equal(draw(law, jax.random.key(1)), draw(law, jax.random.key(1)))
    assert np.abs(draw(law, jax.random.key(1)) - draw(law, jax.random.key(2))).max() > 0.1
    assert jax.jit(lambda key: law.sample(0, key=key))(jax.random.key(0)).shape == (0, 3, 3)


@pytest.mark.parametrize("name", ["von Mises-Fisher", "Bingham", "Gaussian"])
def test_a_negative_number_is_refused(name):
    with pytest.raises(InputError, match="n=-1"):
        LAWS[name].sample(-1, key=jax.random.key(0))


# Von Mises and Fisher


def test_von_mises_fisher_is_scipys_on_the_sphere_and_uniform_in_the_plane():
    law = LAWS["von Mises-Fisher"]
    mean = np.asarray(law.mean_direction) / np.linalg.norm(law.mean_direction)
    theirs = stats.vonmises_fisher(mean, 4.0)
    directions = np.asarray(GRID[:50, 2], float)
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    expected = theirs.logpdf(directions) + np.log(4 * np.pi)
    np.testing.assert_allclose(log_probs(law, GRID[:50]), expected, atol=EXACT)

    sample = draw(law, jax.random.key(3))
    # The distribution of the cosine to the mean, and of the in-plane angle about the mean's own turn.
    cosine = np.asarray(sample[:, 2]) @ mean
    assert stats.kstest(cosine, lambda w: np.expm1(4 * (w + 1)) / np.expm1(8)).pvalue > 0.01
    _, _, psi = jax.jit(jax.vmap(euler_from_rotation))(sample)
    assert stats.kstest(np.asarray(psi), "uniform", args=(-180, 360)).pvalue > 0.01


@pytest.mark.parametrize("concentration", [1e-3, 1.0, 1e4])
def test_mean_cosine_of_von_mises_and_fisher(concentration):
    law = VonMisesFisherOrientations((0.0, 0.0, 2.0), concentration)
    depth = 1 - np.asarray(draw(law, jax.random.key(4))[:, 2, 2], float)
    expected = 1 - (1 / np.tanh(concentration) - 1 / concentration)
    # Four standard errors; float32 rounds cosines near one to 6e-8.
    np.testing.assert_allclose(depth.mean(), expected, atol=4 * depth.std() / np.sqrt(N) + 1e-7)


@pytest.mark.parametrize("concentration", [0.0, 1e-9, 5e-3, 5.1e-3, 1.0, 300.0, 1e5])
def test_normalisation_of_von_mises_and_fisher(concentration):
    # At the mean: log(κ / sinh κ) + κ = log(2κ / (1 − exp(−2κ))).
    law = VonMisesFisherOrientations((0.0, 0.0, 1.0), concentration)
    expected = np.log(2 * concentration / -np.expm1(-2 * concentration)) if concentration else 0.0
    np.testing.assert_allclose(law.log_prob(jnp.eye(3)), expected, atol=EXACT)


def test_slope_in_the_concentration_at_zero():
    # d/dκ at 0 is μ·d.
    slope, _ = slopes(LAWS["von Mises-Fisher, flat"], MEAN)
    mean = np.array([0.3, -0.5, 0.2]) / np.sqrt(0.38)
    np.testing.assert_allclose(slope.concentration, np.asarray(MEAN[2]) @ mean, atol=EXACT)


@pytest.mark.parametrize(
    ("direction", "concentration", "why"),
    [
        ((0.0, 0.0, 0.0), 1.0, "is no direction"),
        ((0.0, 0.0, 1.0), -1.0, "negative"),
        ((0.0, 0.0, 1.0), float("nan"), "no number"),
    ],
)
def test_no_law_of_von_mises_and_fisher(direction, concentration, why):
    with pytest.raises(InputError, match=why):
        VonMisesFisherOrientations(direction, concentration)


# Bingham


of_eigenvalues = jax.jit(_log_normaliser)
log_normaliser = jax.jit(lambda law: law.log_normaliser)
slope_of_normaliser = jax.jit(jax.grad(lambda law: law.log_normaliser))


def reference(eigenvalues):
    """The same integral by SciPy, in decades towards the end where it is concentrated."""
    a, b, c, d = eigenvalues

    def integrand(x):
        bessel = special.ive(0, (1 - x) * (a - b) / 2) * special.ive(0, x * (c - d) / 2)
        return np.exp(x * (c - a)) * bessel

    ends = [0.0, *10.0 ** np.arange(-12, 1)]
    parts = [integrate.quad(integrand, *pair, epsabs=0, epsrel=1e-11)[0] for pair in itertools.pairwise(ends)]
    return a + np.log(sum(parts))


@pytest.mark.parametrize(
    "eigenvalues",
    [(0, 0, 0, 0), (5, 5, 5, -7), (0, -1, -2, -3), (0, -1, -1, -1e3), (0, 0, 0, -1e5), (0, -10, -1e4, -1e6)],
)
def test_the_normalisation_of_bingham(eigenvalues):
    ours = of_eigenvalues(jnp.asarray(eigenvalues[::-1], float))
    np.testing.assert_allclose(ours, reference(eigenvalues), atol=1e-10 if DOUBLE else 1e-5)


def test_the_normalisation_of_bingham_is_the_hypergeometric_function_of_one_axis():
    # 1F1(1/2; 2; k), the mean of exp(k x²) over the sphere in four dimensions.
    for k in (-30.0, -1.0, 2.0, 20.0):
        law = BinghamOrientations(jnp.diag(jnp.array([0.0, k, 0.0, 0.0])))
        np.testing.assert_allclose(log_normaliser(law), np.log(special.hyp1f1(0.5, 2, k)), atol=10 * EXACT)


@pytest.mark.parametrize("diagonal", [(0, 0, 0, 0), (0, -5, -5, -5), (0, 0, -1, -1), (3, 3, 3, -1)])
def test_gradients_where_eigenvalues_coincide(diagonal):
    # d log c / dA is the mean of q qᵀ, whose diagonal sums to one.
    parameter = jnp.diag(jnp.asarray(diagonal, float))
    law = BinghamOrientations(parameter)
    moments = slope_of_normaliser(law).parameter
    np.testing.assert_allclose(jnp.trace(moments), 1, atol=EXACT)
    density = np.exp(np.asarray(log_probs(law, GRID)))
    cosine = (np.trace(np.asarray(GRID), axis1=1, axis2=2) + 1) / 4  # w²
    # The error of the quadrature on the grid.
    np.testing.assert_allclose(moments[0, 0], np.mean(density * cosine), atol=2e-3)
    np.testing.assert_allclose(moments - jnp.diag(jnp.diag(moments)), 0, atol=EXACT)


def test_matrix_fisher_is_bingham():
    matrix = jnp.asarray(RANDOM.normal(size=(3, 3)))
    law = BinghamOrientations.from_matrix_fisher(matrix)
    difference = log_probs(law, GRID) - jnp.einsum("ij,nij->n", matrix, GRID)
    np.testing.assert_allclose(difference, difference[0], atol=EXACT)
    # The normalisation of exp(k tr R): I₀(2k) − I₁(2k), times e^k, as tr R = 1 + 2 cos ω.
    law = BinghamOrientations.from_matrix_fisher(2.0 * jnp.eye(3))
    np.testing.assert_allclose(log_normaliser(law), 2 + np.log(special.iv(0, 4) - special.iv(1, 4)), atol=EXACT)


def test_bingham_around_has_its_mode_and_spreads():
    spread = np.array([2.0, 4.0, 8.0])
    law = BinghamOrientations.around(MEAN, spread_deg=tuple(spread))
    turns = np.asarray(draw(law, jax.random.key(8))) @ np.asarray(MEAN).T
    # Small turns: the antisymmetric part is the rotation vector, to ω³ / 6 (0.3 % at 8°).
    vector = np.rad2deg(np.stack([turns[:, 2, 1], turns[:, 0, 2], turns[:, 1, 0]], axis=1))
    np.testing.assert_allclose(vector.mean(0), 0, atol=4 * spread.max() / np.sqrt(N))
    # Four standard errors of a standard deviation, 1/√(2N), and the curvature of the rotations, σ² / 2 = 1 %.
    np.testing.assert_allclose(vector.std(0), spread, rtol=4 / np.sqrt(2 * N) + 0.015)
    density = log_probs(law, jnp.concatenate([MEAN[None], jax.vmap(rotation_from_vector)(jnp.eye(3)) @ MEAN]))
    assert np.all(density[1:] < density[0])


def test_antipodal_quaternions_and_parameters_up_to_a_multiple_of_one_are_the_same():
    law = LAWS["Bingham"]
    density = log_probs(law, GRID)
    shifted = BinghamOrientations(law.parameter + 3 * jnp.eye(4))
    np.testing.assert_allclose(log_probs(shifted, GRID), density, atol=EXACT)
    quaternions = jax.jit(jax.vmap(quaternion_from_rotation))(GRID)
    for signed in (quaternions, -quaternions):
        exponent = jnp.einsum("np,pq,nq->n", signed, law.parameter, signed)
        np.testing.assert_allclose(exponent - log_normaliser(law), density, atol=EXACT)


def test_a_parameter_of_another_shape():
    with pytest.raises((InputError, TypeError)):  # the annotation, checked in the tests only, comes first
        BinghamOrientations(jnp.zeros((3, 3)))


# Gaussian


@pytest.mark.parametrize("spread_deg", [25.0, 30.0, 60.0])
def test_mean_of_the_gaussian(spread_deg):
    # The first character: E[R] = exp(−σ²) R̄.
    sample = draw(IsotropicGaussianOrientations(MEAN, spread_deg), jax.random.key(9))
    expected = np.exp(-(np.deg2rad(spread_deg) ** 2)) * MEAN
    np.testing.assert_allclose(sample.mean(0), expected, atol=4 * np.sqrt(0.5 / N))


def test_narrow_gaussians_are_gaussians_of_the_rotation_vector():
    law = IsotropicGaussianOrientations(MEAN, 0.5)
    sample = draw(law, jax.random.key(10))
    angle = np.asarray(angular_distance_deg(sample, MEAN), float) / 0.5
    assert stats.kstest(angle, stats.chi(3).cdf).pvalue > 0.01
    # Relative to the uniform law the density at the mean is 8π² / (2π σ²)^(3/2), to σ² / 8.
    expected = np.log(8 * np.pi**2 / (2 * np.pi * np.deg2rad(0.5) ** 2) ** 1.5)
    np.testing.assert_allclose(law.log_prob(MEAN), expected, atol=1e-4)


@pytest.mark.x64  # the characters cancel to 4e-5 of their size at the half turn
def test_the_two_series_of_the_gaussian_are_one():
    for spread in (0.65, 0.7, 0.72):
        for angle in np.linspace(0, np.pi, 20):
            ours = _log_gaussians(jnp.asarray(angle**2), jnp.asarray(spread))
            theirs = _log_characters(jnp.asarray(np.cos(angle)), jnp.asarray(spread))
            # Neighbours left out: exp(−2π² / 0.72²) = 3e-17 times few; the characters cancel to 4e-5 at π.
            np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize("spread_deg", [1.0, 30.0, 60.0])
def test_gradients_of_the_gaussian_are_finite_at_its_mean_and_the_half_turn(spread_deg):
    law = IsotropicGaussianOrientations(MEAN, spread_deg)
    for turn in (jnp.eye(3), jnp.diag(jnp.array([1.0, -1.0, -1.0]))):
        for leaf in jax.tree.leaves(slopes(law, turn @ MEAN)):
            assert np.all(np.isfinite(leaf))


@pytest.mark.parametrize("spread_deg", [0.0, -1.0, float("nan")])
def test_no_gaussian(spread_deg):
    with pytest.raises(InputError, match="not positive"):
        IsotropicGaussianOrientations(MEAN, spread_deg)
