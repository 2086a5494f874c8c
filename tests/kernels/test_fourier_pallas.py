"""The Pallas forms of the Fourier kernels: equal to pure JAX in interpret mode, and lowered for CUDA without a GPU."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous import kernels
from vitreous._core import InputError
from vitreous.kernels import Backend, Plane, cubic_bspline, kaiser_bessel, linear_interpolant
from vitreous.kernels._backends import platform_forms
from vitreous.kernels._fourier_jax import VALUE, gather_jax, insert_jax, spread_jax
from vitreous.kernels._fourier_pallas import gather_pallas, insert_pallas, spread_pallas

SLOPES = (*VALUE, (1, 0, 0), (0, 1, 0), (0, 0, 1))
HIGHER = ((2, 1, 0), (0, 0, 3))
SHAPE = (14, 15, 11)  # even and odd axes, with room for the apron of width 5
INTERPRET = {"block": 16, "interpret": True}  # several programs, the last of them not full

SINGLE, DOUBLE = jnp.complex64, jnp.complex128 if jax.config.jax_enable_x64 else jnp.complex64

# Each window meets points and a plane, and each set of orders both; in interpret mode every case takes a second.
CASES = [
    pytest.param(linear_interpolant(), VALUE, None, SINGLE, id="linear-points-single"),
    pytest.param(linear_interpolant(), HIGHER, Plane.disc((4, 6)), DOUBLE, id="linear-higher-plane"),
    pytest.param(cubic_bspline(), SLOPES, Plane.full((5, 5)), DOUBLE, id="cubic-slopes-plane"),
    pytest.param(cubic_bspline(), HIGHER, None, DOUBLE, id="cubic-higher-points"),
    pytest.param(kaiser_bessel(5), SLOPES, None, DOUBLE, id="kaiser-bessel-slopes-points"),
    pytest.param(kaiser_bessel(5), SLOPES, Plane.disc((7, 6)), SINGLE, id="kaiser-bessel-slopes-plane-single"),
]


def random(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return jnp.asarray(values if np.issubdtype(dtype, np.complexfloating) else values.real, dtype)


def places(plane, dtype, maps=2):
    """Points about and beyond the grid, at grid points and none at all; or matrices, one of them of no numbers."""
    rng = np.random.default_rng(1)
    if plane is None:
        points = rng.uniform(-7, 7, (maps, 21, 3))
        points[0, 0], points[0, 1], points[0, 2], points[0, 3] = (1, -2, 0.5), (-3, 0, 2), (20, 30, -40), (0, 0, 2e7)
        points[-1, -1, 1] = np.nan
    else:
        points = rng.uniform(-1, 1, (maps, 3, 3, 2))
        points[-1, -1] = np.nan
    return jnp.asarray(points, jnp.finfo(dtype).dtype)


def without_lost(where):
    """A lost point fills its window with NaN, which would hide the others."""
    return jnp.nan_to_num(where)


def assert_close(found, expected):
    # The same sums in another order, of at most 125 taps and some hundred points.
    tolerance = 1e-5 if jnp.finfo(expected.dtype).bits == 32 else 1e-12
    assert found.shape == expected.shape and found.dtype == expected.dtype
    scale = np.nanmax(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize(("window", "orders", "plane", "dtype"), CASES)
def test_gather_is_that_of_jax(window, orders, plane, dtype):
    grid, where = random((2, *SHAPE), dtype), places(plane, dtype)
    options = {"interpolant": window, "orders": orders, "plane": plane}
    expected = gather_jax(grid, where, **options)
    assert np.isnan(expected).any() and not np.isnan(expected).all()
    assert_close(gather_pallas(grid, where, **options, **INTERPRET), expected)


@pytest.mark.parametrize(("window", "orders", "plane", "dtype"), CASES)
def test_spread_is_that_of_jax(window, orders, plane, dtype):
    where = without_lost(places(plane, dtype))
    taken = where.shape[1:-1] if plane is None else (where.shape[1], *plane.spectrum_shape)
    values = random((2, len(orders), *taken), dtype)
    options = {"interpolant": window, "orders": orders, "plane": plane, "shape": SHAPE}
    assert_close(spread_pallas(values, where, **options, **INTERPRET), spread_jax(values, where, **options))


@pytest.mark.parametrize(
    ("window", "plane", "dtype"),
    [(linear_interpolant(), Plane.full((5, 5)), DOUBLE), (kaiser_bessel(4), Plane.disc((6, 7)), SINGLE)],
)
def test_insert_is_that_of_jax(window, plane, dtype):
    real = jnp.finfo(dtype).dtype
    grids = random(SHAPE, dtype), random(SHAPE, real, seed=2)
    images = random((2, *plane.spectrum_shape), dtype, seed=3), random((2, *plane.spectrum_shape), real, seed=4)
    copies = without_lost(places(plane, dtype)).reshape(-1, 3, 2)  # three of each image
    options = {"interpolant": window, "plane": plane}
    found = insert_pallas(*grids, *images, copies, **options, **INTERPRET)
    for one, expected in zip(found, insert_jax(*grids, *images, copies, **options), strict=True):
        assert_close(one, expected)


def test_real_grids_and_no_points():
    window, real = linear_interpolant(), random((1, *SHAPE), jnp.float32)
    options = {"interpolant": window, "orders": SLOPES, "plane": None}
    for where in (places(None, jnp.float32, maps=1), jnp.zeros((1, 0, 3), jnp.float32)):
        expected = gather_jax(real, where, **options)
        assert_close(gather_pallas(real, where, **options, **INTERPRET), expected)
        values = jnp.ones(expected.shape, jnp.float32)
        operands = values, without_lost(where)
        total = spread_jax(*operands, **options, shape=SHAPE)
        assert_close(spread_pallas(*operands, **options, shape=SHAPE, **INTERPRET), total)


def test_lost_points_fill_the_same_window_with_nan():
    window, where = linear_interpolant(), jnp.asarray([[[1.0, 2.0, jnp.nan]]])
    options = {"interpolant": window, "orders": VALUE, "plane": None, "shape": SHAPE}
    values = jnp.ones((1, 1, 1), DOUBLE)
    found, expected = spread_pallas(values, where, **options, **INTERPRET), spread_jax(values, where, **options)
    assert np.isnan(expected).sum() == 8
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))


def operations(backend):
    """A function and its operands, with every kernel: slices, their two gradients and insertion."""
    window, plane = kaiser_bessel(5), Plane.disc((6, 6))

    def all_kernels(grid, matrices, images):
        def cost(grid, matrices):
            slices = jax.vmap(lambda matrix: kernels.fourier_slice(grid, matrix, window, plane=plane, backend=backend))(
                matrices
            )
            return jnp.sum(jnp.abs(slices - images) ** 2)

        filled = kernels.insert_slices(
            (grid, jnp.abs(grid)),
            images,
            jnp.abs(images),
            matrices=matrices[None],
            interpolant=window,
            plane=plane,
            backend=backend,
        )
        return jax.value_and_grad(cost, argnums=(0, 1))(grid, matrices), filled

    return all_kernels


def arguments(dtype):
    real = jnp.finfo(dtype).dtype
    return [jax.ShapeDtypeStruct(*s) for s in ((SHAPE, dtype), ((2, 3, 2), real), ((2, 6, 4), dtype))]


def lowered_for_cuda(backend, dtype):
    return jax.jit(operations(backend)).trace(*arguments(dtype)).lower(lowering_platforms=("cuda",)).as_text()


@pytest.mark.lowers_triton
@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
def test_all_kernels_lower_to_triton_when_asked_for(dtype):
    # Value and slopes of slices in one pass, the gradient in the grid, and the insertion.
    assert lowered_for_cuda(Backend.PALLAS, dtype).count("custom_call @__gpu$xla.gpu.triton") == 3


def test_pallas_is_off_unless_asked_for():
    assert "triton" not in lowered_for_cuda(Backend.AUTO, jnp.complex64)


def test_where_pallas_gains_it_is_taken_unless_told_otherwise():
    forms = platform_forms(lambda x: "jax", native=lambda x: "native", pallas=lambda x: "pallas", pallas_gains=True)
    on_cuda = forms["cuda"]
    assert on_cuda(jnp.ones(1), backend=Backend.AUTO) == "pallas"
    assert on_cuda(jnp.ones(1), backend=Backend.JAX) == "jax"
    assert on_cuda(jnp.ones(1, jnp.float16), backend=Backend.AUTO) == "jax"
    with pytest.raises(InputError, match="float16"):
        on_cuda(jnp.ones(1, jnp.float16), backend=Backend.PALLAS)


@pytest.mark.parametrize("platform", ["cpu", None])
def test_pallas_is_refused_without_a_graphics_processor(platform):
    forms = platform_forms(lambda x: "jax", native=lambda x: "native", pallas=lambda x: "pallas")
    with pytest.raises(InputError, match="graphics processor"):
        forms[platform](jnp.ones(1), backend=Backend.PALLAS)


def test_a_kernel_without_a_form_in_pallas_says_so():
    with pytest.raises(InputError, match="no form in Pallas"):
        platform_forms(lambda x: "jax", native=lambda x: "native")["cuda"](jnp.ones(1), backend=Backend.PALLAS)


@pytest.mark.lowers_triton
def test_a_program_takes_pallas_where_there_is_such_a_form(monkeypatch):
    monkeypatch.setenv("VITREOUS_KERNELS", "pallas")
    grid, points = random(SHAPE, SINGLE), jnp.zeros((1, 3), jnp.float32)

    def turned(phase):
        return kernels.phasor(phase) * kernels.fourier_gather(grid, points, linear_interpolant())

    program = jax.jit(turned).trace(jnp.ones(1, jnp.float32)).lower(lowering_platforms=("cuda",)).as_text()
    assert "stablehlo.sine" in program and program.count("__gpu$xla.gpu.triton") == 1


def test_processors_refuse_pallas():
    grid, points = random(SHAPE, jnp.complex64), jnp.zeros((1, 3))
    with pytest.raises(InputError, match="graphics processor"):
        kernels.fourier_gather(grid, points, linear_interpolant(), backend=Backend.PALLAS)
