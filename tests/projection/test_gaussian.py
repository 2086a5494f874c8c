import jax
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import ImageConfig, Sampling, crop
from vitreous.projection import GaussianMixtureProjection
from vitreous.volumes import GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
VOLUME = GaussianMixtureVolume(3 * RNG.normal(size=(10, 3)), RNG.normal(size=(10, 2)), RNG.uniform(1, 2, (10, 2)))
CONFIG = ImageConfig((12, 15), 1.3, padded_shape=(30, 33))
ROUNDING = 1e-13 if X64 else 1e-5
samplings = pytest.mark.parametrize("sampling", Sampling)


def close(ours, expected, rtol=ROUNDING):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@samplings
def test_both_outputs_are_the_same_image_of_the_padded_shape(sampling):
    integrator = GaussianMixtureProjection(sampling=sampling)
    spectrum, image = (integrator.integrate(VOLUME, CONFIG, real) for real in (False, True))
    assert image.shape == (30, 33)
    close(spectrum, np.fft.rfftn(np.fft.ifftshift(np.asarray(image))))


@samplings
def test_batches_do_not_change_the_projection(sampling):
    whole = GaussianMixtureProjection(sampling=sampling).integrate(VOLUME, CONFIG)
    for n_batches in (1, 3, 100):
        close(GaussianMixtureProjection(sampling=sampling, n_batches=n_batches).integrate(VOLUME, CONFIG), whole)


def test_a_smaller_plane_is_padded():
    whole = GaussianMixtureProjection(sampling=Sampling.AVERAGE).integrate(VOLUME, CONFIG, True)
    part = GaussianMixtureProjection(sampling=Sampling.AVERAGE, shape=(20, 21)).integrate(VOLUME, CONFIG, True)
    assert part.shape == whole.shape
    close(crop(part, (20, 21)), crop(whole, (20, 21)))
    assert float(part.sum()) == pytest.approx(float(crop(whole, (20, 21)).sum()), rel=1e-5)


def test_a_larger_plane_is_cropped():
    whole = GaussianMixtureProjection(sampling=Sampling.AVERAGE).integrate(VOLUME, CONFIG)
    large = GaussianMixtureProjection(sampling=Sampling.AVERAGE, shape=(40, 33)).integrate(VOLUME, CONFIG)
    close(large, whole)


@samplings
def test_accuracy_is_what_was_asked_for(sampling):
    exact = GaussianMixtureProjection(sampling=sampling).integrate(VOLUME, CONFIG, True)
    rough = GaussianMixtureProjection(sampling=sampling, accuracy=1e-4).integrate(VOLUME, CONFIG, True)
    error = np.linalg.norm(rough - exact) / np.linalg.norm(exact)
    assert 1e-7 < error < 1e-4


@pytest.mark.parametrize("accuracy", [0.0, 1.0, -1e-3, np.nan])
def test_accuracies_out_of_range_are_refused(accuracy):
    with pytest.raises(InputError, match=f"accuracy={accuracy}"):
        GaussianMixtureProjection(accuracy=accuracy)


def test_no_batches_are_refused():
    with pytest.raises(InputError, match="n_batches=0"):
        GaussianMixtureProjection(n_batches=0)
