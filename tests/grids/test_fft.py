import jax.numpy as jnp
import numpy as np
import pytest

from tests.grids.precision import FFT
from vitreous._core import InputError
from vitreous.grids import irfftn, mode_multiplicity, rfftn

SHAPES = [(5, 6), (6, 5), (4, 3, 6)]


def image_of(shape):
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_round_trip(shape):
    image = image_of(shape)
    np.testing.assert_allclose(irfftn(rfftn(image), shape), image, atol=FFT, rtol=0)


@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 2)])
def test_against_the_written_out_sum(shape):
    """F(k) = Σ f(r) exp(-2πi k·r) with r from the origin pixel n // 2."""
    image = image_of(shape)
    r = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in shape], indexing="ij"), -1)
    k = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), -1)[..., : shape[-1] // 2 + 1, :]
    expected = np.exp(-2j * np.pi * np.einsum("...d,rd->...r", k, r.reshape(-1, len(shape)))) @ image.ravel()
    np.testing.assert_allclose(rfftn(image), expected, atol=FFT * image.size, rtol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_multiplicity_counts_every_mode_of_the_full_spectrum(shape):
    counts = mode_multiplicity(shape)
    assert counts.shape == (*shape[:-1], shape[-1] // 2 + 1)
    assert counts.sum() == np.prod(shape)
    assert set(np.unique(counts[..., 0])) == {1.0} and set(np.unique(counts[..., 1 : (shape[-1] + 1) // 2])) == {2.0}


def test_integers_and_float32():
    assert rfftn(np.ones((4, 4), np.float32)).dtype == jnp.complex64
    assert irfftn(jnp.ones((4, 3), jnp.complex64), (4, 4)).dtype == jnp.float32


def test_a_spectrum_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"\(4, 4\)"):
        irfftn(jnp.ones((4, 4), complex), (4, 5))
