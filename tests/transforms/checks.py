"""What a function of floating arrays must satisfy, for tests of single functions; classes are in the catalogue."""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np


def leaves_of(arguments):
    """Paths and values of the floating arrays in a tuple of pytrees."""
    leaves, structure = jax.tree.flatten_with_path(arguments)
    return [(jax.tree_util.keystr(path), jnp.asarray(leaf)) for path, leaf in leaves], structure


def check_vmap(function, batch, *, rtol):
    """vmap over the leading axis of each leaf = a loop."""
    n = jax.tree.leaves(batch)[0].shape[0]
    mapped = jax.vmap(function)(*batch)
    loop = [function(*jax.tree.map(lambda leaf, i=i: leaf[i], batch)) for i in range(n)]
    stacked = jax.tree.map(lambda *rows: jnp.stack(rows), *loop)
    for ours, expected in zip(jax.tree.leaves(mapped), jax.tree.leaves(stacked), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@lru_cache(maxsize=16)
def compiled(function, structure):
    """The function of its leaves, its forward and its reverse derivative."""

    @jax.jit
    def flat(*values):
        return function(*jax.tree.unflatten(structure, values))

    push = jax.jit(lambda values, tangents: jax.jvp(flat, values, tangents)[1])
    pull = jax.jit(lambda values, cotangent: jax.vjp(flat, *values)[1](cotangent))
    return flat, push, pull


def check_derivatives(function, *arguments, steps, rtol, vanishing=()):
    """jvp against central differences, and vjp against jvp, in each floating leaf by itself.

    In single precision difference quotients drown in rounding, and only the second check is made.

    Arguments:
        function: Of `arguments`, with one array as its result.
        arguments: Pytrees of floating arrays.
        steps: For the path of each leaf (such as `"[0].psi"`) the step of the difference quotient. Every leaf must
            have one, so that no differentiable argument is forgotten.
        rtol: Relative to the largest derivative of that leaf.
        vanishing: Paths of leaves whose derivative is zero at these arguments. All others must not be.
    """
    double = jax.config.jax_enable_x64
    leaves, structure = leaves_of(arguments)
    assert {path for path, _ in leaves} == set(steps), sorted(path for path, _ in leaves)
    random = np.random.default_rng(0)

    flat, push, pull = compiled(function, structure)
    # Of strong type, as tangents are: a leaf that is weak only where it is not moved would be compiled again each time.
    values = [jnp.asarray(leaf, leaf.dtype) for _, leaf in leaves]
    for index, (path, leaf) in enumerate(leaves):
        tangent = jnp.asarray(random.normal(size=leaf.shape), leaf.dtype)
        tangents = [tangent if i == index else jnp.zeros_like(value) for i, value in enumerate(values)]
        derivative = push(tuple(values), tuple(tangents))

        def moved(step, index=index, leaf=leaf, tangent=tangent):
            return flat(*values[:index], leaf + step * tangent, *values[index + 1 :])

        if path in vanishing:
            np.testing.assert_array_equal(derivative, 0, err_msg=path)
            continue
        assert jnp.any(derivative != 0), f"{path} does not change the result, so its derivative is not tested"
        if double:
            step = steps[path]
            quotient = (moved(step) - moved(-step)) / (2 * step)
            scale = float(jnp.max(jnp.abs(quotient)))
            np.testing.assert_allclose(derivative, quotient, rtol=0, atol=rtol * scale, err_msg=path)

        cotangent = jnp.asarray(random.normal(size=derivative.shape), derivative.dtype)
        pulled = pull(tuple(values), cotangent)[index]
        forward, backward = jnp.vdot(cotangent, derivative), jnp.vdot(pulled, tangent)
        # Both modes sum the same products in another order: rounding, amplified by cancellation.
        magnitude = float(jnp.sum(jnp.abs(cotangent * derivative))) * (1e-11 if double else 1e-3)
        np.testing.assert_allclose(float(backward), float(forward), rtol=0, atol=magnitude, err_msg=path)


def check_float32(function, *arguments, rtol):
    """float32 in gives float32 out, near the result in float64.

    `rtol` is relative to the largest value of the result.
    """

    def cast(leaf):
        leaf = jnp.asarray(leaf)
        return leaf.astype(jnp.float32) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

    single = function(*jax.tree.map(cast, arguments))
    double = function(*arguments)
    for ours, expected in zip(jax.tree.leaves(single), jax.tree.leaves(double), strict=True):
        assert ours.dtype in (jnp.float32, jnp.complex64)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())
