"""The rule between order and resolution."""

import math

import pytest

from vitreous._core import InputError
from vitreous.shape import order_for_resolution, resolution_for_order


@pytest.mark.parametrize("radius", [20.0, 90.0, 400.0])
@pytest.mark.parametrize("resolution", [3.0, 11.0, 40.0])
def test_the_order_is_the_smallest_that_reaches_the_resolution(radius, resolution):
    order = order_for_resolution(resolution, radius)
    assert resolution_for_order(order, radius) <= resolution
    assert order == 0 or resolution_for_order(order - 1, radius) > resolution


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
    ],
)
def test_bad_input(call, match):
    with pytest.raises(InputError, match=match):
        call()
