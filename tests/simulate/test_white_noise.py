"""The noise of the stacks: JAX's own numbers, drawn faster, and what statistics says of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import correlation
from vitreous.simulate._images import with_white_noise
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
