"""Electron counts: the detector's law about the model's contrast; and simulate or score by what is given."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from vitreous._core import InputError
from vitreous.detector import GaussianDetector, PoissonDetector
from vitreous.grids import ImageConfig
from vitreous.imaging import CountingLikelihood, GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import Contrast
from vitreous.volumes import GaussianMixtureVolume

ATOMS = GaussianMixtureVolume(np.random.default_rng(0).uniform(-5, 5, (6, 3)), 300.0, 9.0)
MODEL = make_image_model(ATOMS, ImageConfig((10, 12), 2.0))


def test_counts_are_scored_by_poissons_law():
    likelihood = CountingLikelihood(MODEL, PoissonDetector(20.0, 2.0))
    counts = likelihood(key=jax.random.key(0))
    mean = 80 * (1 + 2 * np.asarray(MODEL.simulate()))
    # lgamma in double precision
    np.testing.assert_allclose(likelihood(counts), stats.poisson.logpmf(counts, mean).sum(), rtol=1e-10)


def test_drawn_counts_have_the_models_mean():
    likelihood = CountingLikelihood(MODEL, PoissonDetector(20.0, 2.0))
    counts = jax.vmap(lambda key: likelihood(key=key))(jax.random.split(jax.random.key(1), 4000))
    mean = 80 * (1 + 2 * np.asarray(MODEL.simulate()))
    np.testing.assert_allclose(counts.mean(0), mean, atol=5 * np.sqrt(mean.max() / 4000))  # five standard errors


def test_many_electrons_make_the_gaussian_limit():
    key = jax.random.key(2)
    few, many = (
        CountingLikelihood(MODEL, PoissonDetector(dose, 2.0)).log_likelihood(
            CountingLikelihood(MODEL, PoissonDetector(dose, 2.0)).simulate(key=key)
        )
        - CountingLikelihood(MODEL, GaussianDetector(dose, 2.0)).log_likelihood(
            CountingLikelihood(MODEL, PoissonDetector(dose, 2.0)).simulate(key=key)
        )
        for dose in (5.0, 5e4)
    )
    # The laws differ by a skewness of 1/√μ in each of 120 pixels: with μ = 2e5 by far less than one nat in all.
    assert abs(many) < 0.5 < abs(few)


def test_protein_must_be_dark():
    bright = make_image_model(ATOMS, ImageConfig((10, 12), 2.0), contrast=Contrast.BRIGHT)
    with pytest.raises(InputError, match="bright"):
        CountingLikelihood(bright, PoissonDetector(20.0, 2.0))


def test_an_image_or_a_key_but_not_both():
    likelihood = GaussianLikelihood(MODEL, WhiteNoise(0.1))
    image, key = jnp.zeros((10, 12)), jax.random.key(0)
    assert likelihood(key=key).shape == (10, 12)
    assert likelihood(image).shape == ()
    for arguments in ({}, {"observed": image, "key": key}):
        with pytest.raises(InputError, match="not both"):
            likelihood(**arguments)
