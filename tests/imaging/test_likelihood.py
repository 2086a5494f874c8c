"""The likelihood of an image: the model's own images, plus noise of the law that it names."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.imaging import ColouredNoise, GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
SHAPE = (12, 15)
RNG = np.random.default_rng(0)
ATOMS = GaussianMixtureVolume(RNG.uniform(-6, 6, (6, 3)), 1000.0, 9.0)
MODEL = make_image_model(ATOMS, ImageConfig(SHAPE, 2.0), pose=EulerAnglePose(10.0, 20.0, 30.0), optics=CTF(5000.0))
COLOURED = ColouredNoise.from_shells(1e-3 * jnp.array([4.0, 1.0]), jnp.array([0.0, 0.2]), shape=SHAPE, pixel_size=2.0)
NOISES = [WhiteNoise(2e-3), COLOURED]


@jax.jit
def log_likelihood(likelihood, observed):
    return likelihood.log_likelihood(observed)


@pytest.fixture(scope="module")
def expected_image():
    return jax.jit(lambda: MODEL.simulate())()


def test_it_is_the_normal_density_around_the_models_image(expected_image):
    observed = expected_image + jnp.asarray(RNG.normal(scale=0.04, size=SHAPE))
    density = stats.norm.logpdf(np.asarray(observed), loc=np.asarray(expected_image), scale=np.sqrt(2e-3)).sum()
    ours = log_likelihood(GaussianLikelihood(MODEL, WhiteNoise(2e-3)), observed)
    # Rounding of a sum of 180 terms.
    np.testing.assert_allclose(ours, density, rtol=1e-12 if X64 else 2e-5)


@pytest.mark.parametrize("noise", NOISES, ids=["white", "coloured"])
def test_simulated_images_are_the_models_plus_its_noise(noise, expected_image):
    likelihood, key = GaussianLikelihood(MODEL, noise), jax.random.key(4)
    image = jax.jit(lambda: likelihood.simulate(key=key))()
    # Noise of a variance that is a Python number is drawn in float32; the compiler may reorder its roundings.
    rounding = 1e-6 * float(jnp.abs(image).max())
    np.testing.assert_allclose(image - expected_image, noise.sample(SHAPE, key=key), atol=rounding)


@pytest.mark.parametrize("noise", NOISES, ids=["white", "coloured"])
def test_the_truth_is_the_most_likely_on_average(noise):
    # The mean score ∂ log p/∂θ over images drawn at θ is zero, and its covariance the mean curvature (Fisher):
    # both only where the density is normalised, and the noise drawn from that density.
    def score(defocus, strength, observed):
        atoms = GaussianMixtureVolume(ATOMS.positions, strength * ATOMS.amplitudes, ATOMS.variances)
        model = make_image_model(atoms, ImageConfig(SHAPE, 2.0), pose=MODEL.pose, optics=CTF(defocus))
        return GaussianLikelihood(model, noise).log_likelihood(observed)

    @jax.jit
    def scores(keys):
        likelihood = GaussianLikelihood(MODEL, noise)
        observed = jax.lax.map(lambda key: likelihood.simulate(key=key), keys)
        gradients = jax.lax.map(partial(jax.grad(score, argnums=(0, 1)), 5000.0, 1.0), observed)
        # At a residual of exactly zero, where |z|² written as abs(z)² loses its curvature.
        curvature = jax.hessian(score, argnums=(0, 1))(5000.0, 1.0, MODEL.simulate())
        return jnp.stack(gradients), jnp.asarray(curvature)

    n = 600
    gradients, curvature = (np.asarray(x, float) for x in scores(jax.random.split(jax.random.key(1), n)))
    deviation = np.sqrt(-np.diag(curvature))
    assert np.all(np.abs(gradients.mean(axis=1)) < 5 * deviation / np.sqrt(n))
    # Variances scatter by √(2/n), correlations by 1/√n: five of them.
    covariance = np.cov(gradients) / np.outer(deviation, deviation)
    np.testing.assert_allclose(covariance, -curvature / np.outer(deviation, deviation), atol=5 * np.sqrt(2 / n))


@pytest.mark.parametrize("shape", [(1, 15), (15, 12), (12, 16)])
def test_images_of_another_shape_are_refused(shape):
    # One row would broadcast in silence.
    with pytest.raises(InputError, match=rf"\({shape[0]}, {shape[1]}\)"):
        GaussianLikelihood(MODEL, WhiteNoise(1.0)).log_likelihood(jnp.zeros(shape))


def test_the_noise_must_fit_the_image():
    likelihood = GaussianLikelihood(MODEL, ColouredNoise(jnp.ones((12, 7))))
    with pytest.raises(InputError, match="noise spectrum"):
        likelihood.log_likelihood(jnp.zeros(SHAPE))
