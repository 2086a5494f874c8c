"""The noise of the stacks: white noise of JAX's own numbers, drawn faster, and Poisson counts; their statistics."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import correlation
from vitreous.detector import PoissonDetector
from vitreous.simulate._images import with_counting_noise, with_white_noise
from vitreous.simulate._white_noise import random_bits, standard_normal

N, BOX = 60, 32
PIXELS = N * BOX**2
KEY = jax.random.key(7)


@pytest.fixture(scope="module")
def noise():
    """Of standard deviation 2, on images of zeros."""
    return drawn(np.arange(N))


def drawn(indices, key=KEY):
    zeros = jnp.zeros((len(indices), BOX, BOX), jnp.float32)
    return np.asarray(with_white_noise(zeros, jnp.asarray(indices), variance=jnp.float32(4.0), key=key))


@pytest.mark.parametrize("seed", [0, 1, 2**31])
def test_bits_are_jax_s(seed):
    key = jax.random.key(seed)
    np.testing.assert_array_equal(random_bits((3, 5, 7), key=key), jax.random.bits(key, (3, 5, 7), jnp.uint32))


def test_normal_numbers_are_jax_s():
    # A unit in the last place of erf⁻¹, which may be compiled otherwise in another program.
    ours = standard_normal((50, 50), key=KEY)
    np.testing.assert_allclose(ours, jax.random.normal(KEY, (50, 50), jnp.float32), rtol=3e-7, atol=1e-7)
    assert ours.dtype == jnp.float32


def test_the_noise_of_a_particle_depends_on_its_index_and_the_key_alone(noise):
    np.testing.assert_array_equal(drawn(np.array([41, 3])), noise[[41, 3]])
    np.testing.assert_array_equal(drawn(np.arange(17, 24)), noise[17:24])
    assert not np.any(drawn(np.arange(2), key=jax.random.key(8)) == noise[:2])


def test_moments(noise):
    """Against their standard errors for independent normal numbers, four times each."""
    values = noise.astype(np.float64).ravel() / 2
    assert abs(values.mean()) < 4 / np.sqrt(PIXELS)
    assert abs(values.var() - 1) < 4 * np.sqrt(2 / PIXELS)
    assert abs(np.mean(values**3)) < 4 * np.sqrt(15 / PIXELS)
    assert abs(np.mean(values**4) - 3) < 4 * np.sqrt(96 / PIXELS)
    assert np.mean(np.abs(values) > 3) == pytest.approx(0.0027, abs=4 * np.sqrt(0.0027 / PIXELS))


def test_pixels_and_particles_are_independent(noise):
    limit = 4 / np.sqrt(PIXELS)
    for shift in ((0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 0)):
        assert abs(correlation(noise, np.roll(noise, shift, axis=(0, 1, 2)))) < limit
    turned = np.roll(noise[:, ::-1, ::-1], 1, axis=(1, 2))  # about pixel n // 2
    assert abs(correlation(noise, turned)) < limit * np.sqrt(2)  # half the pixels are the other half again
    between = np.corrcoef(noise.reshape(N, -1)) - np.eye(N)
    assert np.abs(between).max() < 5 / BOX  # standard deviation 1/32, 1770 pairs


def counts_of(indices, *, seed=3, dose=1.5):
    """Counts of a flat contrast of -0.1, at 4 Å² a pixel: 80 % of those in vacuum."""
    detector = PoissonDetector(dose, 2.0)
    images = np.full((len(indices), BOX, BOX), 0.1, np.float32)
    stored = with_counting_noise(images, np.asarray(indices), detector=detector, seed=seed)
    assert stored.dtype == np.float32
    return 4 * dose * (1 - 2 * stored.astype(np.float64))


@pytest.mark.parametrize("dose", [1.5, 25.0])  # NumPy samples means below 10 in another way
def test_counts_are_poisson_s(dose):
    counts, mean = counts_of(range(N), dose=dose), 0.8 * 4 * dose
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-4)  # single precision of values below a half
    assert abs(counts.mean() - mean) < 4 * np.sqrt(mean / PIXELS)
    assert abs(counts.var() - mean) < 4 * np.sqrt((2 * mean**2 + mean) / PIXELS)
    assert np.mean(counts < 0.5) == pytest.approx(np.exp(-mean), abs=4 * np.sqrt(np.exp(-mean) / PIXELS) + 1e-9)
    limit = 4 / np.sqrt(PIXELS)
    for shift in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        assert abs(correlation(counts - mean, np.roll(counts - mean, shift, axis=(0, 1, 2)))) < limit


def test_the_counts_of_a_particle_depend_on_its_index_and_the_seed_alone():
    counts = counts_of(range(9))
    np.testing.assert_array_equal(counts_of([7, 2]), counts[[7, 2]])
    assert not np.array_equal(counts_of([7], seed=4)[0], counts[7])
    assert not np.array_equal(counts[6], counts[7])
