"""Windows of Gaussians, native and in pure JAX: values, derivatives, batches, threads, instruction sets, odd input."""

import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import vitreous_native

from vitreous.grids import Sampling
from vitreous.kernels import Backend
from vitreous.kernels._gaussian_jax import Lattice
from vitreous.kernels._gaussian_rules import gaussian_gather, gaussian_spread

# Of the largest value: roundings of a few hundred products, and the error function's 8e-8 in single precision, where
# second derivatives of narrow Gaussians multiply it.
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
SHAPES = [(20, 22), (13, 19), (11, 8, 12)]
OPERATIONS = {"spread": gaussian_spread, "gather": gaussian_gather}
NATIVE, JAX = Backend.NATIVE, Backend.JAX

every_case = pytest.mark.parametrize(
    ("operation", "sampling", "shape", "dtype"),
    [
        pytest.param(o, sampling, shape, dtype, id=f"{o}-{sampling.value}-{'x'.join(map(str, shape))}-{dtype}")
        for o in OPERATIONS
        for sampling in Sampling
        for shape in SHAPES
        for dtype in TOLERANCE
    ],
)
one_of_each = pytest.mark.parametrize("operation", OPERATIONS)
samplings = pytest.mark.parametrize("sampling", Sampling)


def arguments_of(operation, shape, dtype, n=9, g=3):
    """Atoms inside, across every border and far outside, of many widths; one window is wider than the grid."""
    rng = np.random.default_rng(len(shape))
    positions = rng.uniform(-0.6, 0.6, (n, len(shape))) * shape[::-1]
    positions[0], positions[1], positions[2] = 0.5, -1.5, 1e4  # ties of rounding; nowhere near
    variances = rng.uniform(0.1, 3, (n, g))
    half_widths = np.ceil(4 * np.sqrt(variances.max(axis=1)))
    half_widths[3] = 15
    atoms = [jnp.asarray(x, dtype) for x in (positions, rng.normal(size=(n, g)), variances, half_widths)]
    if operation == "spread":
        return tuple(atoms)
    return jnp.asarray(rng.normal(size=shape), dtype), atoms[0], *atoms[2:]


def function_of(operation, shape, sampling, backend):
    return partial(OPERATIONS[operation], lattice=Lattice(shape, sampling), backend=backend)


def like(arrays, seed=5):
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape), x.dtype), arrays)


def agree(actual, expected, dtype, times=1.0):
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        assert a.dtype == e.dtype
        np.testing.assert_allclose(a, e, rtol=0, atol=times * TOLERANCE[dtype] * (float(jnp.abs(e).max()) or 1.0))


@every_case
def test_values_and_derivatives(operation, sampling, shape, dtype):
    *floats, half_widths = arguments_of(operation, shape, dtype)
    directions = like(floats)

    @partial(jax.jit, static_argnames="backend")
    def everything(floats, directions, *, backend):
        def function(*floats):
            return function_of(operation, shape, sampling, backend)(*floats, half_widths)

        value, tangent = jax.jvp(function, floats, directions)
        cotangent = like(value, seed=6)
        return value, tangent, cotangent, jax.vjp(function, *floats)[1](cotangent)

    native, pure = (everything(tuple(floats), tuple(directions), backend=backend) for backend in (NATIVE, JAX))
    agree(native, pure, dtype)
    _, tangent, cotangent, gradients = native
    forward = jnp.vdot(cotangent, tangent)
    terms = [(jnp.vdot(g, t), jnp.sum(jnp.abs(g * t))) for g, t in zip(gradients, directions, strict=True)]
    # Both sides sum the same products, in another order.
    assert abs(forward - sum(t for t, _ in terms)) <= TOLERANCE[dtype] * sum(size for _, size in terms)


@one_of_each
@samplings
@pytest.mark.x64
def test_slopes_are_those_of_finite_differences(operation, sampling):
    *floats, half_widths = arguments_of(operation, (13, 19), "float64")
    where = 0 if operation == "spread" else 1
    floats[where] = floats[where] + 0.03  # away from the ties, where windows move on
    function = jax.jit(lambda *x: function_of(operation, (13, 19), sampling, NATIVE)(*x, half_widths))
    for i in range(3):
        directions = [t * (i == j) for j, t in enumerate(like(floats))]
        _, tangent = jax.jvp(function, tuple(floats), tuple(directions))
        step = 1e-5
        high, low = (function(*[x + s * t for x, t in zip(floats, directions, strict=True)]) for s in (step, -step))
        # A central difference: the third derivative of the narrowest Gaussian times step², and rounding over step.
        np.testing.assert_allclose(tangent, (high - low) / (2 * step), atol=1e-6 * float(jnp.abs(tangent).max()))


@one_of_each
@pytest.mark.x64
def test_second_derivatives(operation):
    *floats, half_widths = arguments_of(operation, (13, 19), "float64")

    @partial(jax.jit, static_argnames="backend")
    def product(floats, directions, *, backend):
        def loss(*floats):
            return jnp.sum(function_of(operation, (13, 19), Sampling.AVERAGE, backend)(*floats, half_widths) ** 3)

        return jax.jvp(jax.grad(loss, argnums=(0, 1, 2)), floats, directions)[1]

    native, pure = (product(tuple(floats), tuple(like(floats)), backend=backend) for backend in (NATIVE, JAX))
    # Fourth derivatives of Gaussians of a third of a pixel.
    agree(native, pure, "float64", times=10)


@one_of_each
@pytest.mark.parametrize("backend", [NATIVE, JAX])
@pytest.mark.parametrize("which", [0, 1, 2, (0, 1, 2)])
def test_mapping_is_a_loop(operation, backend, which):
    function = jax.jit(function_of(operation, (13, 19), Sampling.BANDLIMITED, backend))
    arguments = arguments_of(operation, (13, 19), "float32")
    mapped = (which,) if isinstance(which, int) else which
    batches = [jnp.stack([x, x * 1.1, x * 0.9]) if i in mapped else x for i, x in enumerate(arguments)]
    axes = [0 if i in mapped else None for i in range(4)]
    loop = [function(*[x[j] if i in mapped else x for i, x in enumerate(batches)]) for j in range(3)]
    agree(jax.vmap(function, in_axes=axes)(*batches), jnp.stack(loop), "float32")


@pytest.mark.parametrize("backend", [NATIVE, JAX])
def test_maps_within_maps_and_a_grid_that_is_not_copied(backend):
    grid, positions, variances, half_widths = arguments_of("gather", (13, 19), "float32")
    many = jnp.stack([positions + i for i in range(6)]).reshape(2, 3, *positions.shape)
    read = function_of("gather", (13, 19), Sampling.AVERAGE, backend)

    @jax.jit
    def nested(grid, many):
        return jax.vmap(jax.vmap(lambda p: read(grid, p, variances, half_widths)))(many)

    expected = jnp.stack([read(grid, p, variances, half_widths) for p in many.reshape(6, *positions.shape)])
    agree(nested(grid, many).reshape(expected.shape), expected, "float32")
    assert not any(len(v.aval.shape) > 3 and v.aval.shape[-2:] == grid.shape for v in _variables(nested, grid, many))


def _variables(function, *arguments):
    closed = jax.make_jaxpr(function)(*arguments)
    inner = [e.params["jaxpr"].jaxpr for e in closed.jaxpr.eqns if "jaxpr" in e.params]
    return [v for jaxpr in (closed.jaxpr, *inner) for e in jaxpr.eqns for v in e.outvars]


THREADS = """
import jax, jax.numpy as jnp, numpy as np, vitreous_native
from vitreous.grids import Sampling
from vitreous.kernels import project_gaussians

rng = np.random.default_rng(0)
atoms = [jnp.asarray(x, "float32") for x in (rng.uniform(-90, 90, (20_000, 3)), *rng.uniform(0.3, 3, (2, 20_000, 2)))]
for sampling in Sampling:
    def loss(*atoms):
        return jnp.sum(jnp.abs(project_gaussians(*atoms, shape=(128, 120), pixel_size=1.5, sampling=sampling)) ** 2)

    gradient, results = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2))), []
    for threads in (1, 2):
        vitreous_native.set_max_threads(threads)
        results.append(jax.tree.leaves(gradient(*atoms)))
    for one, two in zip(*results):
        np.testing.assert_array_equal(one, two)
"""


def test_the_number_of_threads_changes_no_digit():
    # In a process of its own: here XLA has one thread.
    flags = {"XLA_FLAGS": "", "VITREOUS_KERNELS": "native"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", THREADS], check=True, env=os.environ | flags)


@pytest.mark.parametrize("name", ["baseline", "avx2", "avx512"])
def test_every_instruction_set(name):
    best = vitreous_native.instruction_set()
    if not vitreous_native.use_instruction_set(name):
        assert name != "baseline" and vitreous_native.instruction_set() == best
        return
    try:
        for operation in OPERATIONS:
            for dtype in TOLERANCE:
                arguments = arguments_of(operation, (13, 19), dtype)
                native, pure = (
                    function_of(operation, (13, 19), Sampling.AVERAGE, backend)(*arguments) for backend in (NATIVE, JAX)
                )
                agree(native, pure, dtype)
    finally:
        vitreous_native.use_instruction_set(best)


@samplings
@pytest.mark.parametrize("backend", [NATIVE, JAX])
@pytest.mark.parametrize("far", [np.nan, np.inf, -np.inf, 1e30, 2.0**31, -(2.0**40)])
def test_positions_that_are_no_numbers_or_far_away(sampling, backend, far):
    shape = (13, 19)
    positions, amplitudes, variances, half_widths = arguments_of("spread", shape, "float32")
    positions = positions.at[4, 0].set(far)
    image = function_of("spread", shape, sampling, backend)(positions, amplitudes, variances, half_widths)
    values = function_of("gather", shape, sampling, backend)(
        jnp.ones(shape, jnp.float32), positions, variances, half_widths
    )
    assert image.shape == shape and np.isfinite(np.delete(values, 4, axis=0)).all()
    if np.isnan(far):
        assert np.isnan(image).any() and np.isnan(values[4]).all()
    if abs(far) == 1e30 and sampling is Sampling.AVERAGE:
        assert np.isfinite(image).all() and not values[4].any()


@pytest.mark.parametrize("backend", [NATIVE, JAX])
def test_widths_that_are_no_numbers(backend):
    positions, amplitudes, variances, half_widths = arguments_of("spread", (13, 19), "float32")
    spread = function_of("spread", (13, 19), Sampling.AVERAGE, backend)
    assert np.isnan(spread(positions, amplitudes, variances.at[4, 0].set(jnp.nan), half_widths)).any()


@one_of_each
@pytest.mark.parametrize("backend", [NATIVE, JAX])
def test_nothing_to_draw(operation, backend):
    *floats, half_widths = arguments_of(operation, (13, 19), "float32", n=4)
    empty = [x if x.shape == (13, 19) else x[:0] for x in (*floats, half_widths)]
    result = function_of(operation, (13, 19), Sampling.AVERAGE, backend)(*empty)
    assert result.shape == ((13, 19) if operation == "spread" else (0, 3)) and not result.any()


def test_operands_that_do_not_fit_are_errors():
    attributes = {"orders": np.zeros(3, np.int64), "of": np.zeros(1, np.int64), "coefficients": np.ones(1)}
    attributes["periodic"] = np.int64(0)
    fits = {"positions": (1, 4, 2), "amplitudes": (1, 1, 4, 3), "variances": (1, 4, 3), "half_widths": (1, 4)}
    wrong = [
        {"positions": (1, 4, 3)},
        {"positions": (4, 2)},
        {"amplitudes": (1, 2, 5, 3)},
        {"variances": (1, 4)},
        {"half_widths": (1, 5)},
        {"image": (8, 9)},
        {"orders": np.full(3, 9)},
        {"orders": np.array([0, 0, 1])},
        {"orders": np.zeros(4, np.int64)},
        {"of": np.ones(1, np.int64)},
        {"coefficients": np.ones(2)},
    ]
    for change in wrong:
        shapes = {"image": (1, 8, 9), **fits, **{k: v for k, v in change.items() if isinstance(v, tuple)}}
        image = jax.ShapeDtypeStruct(shapes.pop("image"), jnp.float32)
        options = attributes | {k: v for k, v in change.items() if not isinstance(v, tuple)}
        operands = [jnp.ones(shape, jnp.float32) for shape in shapes.values()]
        with pytest.raises(jax.errors.JaxRuntimeError, match="vitreous_native"):
            jax.block_until_ready(jax.ffi.ffi_call("vitreous_gaussian_spread", image)(*operands, **options))
