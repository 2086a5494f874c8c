"""Whitened images are as good as the images: the same likelihood up to the determinant of the whitening."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.filters import WhiteningFilter, filter_image
from vitreous.grids import ImageConfig
from vitreous.imaging import ColouredNoise, GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF
from vitreous.volumes import GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
# The same sum of some hundred terms, by other roundings.
EXACT = 1e-10 if X64 else 1e-4
PIXEL_SIZE = 2.0
RADII, POWER = jnp.array([0.0, 0.05, 0.3]), jnp.array([40.0, 8.0, 0.5])
RNG = np.random.default_rng(0)
ATOMS = GaussianMixtureVolume(RNG.uniform(-6, 6, (6, 3)), 1000.0, 9.0)


@pytest.mark.parametrize("shape", [(12, 16), (11, 15), (12, 15)], ids=str)
def test_whitened_images_under_white_noise(shape):
    config = ImageConfig(shape, PIXEL_SIZE)
    coloured = ColouredNoise.from_shells(POWER, RADII, shape=shape, pixel_size=PIXEL_SIZE)
    whitening = WhiteningFilter(RADII, POWER)
    observed = jnp.asarray(RNG.normal(scale=2.0, size=shape), float)

    @jax.jit
    def likelihoods(defocus):
        plain = make_image_model(ATOMS, config, optics=CTF(defocus))
        whitened = make_image_model(ATOMS, config, optics=CTF(defocus), filter=whitening)
        by_noise = WhiteNoise(1.0).log_likelihood(coloured.whiten(observed) - coloured.whiten(plain.simulate()))
        filtered = filter_image(observed, whitening, pixel_size=PIXEL_SIZE)
        by_filter = GaussianLikelihood(whitened, WhiteNoise(1.0)).log_likelihood(filtered)
        return GaussianLikelihood(plain, coloured).log_likelihood(observed), by_noise, by_filter

    for defocus in (5_000.0, 12_000.0):
        direct, *white = likelihoods(defocus)
        assert abs(float(coloured.log_determinant(shape))) > 10  # a determinant of 1 would test nothing
        for value in white:
            np.testing.assert_allclose(value - coloured.log_determinant(shape) / 2, direct, rtol=EXACT)


def test_whitened_noise_is_white():
    coloured = ColouredNoise.from_shells(POWER, RADII, shape=(10, 12), pixel_size=PIXEL_SIZE)
    keys = jax.random.split(jax.random.key(0), 4000)
    white = np.asarray(jax.jit(jax.vmap(lambda key: coloured.whiten(coloured.sample((10, 12), key=key))))(keys))
    # Five standard errors of 4000 variances, and of the correlations of neighbours.
    np.testing.assert_allclose(white.var(axis=0), 1, atol=5 * np.sqrt(2 / 4000))
    assert np.abs((white * np.roll(white, 1, axis=2)).mean(axis=0)).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("shape", [(4, 5), (4, 4)])
def test_the_determinant_is_that_of_the_covariance(shape):
    coloured = ColouredNoise.from_shells(POWER, RADII, shape=shape, pixel_size=PIXEL_SIZE)
    columns = jax.vmap(coloured.whiten)(jnp.eye(shape[0] * shape[1]).reshape(-1, *shape))
    _, log_determinant = np.linalg.slogdet(np.asarray(columns, float).reshape(len(columns), -1))
    # log det W = −½ log det Σ; the condition of W is 9.
    np.testing.assert_allclose(-2 * log_determinant, coloured.log_determinant(shape), rtol=1e-11 if X64 else 1e-4)
