"""Posteriors are calibrated: of truths drawn from the prior, as many lie in an interval as it claims.

The posterior of defocus and in-plane angle is evaluated exactly, on a grid that is fine beside its width, from the
library's own images and likelihood. Every mistake in either (a sign, a missing normalisation, noise of another law than
the one it is scored with) shows as intervals that cover too much or too little (Talts et al. 2018, arXiv:1804.06788).
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous.grids import ImageConfig
from vitreous.imaging import ColouredNoise, GaussianLikelihood, make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import GaussianMixtureVolume

SHAPE, PIXEL_SIZE = (32, 32), 3.0
RNG = np.random.default_rng(0)
ATOMS = GaussianMixtureVolume(jnp.asarray(RNG.uniform(-25, 25, (40, 3)), jnp.float32), 150.0, 9.0)
NOISE = ColouredNoise.from_shells(
    jnp.array([6e-3, 1.5e-3], jnp.float32), jnp.array([0.0, 0.1]), shape=SHAPE, pixel_size=PIXEL_SIZE
)
ANGLES, DEFOCI = np.linspace(-20.0, 20.0, 101), np.linspace(6000.0, 14000.0, 81)
IMAGES = 1000


def likelihood(psi, defocus):
    pose = EulerAnglePose(10.0, 40.0, psi)
    model = make_image_model(ATOMS, ImageConfig(SHAPE, jnp.float32(PIXEL_SIZE)), pose=pose, optics=CTF(defocus))
    return GaussianLikelihood(model, NOISE)


@jax.jit
def draw(psi, defocus, keys):
    return jax.vmap(lambda p, d, key: likelihood(p, d).simulate(key=key))(psi, defocus, keys)


@jax.jit
def images_on_the_grid(psi, defocus):
    row = jax.vmap(lambda p, d: likelihood(p, d).image_model.simulate(), (None, 0))
    return jax.lax.map(lambda p: row(p, defocus), psi)


def log_likelihoods(observed):
    """Of each image at each point of the grid, `n angles defoci`, from |y|² − 2 y·I + |I|² in whitened pixels.

    The same sum as `GaussianLikelihood.log_likelihood`, as the test below checks, one matrix product for all.
    """

    def whitened(images):
        counts = jnp.where(jnp.arange(17) % 16 == 0, 1.0, 2.0)  # columns of a half spectrum
        white = jax.vmap(NOISE.whitened)(images) * jnp.sqrt(counts)
        return np.concatenate([white.real, white.imag], axis=-1).reshape(len(images), -1)

    models = whitened(images_on_the_grid(jnp.float32(ANGLES), jnp.float32(DEFOCI)).reshape(-1, *SHAPE))
    data = whitened(observed)
    squares = (data**2).sum(1)[:, None] - 2 * data @ models.T + (models**2).sum(1)
    return (-squares / 2).reshape(len(observed), len(ANGLES), len(DEFOCI))


@pytest.fixture(scope="module")
def truths_and_posteriors():
    rng = np.random.default_rng(1)
    psi, defocus = rng.uniform(ANGLES[0], ANGLES[-1], IMAGES), rng.uniform(DEFOCI[0], DEFOCI[-1], IMAGES)
    observed = draw(jnp.float32(psi), jnp.float32(defocus), jax.random.split(jax.random.key(2), IMAGES))
    scores = log_likelihoods(observed)
    for i, a, d in ((0, 3, 70), (5, 50, 40)):
        direct = [likelihood(ANGLES[a], DEFOCI[j]).log_likelihood(observed[i]) for j in (d, d - 1)]
        # Differences of sums of a thousand float32 squares.
        np.testing.assert_allclose(scores[i, a, d] - scores[i, a, d - 1], direct[0] - direct[1], atol=0.05)
    density = np.exp(scores - scores.max((1, 2), keepdims=True))
    return (psi, density.sum(2), ANGLES), (defocus, density.sum(1), DEFOCI)


def ranks(truth, density, grid):
    """The posterior probability below each truth, by the trapezoidal rule."""
    cumulative = np.concatenate(
        [np.zeros((len(density), 1)), np.cumsum((density[:, 1:] + density[:, :-1]) / 2, axis=1)], axis=1
    )
    return np.array([np.interp(t, grid, c / c[-1]) for t, c in zip(truth, cumulative, strict=True)])


@pytest.mark.parametrize("which", [0, 1], ids=["angle", "defocus"])
def test_ninety_percent_intervals_cover_ninety_percent(truths_and_posteriors, which):
    truth, density, grid = truths_and_posteriors[which]
    rank = ranks(truth, density, grid)
    coverage = np.mean((rank > 0.05) & (rank < 0.95))
    # One standard deviation of a fraction of 1000 is 0.95 %.
    assert 0.875 <= coverage <= 0.925, coverage
    assert stats.kstest(rank, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("which", [0, 1], ids=["angle", "defocus"])
def test_the_images_say_something(truths_and_posteriors, which):
    """Else the prior alone would cover: the posterior is narrower by half, and wider than two steps of the grid."""
    _, density, grid = truths_and_posteriors[which]
    weights = density / density.sum(1, keepdims=True)
    mean = (weights * grid).sum(1)
    deviation = np.sqrt((weights * (grid - mean[:, None]) ** 2).sum(1))
    step, prior = grid[1] - grid[0], (grid[-1] - grid[0]) / np.sqrt(12)
    assert 2 * step < np.median(deviation) < prior / 2
