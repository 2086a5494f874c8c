"""The Fourier gather and spread: an adjoint pair with exact derivatives, against sums written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.kernels import (
    add_apron,
    apron_width,
    cubic_bspline,
    fold_apron,
    fourier_gather,
    fourier_spread,
    kaiser_bessel,
    linear_interpolant,
)

WINDOWS = [linear_interpolant(), cubic_bspline(), kaiser_bessel(4), kaiser_bessel(5)]


def full_and_packed(n, window, seed=0):
    volume = np.random.default_rng(seed).normal(size=(n, n, n))
    full = np.fft.fftn(volume)
    packed = add_apron(jnp.fft.rfftn(volume), x_size=n, apron=apron_width(window.width))
    return full, packed


def points_within(n, count, seed=1):
    """Points of a ball of radius 0.4 n, half of them with negative x."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(count, 3))
    return 0.4 * n * direction / np.linalg.norm(direction, axis=1)[:, None] * rng.uniform(0.1, 1, (count, 1))


def brute_force(full, points, window):
    n = full.shape[0]
    out = np.zeros(len(points), complex)
    for i, point in enumerate(points):
        corner = np.ceil(point - window.width / 2).astype(int)
        for z in range(window.width):
            for y in range(window.width):
                for x in range(window.width):
                    node = corner + np.array([x, y, z])
                    weight = np.prod([window_value(window, u) for u in point - node])
                    out[i] += full[node[2] % n, node[1] % n, node[0] % n] * weight
    return out


def window_value(window, u):
    if window.name == "b-spline":
        u = abs(u)
        if window.width == 2:
            return max(1 - u, 0)
        return 2 / 3 - u**2 + u**3 / 2 if u < 1 else (2 - u) ** 3 / 6 if u < 2 else 0.0
    root = np.sqrt(max(1 - (2 * u / window.width) ** 2, 0))
    return np.i0(window.beta * root) / np.i0(window.beta)


@pytest.mark.parametrize("n", [12, 13])
@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.name}{w.width}")
def test_gather_is_the_windowed_sum(n, window):
    full, packed = full_and_packed(n, window)
    points = points_within(n, 30)
    expected = brute_force(full, points, window)
    # The Chebyshev fit of the window is good to 1e-8.
    np.testing.assert_allclose(fourier_gather(packed, jnp.asarray(points), window), expected, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("n", [12, 13])
def test_apron_is_friedel_and_its_adjoint_folds(n):
    rng = np.random.default_rng(0)
    half = jnp.fft.rfftn(rng.normal(size=(n, n, n)))
    grid = add_apron(half, x_size=n, apron=3)
    full = np.fft.fftn(np.fft.irfftn(half, s=(n, n, n), axes=(0, 1, 2)))
    rows, columns = np.arange(-3, n + 3) % n, np.arange(-3, n // 2 + 4) % n
    np.testing.assert_allclose(grid, full[np.ix_(rows, rows, columns)], atol=1e-10)
    other = rng.normal(size=grid.shape) + 1j * rng.normal(size=grid.shape)
    left = np.vdot(grid, other).real
    right = np.vdot(half, fold_apron(jnp.asarray(other), x_size=n, apron=3)).real
    np.testing.assert_allclose(left, right, rtol=1e-12)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.name}{w.width}")
def test_spread_is_the_adjoint_of_gather(window):
    n = 12
    _, grid = full_and_packed(n, window)
    points = jnp.asarray(points_within(n, 40))
    rng = np.random.default_rng(3)
    values = jnp.asarray(rng.normal(size=40) + 1j * rng.normal(size=40))
    left = jnp.vdot(fourier_gather(grid, points, window), values).real
    right = jnp.vdot(grid, fourier_spread(values, points, window, shape=grid.shape)).real
    np.testing.assert_allclose(left, right, rtol=1e-12)


def test_derivatives_in_points_and_grid_match_finite_differences():
    # The quintic-smooth interior of Kaiser-Bessel: finite differences at 1e-6 are good to 1e-7.
    window = kaiser_bessel(5)
    _, grid = full_and_packed(12, window)
    points = jnp.asarray(points_within(12, 20))
    direction = jnp.asarray(np.random.default_rng(5).normal(size=points.shape))
    step = 1e-6

    def f(u):
        return fourier_gather(grid, u, window)

    _, tangent = jax.jvp(f, (points,), (direction,))
    numeric = (f(points + step * direction) - f(points - step * direction)) / (2 * step)
    np.testing.assert_allclose(tangent, numeric, rtol=1e-5, atol=1e-5 * np.abs(numeric).max())

    weights = jnp.asarray(np.random.default_rng(6).normal(size=20))
    gradient = jax.grad(lambda u: (jnp.abs(f(u)) ** 2 * weights).sum())(points)
    forward = jax.jvp(lambda u: (jnp.abs(f(u)) ** 2 * weights).sum(), (points,), (direction,))[1]
    np.testing.assert_allclose((gradient * direction).sum(), forward, rtol=1e-10)

    loss = lambda g: (jnp.abs(fourier_gather(g, points, window)) ** 2 * weights).sum()  # noqa: E731
    in_grid = jax.grad(loss)(grid)
    _, other = full_and_packed(12, window, seed=9)
    slope = (loss(grid + step * other) - loss(grid - step * other)) / (2 * step)
    # JAX pairs a complex gradient g with a tangent t as Re(g t).
    np.testing.assert_allclose((in_grid * other).sum().real, slope, rtol=1e-6)


def test_spread_differentiates_in_values_and_points():
    window = kaiser_bessel(4)
    points = jnp.asarray(points_within(12, 15))
    values = jnp.asarray(np.random.default_rng(2).normal(size=15) + 0j)
    _, target = full_and_packed(12, window)

    def loss(v, u):
        return jnp.abs(fourier_spread(v, u, window, shape=target.shape) - target / 1e3).sum()

    step = 1e-6
    d_values = jnp.asarray(np.random.default_rng(3).normal(size=15) + 1j)
    d_points = jnp.asarray(np.random.default_rng(4).normal(size=points.shape))
    numeric = (
        loss(values + step * d_values, points + step * d_points)
        - loss(values - step * d_values, points - step * d_points)
    ) / (2 * step)
    forward = jax.jvp(loss, (values, points), (d_values, d_points))[1]
    np.testing.assert_allclose(forward, numeric, rtol=1e-5)
    g_values, g_points = jax.grad(loss, argnums=(0, 1))(values, points)
    reverse = (g_values * d_values).sum().real + (g_points * d_points).sum()
    np.testing.assert_allclose(reverse, forward, rtol=1e-10)


def test_vmap_over_every_argument_is_a_loop():
    window = kaiser_bessel(4)
    grids = jnp.stack([full_and_packed(12, window, seed)[1] for seed in range(2)])
    points = jnp.stack([jnp.asarray(points_within(12, 9, seed)) for seed in range(2)])
    gather = lambda g, u: fourier_gather(g, u, window)  # noqa: E731
    for axes, loop in [
        ((None, 0), [gather(grids[0], u) for u in points]),
        ((0, None), [gather(g, points[0]) for g in grids]),
        ((0, 0), [gather(g, u) for g, u in zip(grids, points, strict=True)]),
    ]:
        arguments = [x if axis == 0 else x[0] for x, axis in zip((grids, points), axes, strict=True)]
        np.testing.assert_allclose(jax.vmap(gather, axes)(*arguments), jnp.stack(loop), rtol=1e-12)
        np.testing.assert_allclose(jax.jit(jax.vmap(gather, axes))(*arguments), jnp.stack(loop), rtol=1e-12)
    spread = lambda u: fourier_spread(jnp.ones(9), u, window, shape=(18, 18, 13))  # noqa: E731
    np.testing.assert_allclose(jax.vmap(spread)(points), jnp.stack([spread(u) for u in points]), rtol=1e-12)


def test_gradient_of_a_batch_holds_one_grid():
    """The trap of one volume per image: the compiled gradient of 64 slices stays near one grid and its gradient."""
    window = kaiser_bessel(4)
    _, grid = full_and_packed(48, window)
    points = jnp.asarray(points_within(48, 64 * 200)).reshape(64, 200, 3)

    def loss(g):
        return jnp.abs(jax.vmap(lambda u: fourier_gather(g, u, window))(points)).sum()

    analysis = jax.jit(jax.grad(loss)).lower(grid).compile().memory_analysis()
    grid_bytes = grid.size * grid.dtype.itemsize
    chunk_bytes = 8192 * 4**3 * 16 * 4  # the taps of one chunk, with headroom for XLA's temporaries
    assert analysis.temp_size_in_bytes < 3 * grid_bytes + chunk_bytes


def test_nan_and_far_points_do_not_crash():
    window = kaiser_bessel(5)
    _, grid = full_and_packed(12, window)
    values = fourier_gather(grid, jnp.array([[jnp.nan, 0, 0], [1e9, 0, 0], [0, 1.0, 0]]), window)
    assert np.isnan(values[0])
    assert np.isfinite(values[2])


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.name}{w.width}")
def test_float32_follows_float64(window):
    _, grid = full_and_packed(12, window)
    points = points_within(12, 40)
    double = fourier_gather(grid, jnp.asarray(points), window)
    single = fourier_gather(grid.astype(jnp.complex64), jnp.asarray(points, jnp.float32), window)
    assert single.dtype == jnp.complex64
    # A position rounded to 1e-7 of 5 steps moves the value by as much times the window's slope, order one.
    np.testing.assert_allclose(single, double, atol=5e-6 * np.abs(double).max())


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.name}{w.width}")
def test_transform_is_the_windows_fourier_integral(window):
    t = (np.arange(400) + 0.5) / 400
    taps = np.asarray(window.weights(jnp.asarray(t)))
    u = t + np.arange(window.width)[:, None] - window.width / 2
    for x in (0.0, 0.2, 0.5):
        # The midpoint rule with 400 points per unit: second order, 1e-5 with the edge of Kaiser-Bessel.
        integral = (taps * np.cos(2 * np.pi * u * x)).sum() / 400
        np.testing.assert_allclose(window.transform(x), integral, atol=2e-5)
