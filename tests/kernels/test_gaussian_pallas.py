"""The Pallas forms of windows of Gaussians: equal to pure JAX in interpret mode, and lowered for CUDA without a GPU."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from vitreous.grids import Sampling
from vitreous.kernels import Backend
from vitreous.kernels._gaussian_jax import Lattice, gather_jax, spread_jax
from vitreous.kernels._gaussian_pallas import gather_pallas, half_erf, spread_pallas
from vitreous.kernels._gaussian_rules import gaussian_gather, gaussian_spread

SINGLE, DOUBLE = "float32", "float64" if jax.config.jax_enable_x64 else "float32"
INTERPRET = {"block": 16, "interpret": True}
VALUE, SLOPES = ((0, 0, 0),), ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))  # and a Laplacian

POSITIONS, ONE = jnp.zeros((1, 1, 2)), jnp.ones((1, 1, 1))

CASES = [
    pytest.param((8, 9), Sampling.AVERAGE, SLOPES, DOUBLE, id="image-average-slopes"),
    pytest.param((9, 8), Sampling.BANDLIMITED, SLOPES, DOUBLE, id="image-bandlimited-slopes"),
    pytest.param((8, 9), Sampling.AVERAGE, SLOPES, SINGLE, id="image-average-single"),
    pytest.param((5, 6, 7), Sampling.BANDLIMITED, ((0, 0, 0, 0), (1, 0, 2, 1)), DOUBLE, id="volume-bandlimited-mixed"),
    pytest.param((6, 5, 7), Sampling.AVERAGE, ((0, 0, 0, 0), (0, 3, 0, 0)), DOUBLE, id="volume-average-mixed"),
]


def atoms(d, dtype, maps=2, n=5, kinds=2):
    """Positions at ties, beyond the borders and far outside; windows of several widths, some larger than the grid."""
    rng = np.random.default_rng(0)
    positions = rng.uniform(-5, 5, (maps, n, d))
    positions[0, 0], positions[0, 1], positions[1, 0] = 0.5, -1.5, 40
    half_widths = np.tile([1, 2, 3, 4, 6], (maps, 1))
    variances = rng.uniform(0.3, 3, (maps, n, kinds))
    return [jnp.asarray(x, dtype) for x in (positions, variances, half_widths)]


def assert_close(found, expected):
    # The same sums in another order; the error functions of single precision agree to 2e-7.
    tolerance = 1e-5 if expected.dtype == np.float32 else 1e-12
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize(("shape", "sampling", "orders", "dtype"), CASES)
def test_spread_is_that_of_jax(shape, sampling, orders, dtype):
    positions, variances, half_widths = atoms(len(shape), dtype)
    amplitudes = np.random.default_rng(1).normal(size=(2, len(orders), *variances.shape[1:]))
    operands = positions, jnp.asarray(amplitudes, dtype), variances, half_widths
    options = {"orders": orders, "lattice": Lattice(shape, sampling)}
    assert_close(spread_pallas(*operands, **options, **INTERPRET), spread_jax(*operands, **options))


@pytest.mark.parametrize(("shape", "sampling", "orders", "dtype"), CASES)
def test_gather_is_that_of_jax(shape, sampling, orders, dtype):
    grid = jnp.asarray(np.random.default_rng(2).normal(size=(2, *shape)), dtype)
    options = {"orders": orders, "lattice": Lattice(shape, sampling)}
    operands = grid, *atoms(len(shape), dtype)
    assert_close(gather_pallas(*operands, **options, **INTERPRET), gather_jax(*operands, **options))


@pytest.mark.parametrize("sampling", Sampling)
@pytest.mark.parametrize("kernel", [spread_pallas, gather_pallas])
def test_no_position_that_is_no_number_is_lost_on_the_way(kernel, sampling):
    # Triton's maxima and minima drop NaN, which those of interpret mode do not show.
    first = (POSITIONS, jnp.ones((1, 4, 1, 1))) if kernel is spread_pallas else (jnp.ones((1, 8, 9)), POSITIONS)
    program = jax.make_jaxpr(partial(kernel, orders=SLOPES, lattice=Lattice((8, 9), sampling)))(
        *first, ONE, ONE[..., 0]
    )
    (call,) = [step for step in program.eqns if step.primitive.name == "pallas_call"]
    body = str(call.params["jaxpr"])
    assert re.search(r":f\d+\[[^\]]*\] = exp", body)
    assert not re.search(r":f\d+\[[^\]]*\] = (max|min|clamp)\b", body)


def test_no_atoms_and_atoms_at_no_number():
    lattice = Lattice((8, 9), Sampling.AVERAGE)
    options = {"orders": VALUE, "lattice": lattice, **INTERPRET}
    for n in (0, 1):
        positions, variances, half_widths = jnp.full((1, n, 2), jnp.nan), jnp.ones((1, n, 1)), jnp.ones((1, n))
        image = spread_pallas(positions, jnp.ones((1, 1, n, 1)), variances, half_widths, **options)
        values = gather_pallas(jnp.ones((1, 8, 9)), positions, variances, half_widths, **options)
        assert np.isnan(image).sum() == 9 * n and values.shape == (1, 1, n, 1) and np.isnan(values).all()


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
def test_the_error_function(dtype):
    t = np.linspace(-12, 12, 4001).astype(dtype)
    # Some roundings of values near a half.
    accuracy = {"float32": 2e-7, "float64": 1e-15}[dtype]
    np.testing.assert_allclose(half_erf(jnp.asarray(t)), erf(t / np.sqrt(2)) / 2, rtol=0, atol=accuracy)
    assert np.isnan(half_erf(jnp.asarray(np.nan, dtype)))


@pytest.mark.lowers_triton
@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("shape", [(8, 9), (5, 6, 7)])
@pytest.mark.parametrize("sampling", Sampling)
def test_value_and_gradients_lower_to_triton_when_asked_for(shape, sampling, dtype):
    lattice = Lattice(shape, sampling)
    positions, variances, half_widths = (x[0] for x in atoms(len(shape), dtype))

    def cost(positions, variances, backend):
        options = {"lattice": lattice, "backend": backend}
        drawn = gaussian_spread(positions, jnp.ones_like(variances), variances, half_widths, **options)
        return jnp.sum(gaussian_gather(drawn, positions, variances, half_widths, **options))

    def lowered(backend):
        gradient = jax.jit(jax.value_and_grad(cost, argnums=(0, 1)), static_argnums=2)
        return gradient.trace(positions, variances, backend).lower(lowering_platforms=("cuda",)).as_text()

    # Spread and gather with their slopes, and the transposes of both.
    assert lowered(Backend.PALLAS).count("custom_call @__gpu$xla.gpu.triton") == 4
    assert "triton" not in lowered(Backend.AUTO)
