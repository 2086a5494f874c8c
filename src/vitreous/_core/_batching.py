"""Running over many elements with the memory of a batch, in the gradient too."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array


def map_batches(function: Callable, xs: Any, *, batch_size: int) -> Any:
    """`jax.vmap(function)(xs)` in batches of bounded memory, in the gradient too.

    Each batch is rematerialised when differentiated (`jax.checkpoint`), so reverse mode stores only `xs` and the
    results, never the intermediates of more than one batch.

    Arguments:
        function: A function of one element.
        xs: A pytree of arrays with the same leading axis of n elements.
        batch_size: How many elements are in flight at a time; `plan_batches` says how many fit.

    Returns:
        The results with leading axis n.

    Examples:
        >>> map_batches(lambda x: 2 * x, jnp.arange(5.0), batch_size=2).tolist()
        [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    return jax.lax.map(jax.checkpoint(function), xs, batch_size=batch_size)


def sum_batches(function: Callable, xs: Any, *, batch_size: int) -> Any:
    """`jax.vmap(function)(xs).sum(0)` holding one accumulator and one batch at a time, in the gradient too.

    Arguments:
        function: A function of a *batch* (leading axis at most `batch_size`; elements padded with zeros) that
            returns its sum.
        xs: A pytree of arrays with the same leading axis; zero padding must not change the sum.
        batch_size: How many elements are in flight at a time; `plan_batches` says how many fit.
    """
    n = jax.tree.leaves(xs)[0].shape[0]
    batches = max(1, math.ceil(n / batch_size))
    size = min(n, batch_size)

    def split(x: Array) -> Array:
        padded = jnp.concatenate([x, jnp.zeros((batches * size - n, *x.shape[1:]), x.dtype)])
        return padded.reshape(batches, size, *x.shape[1:])

    split_xs = jax.tree.map(split, xs)
    first = jax.eval_shape(function, jax.tree.map(lambda x: x[0], split_xs))
    start = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), first)

    def step(total: Any, batch: Any) -> tuple[Any, None]:
        return jax.tree.map(jnp.add, total, jax.checkpoint(function)(batch)), None

    return jax.lax.scan(step, start, split_xs)[0]
