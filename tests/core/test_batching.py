"""The batching helpers: the same result as one vmap, with the memory of one batch, forward and in the gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import map_batches, sum_batches

WIDE = 4096


def wide(x):
    """A function whose intermediates are much larger than its input and output."""
    return jnp.sum(jnp.sin(x * jnp.arange(WIDE)) ** 2)


def wide_sum(batch):
    return jnp.sum(jax.vmap(wide)(batch))


@pytest.mark.parametrize("n", [1, 7, 8])
def test_batches_give_what_one_vmap_gives(n):
    x = jnp.linspace(0.1, 1, n)
    np.testing.assert_allclose(map_batches(wide, x, batch_size=3), jax.vmap(wide)(x), rtol=1e-12)
    np.testing.assert_allclose(sum_batches(wide_sum, x, batch_size=3), wide_sum(x), rtol=1e-12)
    for batched in (
        lambda x: map_batches(wide, x, batch_size=3).sum(),
        lambda x: sum_batches(wide_sum, x, batch_size=3),
    ):
        np.testing.assert_allclose(jax.grad(batched)(x), jax.grad(wide_sum)(x), rtol=1e-10)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: map_batches(wide, x, batch_size=4).sum(),
        lambda x: sum_batches(wide_sum, x, batch_size=4),
    ],
    ids=["map", "sum"],
)
def test_memory_is_that_of_a_batch_in_the_gradient_too(function):
    """The trap of a number of batches that bounds the forward pass only."""
    x = jnp.linspace(0.1, 1, 256)

    def temporaries(f):
        return jax.jit(f).lower(x).compile().memory_analysis().temp_size_in_bytes

    one_batch = 4 * WIDE * x.dtype.itemsize
    assert temporaries(function) < 8 * one_batch
    assert temporaries(jax.grad(function)) < 8 * one_batch
    # What is avoided: the unbatched gradient keeps an intermediate for every element.
    assert temporaries(jax.grad(wide_sum)) > 30 * one_batch
