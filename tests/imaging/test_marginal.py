"""Scale and offset integrated out or fitted, against the multivariate normal law written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.imaging import (
    ColouredNoise,
    GaussianLikelihood,
    MarginalGaussianLikelihood,
    ProfileGaussianLikelihood,
    ScaleAndOffsetPrior,
    WhiteNoise,
    make_image_model,
)
from vitreous.volumes import GaussianMixtureVolume

SHAPE = (6, 5)
RNG = np.random.default_rng(1)
ATOMS = GaussianMixtureVolume(RNG.uniform(-3, 3, (4, 3)), 3000.0, 9.0)
MODEL = make_image_model(ATOMS, ImageConfig(SHAPE, 2.0))
WHITE = WhiteNoise(0.02)
COLOURED = ColouredNoise(jnp.asarray(RNG.uniform(0.01, 0.05, (6, 3))))
OBSERVED = jnp.asarray(RNG.normal(scale=0.2, size=SHAPE))
PRIOR = ScaleAndOffsetPrior(1.0, 0.2, scale_deviation=0.5, offset_deviation=0.4)
IMAGE = np.asarray(MODEL.simulate())


def covariance(noise):
    """Σ of a noise, from its own inner product."""
    basis = np.eye(IMAGE.size).reshape(-1, *SHAPE)
    precision = jax.vmap(jax.vmap(noise.inner, (None, 0)), (0, None))(basis, basis)
    return np.linalg.inv(np.asarray(precision))


@pytest.mark.parametrize("noise", [WHITE, COLOURED], ids=["white", "coloured"])
@pytest.mark.parametrize("deviations", [(0.7, 0.3), (0.7, 0.0), (0.0, 0.0)])
def test_it_is_the_normal_law_of_the_whole_image(noise, deviations):
    prior = ScaleAndOffsetPrior(1.2, -0.1, scale_deviation=deviations[0], offset_deviation=deviations[1])
    x, one = IMAGE.ravel(), np.ones(IMAGE.size)
    spread = deviations[0] ** 2 * np.outer(x, x) + deviations[1] ** 2 * np.outer(one, one)
    law = stats.multivariate_normal(1.2 * x - 0.1 * one, covariance(noise) + spread)
    ours = MarginalGaussianLikelihood(MODEL, noise, prior).log_likelihood(OBSERVED)
    np.testing.assert_allclose(ours, law.logpdf(np.asarray(OBSERVED).ravel()), rtol=1e-9)  # a dense inverse of 30 × 30


def test_without_freedom_it_is_the_plain_likelihood():
    prior = ScaleAndOffsetPrior(scale_deviation=0.0, offset_deviation=0.0)
    marginal = MarginalGaussianLikelihood(MODEL, COLOURED, prior).log_likelihood(OBSERVED)
    np.testing.assert_allclose(marginal, GaussianLikelihood(MODEL, COLOURED).log_likelihood(OBSERVED), rtol=1e-13)


@pytest.mark.parametrize("noise", [WHITE, COLOURED], ids=["white", "coloured"])
def test_profile_is_the_maximum_over_scale_and_offset(noise):
    profile = ProfileGaussianLikelihood(MODEL, noise)

    def at(scale, offset):
        return noise.log_likelihood(OBSERVED - scale * MODEL.simulate() - offset)

    best = profile.best_scale_and_offset(OBSERVED)
    np.testing.assert_allclose(profile.log_likelihood(OBSERVED), at(*best), rtol=1e-13)
    slopes = jax.grad(at, argnums=(0, 1))(*best)
    np.testing.assert_allclose(slopes, 0, atol=1e-8)  # of terms of order 100, rounded
    assert all(at(best[0] + ds, best[1] + db) < at(*best) for ds, db in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)))


def test_drawn_images_have_the_law_they_are_scored_with():
    """The mean of log p over draws is minus the entropy of the normal law."""
    marginal = MarginalGaussianLikelihood(MODEL, WHITE, PRIOR)
    scores = jax.vmap(lambda key: marginal.log_likelihood(marginal.simulate(key=key)))(
        jax.random.split(jax.random.key(0), 2000)
    )
    x, one = IMAGE.ravel(), np.ones(IMAGE.size)
    law = stats.multivariate_normal(
        np.zeros(x.size), covariance(WHITE) + 0.25 * np.outer(x, x) + 0.16 * np.outer(one, one)
    )
    # 30 pixels: the standard deviation of log p is √15, that of the mean of 2000 is 0.09; four of those.
    np.testing.assert_allclose(scores.mean(), -law.entropy(), atol=0.35)


def test_gradients_in_every_parameter_of_the_prior():
    def score(values):
        prior = ScaleAndOffsetPrior(values[0], values[1], scale_deviation=values[2], offset_deviation=values[3])
        return MarginalGaussianLikelihood(MODEL, COLOURED, prior).log_likelihood(OBSERVED)

    values, step = jnp.array([1.1, 0.1, 0.6, 0.3]), 1e-6
    numeric = [(score(values + step * e) - score(values - step * e)) / (2 * step) for e in jnp.eye(4)]
    np.testing.assert_allclose(jax.grad(score)(values), numeric, rtol=1e-6)  # central differences of step 1e-6


def test_single_precision_follows_double():
    def single(tree):
        return jax.tree.map(lambda x: x.astype(jnp.float32), tree)

    marginal = MarginalGaussianLikelihood(MODEL, WHITE, PRIOR)
    ours = single(marginal).log_likelihood(OBSERVED.astype(jnp.float32))
    assert ours.dtype == jnp.float32
    np.testing.assert_allclose(ours, marginal.log_likelihood(OBSERVED), atol=3e-4)  # terms of order 50 cancel


@pytest.mark.parametrize("name", ["scale_deviation", "offset_deviation"])
def test_a_negative_deviation_is_refused(name):
    with pytest.raises(InputError, match=name):
        ScaleAndOffsetPrior(**{name: -1.0})
