"""Non-uniform Fourier transforms against explicit sums, under every transformation."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.kernels.fourier_sums import direct_type1, direct_type2
from vitreous._core import InputError
from vitreous.grids import irfftn, mode_multiplicity, rfftn
from vitreous.kernels import NufftBackend, NufftOptions, fourier_transform_at, nufft_type1, nufft_type2

X64 = jax.config.jax_enable_x64
EPS = 1e-12 if X64 else 1e-6
# What is asked for, in the norm of the result; single precision also rounds phases of up to 30 radians.
CLOSE = 5e-12 if X64 else 2e-5
RNG = np.random.default_rng(0)
SHAPES = [(8, 9), (7, 6), (5, 6, 7), (6, 5, 8)]
PURE = NufftOptions(NufftBackend.JAX)
type1 = partial(nufft_type1, eps=EPS)
type2 = partial(nufft_type2, eps=EPS)


def close(ours, expected, rtol=CLOSE):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


def problem(shape, n=12):
    """Weights and points, some of them beyond the box."""
    return jnp.asarray(RNG.normal(size=n)), jnp.asarray(RNG.uniform(-1.2, 1.2, (n, len(shape))))


def spectrum_of(shape):
    return rfftn(jnp.asarray(RNG.normal(size=shape)))


@pytest.mark.parametrize("options", [None, PURE], ids=["finufft", "jax"])
@pytest.mark.parametrize("shape", [(8, 9), (6, 5, 8)])
def test_both_types_are_the_explicit_sums(shape, options):
    values, points = problem(shape)
    close(type1(values, points, shape=shape, options=options), direct_type1(values, points, shape=shape))
    spectrum = spectrum_of(shape)
    close(type2(spectrum, points, shape=shape, options=options), direct_type2(spectrum, points, shape=shape))


@pytest.mark.parametrize("shape", [(7, 6), (5, 6, 7)])
def test_odd_and_even_axes_in_either_order(shape):
    values, points = problem(shape)
    close(type1(values, points, shape=shape), direct_type1(values, points, shape=shape))
    spectrum = spectrum_of(shape)
    close(type2(spectrum, points, shape=shape), direct_type2(spectrum, points, shape=shape))


@pytest.mark.x64
@pytest.mark.parametrize("eps", [1e-3, 1e-6, 1e-9, 1e-12])
def test_the_accuracy_is_the_one_asked_for(eps):
    values, points = problem((32, 33), n=200)
    # eps bounds the error of each sum against the norm of the values, up to a small factor.
    error = nufft_type1(values, points, shape=(32, 33), eps=eps) - direct_type1(values, points, shape=(32, 33))
    assert np.linalg.norm(error) < 3 * eps * np.linalg.norm(values) * np.sqrt(error.size)


@pytest.mark.parametrize("options", [None, PURE], ids=["finufft", "jax"])
def test_single_precision_reaches_1e_6(options):
    values, points = problem((32, 33), n=200)
    single = (values.astype(jnp.float32), points.astype(jnp.float32))
    spectrum = nufft_type1(*single, shape=(32, 33), options=options)
    assert spectrum.dtype == jnp.complex64
    # Coordinates rounded to 6e-8 move phases of 2π·16·1.2 radians by up to 1e-5.
    close(spectrum, direct_type1(values, points, shape=(32, 33)), rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES[:2])
def test_points_on_the_grid_are_the_fft(shape):
    image = jnp.asarray(RNG.normal(size=shape))
    grids = np.meshgrid(*((np.arange(n) - n // 2) / n for n in shape), indexing="ij")
    points = jnp.asarray(np.stack(grids[::-1], axis=-1).reshape(-1, 2))
    spectrum = rfftn(image)
    close(type1(image.ravel(), points, shape=shape), spectrum)
    close(type2(spectrum, points, shape=shape) / image.size, image.ravel())
    close(irfftn(type1(image.ravel(), points, shape=shape), shape), image)


@pytest.mark.parametrize("shape", [(6, 7), (4, 5, 6)])
def test_the_transform_between_the_modes(shape):
    grid = jnp.asarray(RNG.normal(size=shape))
    frequencies = jnp.asarray(RNG.uniform(-0.7, 0.7, (10, len(shape))))
    grids = np.meshgrid(*(np.arange(n) - n // 2 for n in shape), indexing="ij")
    places = np.stack(grids[::-1], axis=-1).reshape(-1, len(shape))
    expected = np.exp(-2j * np.pi * np.asarray(frequencies) @ places.T) @ np.asarray(grid).ravel()
    close(fourier_transform_at(grid, frequencies, eps=EPS), expected)


@pytest.mark.parametrize("shape", [(7, 6), (6, 5, 8)])
def test_derivatives_are_those_of_the_explicit_sums(shape):
    """First and second derivatives in values and points, forward and reverse, and both mixed."""
    values, points = problem(shape, n=5)
    target = spectrum_of(shape)

    def loss(transform):
        return lambda v, x: (jnp.abs(transform(v, x) - target) ** 2).sum()

    ours, oracle = loss(partial(type1, shape=shape)), loss(partial(direct_type1, shape=shape))
    directions = problem(shape, n=5)

    def derivatives(f):
        gradient = jax.grad(f, argnums=(0, 1))
        along = lambda v, x: sum((g * d).sum() for g, d in zip(gradient(v, x), directions, strict=True))  # noqa: E731
        return (
            gradient(values, points),
            jax.jvp(gradient, (values, points), directions)[1],
            jax.grad(along, argnums=(0, 1))(values, points),
        )

    for ours_leaf, expected in zip(
        jax.tree.leaves(jax.jit(lambda: derivatives(ours))()),
        jax.tree.leaves(jax.jit(lambda: derivatives(oracle))()),
        strict=True,
    ):
        # Derivatives multiply the error by 2πk, up to 25 for each order.
        close(ours_leaf, expected, rtol=100 * CLOSE)


def test_derivatives_of_the_series_at_points():
    shape = (7, 6)
    _, points = problem(shape, n=5)
    image = jnp.asarray(RNG.normal(size=shape))

    def second(transform):
        def loss(f, x):
            return (transform(rfftn(f), x) ** 2).sum()

        gradient = jax.grad(loss, argnums=(0, 1))
        forward = jax.jvp(gradient, (image, points), (jnp.roll(image, 1), jnp.roll(points, 1)))
        return jax.tree.leaves(forward)

    ours = jax.jit(lambda: second(lambda f, x: type2(f, x, shape=shape)))()
    expected = jax.jit(lambda: second(lambda f, x: direct_type2(f, x, shape=shape)))()
    for leaf, oracle in zip(ours, expected, strict=True):
        close(leaf, oracle, rtol=100 * CLOSE)


def test_hessians_in_the_points():
    shape = (7, 6)
    values, points = problem(shape, n=3)
    loss = lambda transform: lambda x: jnp.abs(transform(values, x, shape=shape) + 1.0).sum()  # noqa: E731
    ours = jax.jit(jax.hessian(loss(type1)))(points)
    close(ours, jax.jit(jax.hessian(loss(direct_type1)))(points), rtol=1000 * CLOSE)


def test_types_are_adjoint():
    shape = (7, 6)
    r"""Re⟨type 1(v), F⟩ with each mode counted as often as it stands in the full spectrum is ⟨v, type 2(F)⟩."""
    values, points = problem(shape)
    spectrum = spectrum_of(shape)
    left = (mode_multiplicity(shape) * jnp.conj(type1(values, points, shape=shape)) * spectrum).sum().real
    close(left, values @ type2(spectrum, points, shape=shape))


@pytest.mark.parametrize("kind", ["type1", "type2"])
def test_vmap_over_each_argument_is_a_loop(kind):
    shape = (7, 6)
    problems = [problem(shape, n=4) for _ in range(6)]
    values, points = (jnp.stack(x).reshape(2, 3, *x[0].shape) for x in zip(*problems, strict=True))
    spectra = jnp.stack([spectrum_of(shape) for _ in range(6)]).reshape(2, 3, 7, 4)
    single, direct, operand = {
        "type1": (type1, direct_type1, values),
        "type2": (type2, direct_type2, spectra),
    }[kind]
    inner_and_outer = [
        ((0, None), None),
        ((None, 0), None),
        ((0, 0), (0, 0)),
        ((None, 0), (0, None)),
        ((0, None), (None, 0)),
        ((None, 0), (None, 0)),
    ]

    def mapped(function):
        results = []
        for inner, outer in inner_and_outer:
            f = jax.vmap(lambda v, x: function(v, x, shape=shape), inner)
            f = f if outer is None else jax.vmap(f, outer)
            arguments = [
                x[tuple(slice(None) if axes and axes[i] == 0 else 0 for axes in (outer, inner))]
                for i, x in enumerate((operand, points))
            ]
            results.append(f(*arguments))
        return results

    for ours, expected in zip(jax.jit(lambda: mapped(single))(), jax.jit(lambda: mapped(direct))(), strict=True):
        assert ours.shape == expected.shape
        close(ours, expected)


def test_batched_derivatives_are_a_loop():
    shape = (7, 6)
    problems = [problem(shape, n=4) for _ in range(3)]
    values, points = (jnp.stack(x) for x in zip(*problems, strict=True))

    def gradients(transform):
        gradient = jax.grad(lambda v, x: jnp.abs(transform(v, x, shape=shape) - 1.0).sum(), argnums=(0, 1))
        return jax.jit(jax.vmap(gradient))(values, points)

    for ours, expected in zip(gradients(type1), gradients(direct_type1), strict=True):
        close(ours, expected, rtol=100 * CLOSE)


def test_one_spectrum_read_at_batches_of_points_is_not_repeated():
    spectrum = spectrum_of((64, 64))
    points = jnp.zeros((200, 3, 2))
    compiled = jax.jit(jax.vmap(lambda x: type2(spectrum, x, shape=(64, 64)))).lower(points).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 10 * spectrum.nbytes


@pytest.mark.parametrize("options", [None, PURE], ids=["finufft", "jax"])
def test_undefined_points_give_undefined_values(options):
    points = jnp.array([[jnp.nan, 0.0], [0.1, jnp.inf], [0.1, 0.2]])
    values = type2(spectrum_of((7, 6)), points, shape=(7, 6), options=options)
    assert np.isnan(values).tolist() == [True, True, False]
    assert np.isnan(type1(jnp.ones(3), points, shape=(7, 6), options=options)).all()


def test_no_points_sum_to_zero():
    assert not type1(jnp.zeros(0), jnp.zeros((0, 2)), shape=(7, 6)).any()


def test_what_the_precision_cannot_reach_is_refused():
    values, points = (x.astype(jnp.float32) for x in problem((7, 6)))
    with pytest.raises(InputError, match="single precision, which reaches 1e-06") as error:
        nufft_type1(values, points, shape=(7, 6), eps=1e-8)
    assert "jax_enable_x64" in error.value.hint
    with pytest.raises(InputError, match="is no accuracy"):
        nufft_type1(values, points, shape=(7, 6), eps=2.0)


def test_other_dimensions_are_refused():
    values, points = problem((7, 6))
    with pytest.raises(InputError, match="2 coordinates do not lie in a box"):
        nufft_type1(values, points, shape=(4, 4, 4))
    with pytest.raises(InputError, match="does not belong"):
        nufft_type2(jnp.ones((7, 6), complex), points, shape=(7, 6))


def test_threads_are_checked():
    with pytest.raises(InputError, match="threads=-1"):
        NufftOptions(threads=-1)
    assert NufftOptions(NufftBackend.FINUFFT, threads=0).threads == 0
