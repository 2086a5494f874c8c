"""Native kernels equal their pure-JAX form: values, derivatives, batches, precision, threads, instruction sets."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import vitreous_native

from vitreous._core import InputError
from vitreous.kernels import (
    Backend,
    Interpolant,
    Plane,
    add_apron,
    apron_width,
    cubic_bspline,
    fourier_gather,
    fourier_slice,
    fourier_spread,
    insert_slices,
    kaiser_bessel,
    kernels_in_use,
    linear_interpolant,
    phasor,
    shift_spectrum,
    sincos,
)

# Of the largest value: a few hundred roundings of the precision, in sums of 125 taps whose weights come of polynomials
# of degree 8.
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
WINDOWS = [linear_interpolant(), cubic_bspline(), kaiser_bessel(5)]
OPERATIONS = ["gather", "spread", "slice", "insert", "shift", "sincos"]


@dataclass(frozen=True)
class Case:
    function: Callable  # of backend and arguments
    arguments: tuple


def case(operation: str, dtype: str, n: int, window: Interpolant) -> Case:
    rng = np.random.default_rng(n)
    complexes = {"float32": "complex64", "float64": "complex128"}[dtype]

    def real(*shape):
        return jnp.asarray(rng.normal(size=shape), dtype)

    def spectrum(*shape):
        return jnp.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape), complexes)

    plane = Plane.disc((n - 4, n - 1))
    half = add_apron(jnp.fft.rfftn(real(n, n, n)).astype(complexes), x_size=n, apron=apron_width(window.width))
    rotation, _ = jnp.linalg.qr(jnp.asarray(rng.normal(size=(2, 3, 3, 3)), dtype))
    matrices = rotation[..., :2] * 1.1
    options = {"interpolant": window}

    def insert(numerator, weight, values, weights, matrices, *, backend):
        grids = (numerator, weight)
        return insert_slices(grids, values, weights, matrices=matrices, plane=plane, backend=backend, **options)

    cases = {
        "gather": lambda: (partial(fourier_gather, **options), (half, real(11, 3) * n / 6)),
        "spread": lambda: (partial(fourier_spread, shape=half.shape, **options), (spectrum(11), real(11, 3) * n / 6)),
        "slice": lambda: (partial(fourier_slice, plane=plane, **options), (half, matrices[0, 0])),
        "insert": lambda: (
            insert,
            (
                half,
                real(*half.shape),
                spectrum(3, *plane.spectrum_shape),
                real(3, *plane.spectrum_shape),
                matrices,
            ),
        ),
        "shift": lambda: (partial(shift_spectrum, shape=(n, n + 3)), (spectrum(n, (n + 3) // 2 + 1), real(2) * 9)),
        "sincos": lambda: (sincos, (real(n, n) * 100,)),
    }
    return Case(*cases[operation]())


def agree(actual, expected, dtype, times=1.0):
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        assert a.dtype == e.dtype
        scale = float(jnp.abs(e).max()) or 1.0
        np.testing.assert_allclose(a, e, rtol=0, atol=times * TOLERANCE[dtype] * scale)


def tangents(arguments, seed=7):
    rng = np.random.default_rng(seed)

    def like(x):
        noise = rng.normal(size=x.shape)
        return jnp.asarray(noise + 1j * rng.normal(size=x.shape) if jnp.iscomplexobj(x) else noise, x.dtype)

    return jax.tree.map(like, arguments)


every_case = [
    pytest.param(operation, dtype, n, window, id=f"{operation}-{dtype}-{n}-{window.name}{window.width}")
    for operation in OPERATIONS
    for dtype in TOLERANCE
    for n in (16, 17)
    for window in (WINDOWS if operation not in ("shift", "sincos") else WINDOWS[:1])
]
for_every_case = pytest.mark.parametrize(("operation", "dtype", "n", "window"), every_case)
one_of_each = pytest.mark.parametrize("operation", OPERATIONS)


@for_every_case
def test_values_and_derivatives(operation, dtype, n, window):
    subject = case(operation, dtype, n, window)

    @partial(jax.jit, static_argnames="backend")
    def everything(arguments, directions, cotangent, *, backend):
        function = partial(subject.function, backend=backend)
        value, tangent = jax.jvp(function, arguments, directions)
        return value, tangent, jax.vjp(function, *arguments)[1](cotangent)

    directions = tangents(subject.arguments)
    cotangent = tangents(jax.eval_shape(partial(subject.function, backend=Backend.JAX), *subject.arguments), seed=8)
    native = everything(subject.arguments, directions, cotangent, backend=Backend.NATIVE)
    agree(native, everything(subject.arguments, directions, cotangent, backend=Backend.JAX), dtype)
    # The dot test, Re⟨c, J t⟩ = Re⟨Jᵀc, t⟩ under JAX's pairing Re Σ a b, of sums of thousands of terms.
    forward = sum(jnp.sum(c * t).real for c, t in zip(*map(jax.tree.leaves, (cotangent, native[1])), strict=True))
    reverse = sum(jnp.sum(c * t).real for c, t in zip(native[2], directions, strict=True))
    size = sum(jnp.sum(jnp.abs(c * t)) for c, t in zip(native[2], directions, strict=True))
    assert abs(forward - reverse) <= TOLERANCE[dtype] * size


@pytest.mark.parametrize(
    ("operation", "argument"),
    [(o, i) for o, count in zip(OPERATIONS, (2, 2, 2, 5, 2, 1), strict=True) for i in range(count)],
)
def test_vmap_over_each_argument(operation, argument):
    subject = case(operation, "float64", 16, WINDOWS[1])
    changed = subject.arguments[argument] + tangents((subject.arguments[argument],))[0]
    both = jnp.stack([subject.arguments[argument], changed])
    axes = tuple(0 if i == argument else None for i in range(len(subject.arguments)))

    def batch(x, backend):
        arguments = [*subject.arguments[:argument], x, *subject.arguments[argument + 1 :]]
        return jax.vmap(partial(subject.function, backend=backend), in_axes=axes)(*arguments)

    one_by_one = [
        subject.function(*subject.arguments[:argument], x, *subject.arguments[argument + 1 :], backend=Backend.JAX)
        for x in both
    ]
    expected = jax.tree.map(lambda *x: jnp.stack(x), *one_by_one)
    for backend in (Backend.NATIVE, Backend.JAX):
        agree(batch(both, backend), expected, "float64")


@one_of_each
def test_second_derivatives_in_loops_with_checkpoints(operation):
    subject = case(operation, "float64", 16, kaiser_bessel(4))
    index = len(subject.arguments) - 1  # the points, or what there is

    def loss(x, backend):
        def step(total, scale):
            arguments = [*subject.arguments[:-1], x * scale]
            leaves = jax.tree.leaves(jax.checkpoint(partial(subject.function, backend=backend))(*arguments))
            return total + sum(jnp.sum(jnp.abs(leaf) ** 2) for leaf in leaves), None

        return jax.lax.scan(step, 0.0, jnp.array([1.0, 0.9]))[0]

    x = subject.arguments[index]
    direction = tangents((x,))[0]

    def hessian_product(backend):
        return jax.jit(lambda x: jax.jvp(jax.grad(partial(loss, backend=backend)), (x,), (direction,))[1])(x)

    # Products of two sums, each at the tolerance.
    agree(hessian_product(Backend.NATIVE), hessian_product(Backend.JAX), "float64", times=10)


THREADS = """
import jax, numpy as np, vitreous_native
from functools import partial
from tests.kernels.test_backends import OPERATIONS, WINDOWS, Backend, case
for operation in OPERATIONS:
    subject = case(operation, "float32", 65, WINDOWS[2])
    function = jax.jit(partial(subject.function, backend=Backend.NATIVE))
    results = []
    for threads in (1, 2):
        vitreous_native.set_max_threads(threads)
        results.append(function(*subject.arguments))
    for one, two in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_array_equal(one, two, err_msg=operation)
"""


def test_number_of_threads_changes_no_digit():
    # The processes of the tests have one thread each; this one has as many as the machine.
    environment = {**os.environ, "XLA_FLAGS": ""}
    done = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["baseline", "avx2", "avx512"])
def test_every_instruction_set_of_this_processor(name):
    best = vitreous_native.instruction_set()
    if not vitreous_native.use_instruction_set(name):
        assert name != "baseline"
        return
    try:
        for operation in OPERATIONS:
            for dtype in TOLERANCE:
                subject = case(operation, dtype, 16, WINDOWS[2])
                native = subject.function(*subject.arguments, backend=Backend.NATIVE)
                agree(native, subject.function(*subject.arguments, backend=Backend.JAX), dtype)
    finally:
        vitreous_native.use_instruction_set(best)


@pytest.mark.parametrize("backend", [Backend.NATIVE, Backend.JAX])
def test_points_that_are_no_numbers_or_far_away(backend):
    grid = case("gather", "float32", 16, WINDOWS[2]).arguments[0]
    points = jnp.asarray(
        [[1.0, 2.0, 3.0], [jnp.nan, 0, 0], [0, jnp.inf, 0], [0, 0, -1e9], [1e5, -1e5, 3e4]], jnp.float32
    )
    values = fourier_gather(grid, points, WINDOWS[2], backend=backend)
    assert jnp.isfinite(values).tolist() == [True, False, False, False, True]
    filled = fourier_spread(jnp.ones(5, grid.dtype), points, WINDOWS[2], shape=grid.shape, backend=backend)
    assert bool(jnp.isnan(filled).any())
    only = fourier_spread(jnp.ones(2, grid.dtype), points[::4], WINDOWS[2], shape=grid.shape, backend=backend)
    assert bool(jnp.isfinite(only).all())


@pytest.mark.parametrize("backend", [Backend.NATIVE, Backend.JAX])
def test_phases_without_a_sine(backend):
    phases = jnp.asarray([0.0, jnp.nan, jnp.inf, 3e6, -1e8], jnp.float64)
    sine, cosine = sincos(phases, backend=backend)
    with np.errstate(invalid="ignore"):
        expected = np.sin(np.asarray(phases)), np.cos(np.asarray(phases))
    np.testing.assert_allclose((sine, cosine), expected, atol=1e-15)  # of one rounding


@pytest.mark.parametrize("backend", [Backend.NATIVE, Backend.JAX])
def test_nothing_at_all(backend):
    grid = case("gather", "float32", 16, WINDOWS[0]).arguments[0]
    assert fourier_gather(grid, jnp.zeros((0, 3), jnp.float32), WINDOWS[0], backend=backend).shape == (0,)
    empty = jnp.zeros(0, grid.dtype)
    filled = fourier_spread(empty, jnp.zeros((0, 3), jnp.float32), WINDOWS[0], shape=grid.shape, backend=backend)
    assert not filled.any()
    assert phasor(jnp.zeros((0, 3))).shape == (0, 3)


def test_wrong_operands_are_errors_and_no_crash():
    """What the public functions refuse never arrives; the handlers check it all again."""
    float_grid = jax.ShapeDtypeStruct((1, 1, 4), jnp.complex64)
    attributes = {
        "table": np.ones(4),
        "width": np.int64(2),
        "derivatives": np.int64(1),
        "orders": np.zeros(3, np.int64),
        "columns": np.zeros(0, np.int64),
        "row_length": np.int64(0),
    }
    grid, points = jnp.zeros((1, 8, 8, 6), jnp.complex64), jnp.zeros((1, 4, 3), jnp.float32)
    wrong = [
        ({}, grid[0], points),
        ({}, grid, points[0]),
        ({}, grid, points.astype(jnp.float64)),
        ({}, grid[:, :2], points),
        ({}, grid, jnp.zeros((2, 4, 3), jnp.float32)),
        ({}, grid, jnp.zeros((1, 5, 3), jnp.float32)),
        ({"width": np.int64(1000)}, grid, points),
        ({"width": np.int64(-2)}, grid, points),
        ({"orders": np.full(3, 7)}, grid, points),
        ({"orders": np.full(4, 0)}, grid, points),
        ({"columns": np.full(4, 9), "row_length": np.int64(3)}, grid, points),
        ({"table": np.ones(5)}, grid, points),
    ]
    for change, *operands in wrong:
        with pytest.raises(jax.errors.JaxRuntimeError, match="vitreous_native"):
            jax.ffi.ffi_call("vitreous_fourier_gather", float_grid)(*operands, **{**attributes, **change})


def test_requests_that_cannot_be_met(monkeypatch):
    with pytest.raises(InputError, match="graphics processor"):
        sincos(jnp.ones(3), backend=Backend.PALLAS)
    with pytest.raises(InputError, match="float16"):
        sincos(jnp.ones(3, jnp.float16), backend=Backend.NATIVE)
    assert sincos(jnp.ones(3, jnp.float16))[0].dtype == jnp.float16
    monkeypatch.setenv("VITREOUS_KERNELS", "fortran")
    with pytest.raises(InputError, match="fortran"):
        sincos(jnp.ones(3))
    monkeypatch.setenv("VITREOUS_KERNELS", "jax")
    assert kernels_in_use() == "jax: asked for by VITREOUS_KERNELS"


def test_without_the_native_package(monkeypatch):
    from vitreous.kernels import _backends

    monkeypatch.setattr(_backends, "_load", lambda: "vitreous-native is not installed.")
    assert kernels_in_use() == "jax: vitreous-native is not installed."
    with pytest.raises(InputError, match="not installed") as refused:
        sincos(jnp.ones(3), backend=Backend.NATIVE)
    assert "pip install" in (refused.value.hint or "")
    assert float(sincos(jnp.zeros(4))[1].sum()) == 4
