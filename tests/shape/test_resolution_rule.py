"""The rule between order and resolution."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import fourier_shell_correlation
from vitreous.harmonics import ZernikePlan
from vitreous.shape import order_for_resolution, resolution_for_order


@pytest.mark.parametrize("radius", [20.0, 90.0, 400.0])
@pytest.mark.parametrize("resolution", [3.0, 11.0, 40.0])
@pytest.mark.parametrize("correlation", [0.5, 0.7, 0.9])
def test_the_order_is_the_smallest_that_reaches_the_resolution(radius, resolution, correlation):
    order = order_for_resolution(resolution, radius, correlation=correlation)
    assert resolution_for_order(order, radius, correlation=correlation) <= resolution
    assert order == 0 or resolution_for_order(order - 1, radius, correlation=correlation) > resolution


def test_what_a_series_holds_of_a_map():
    """A specimen of random voxels that fades towards two thirds of the ball's radius."""
    box, radius, order = 32, 15, 20
    r = np.sqrt(np.sum((np.indices((box,) * 3) - box // 2) ** 2, axis=0))
    specimen = jnp.asarray(np.random.default_rng(0).normal(size=(box,) * 3) / (1 + np.exp(r - 9)))
    plan = ZernikePlan(order, box, radius=radius)
    series = plan.reconstruct(plan.decompose(specimen))
    curve = fourier_shell_correlation(series, jnp.where(r <= radius, specimen, 0), voxel_size=1.0)
    for correlation in (0.5, 0.9):
        held = curve.resolution(correlation)
        assert held is not None
        predicted = resolution_for_order(order, radius, correlation=correlation)
        # The widths c were measured to ± 0.4, where 2πR / d is 23 to 25.
        offset = 2 * math.pi * radius * (1 / held - 1 / predicted)
        assert offset == pytest.approx(0, abs=0.4 * order ** (1 / 3))


def test_ends():
    assert resolution_for_order(0, 50.0) == math.inf
    assert order_for_resolution(1e6, 50.0) == 1  # order 0 is but the mean


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: order_for_resolution(0.0, 50.0), "resolution=0 Å"),
        (lambda: order_for_resolution(5.0, math.inf), "radius=inf Å"),
        (lambda: resolution_for_order(-1, 50.0), "order=-1"),
        (lambda: resolution_for_order(5, -1.0), "radius=-1 Å"),
        (lambda: resolution_for_order(5, 1.0, correlation=0.143), "correlation=0.143"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(InputError, match=match):
        call()
