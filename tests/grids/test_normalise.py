import jax
import jax.numpy as jnp
import numpy as np

from tests.grids.precision import EPS
from vitreous.grids import normalise


def test_mean_and_deviation():
    image = normalise(7 + 3 * np.random.default_rng(0).normal(size=(8, 9)))
    np.testing.assert_allclose(image.mean(), 0, atol=20 * EPS)
    np.testing.assert_allclose(image.std(), 1, atol=20 * EPS)


def test_a_constant_image_gives_zeros_and_finite_gradients():
    image = jnp.full((4, 4), 3.0)
    assert np.all(normalise(image) == 0)
    assert np.all(np.isfinite(jax.grad(lambda x: jnp.sum(normalise(x) ** 3))(image)))


def test_precision_is_kept():
    assert normalise(np.arange(9, dtype=np.float32).reshape(3, 3)).dtype == jnp.float32
