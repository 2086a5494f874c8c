"""Ticks are round numbers, as many as were asked for, and read back as themselves."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from vitreous.report import Axes, Figure, Line
from vitreous.report._frame import Ticks, draw_legend


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 10))
def test_round_ticks(low, extent, most):
    high = low + extent
    ticks = Ticks.round(low, high, most=most)
    assert most / 2.5 - 2 <= len(ticks.values) <= most + 1  # the next larger step is at most 2.5 times as large
    assert all(low - 1e-5 * extent <= value <= high + 1e-5 * extent for value in ticks.values)
    steps = np.diff(ticks.values)
    if len(steps):
        # Sums of a step leave the rounding of the value.
        assert np.ptp(steps) <= 1e-9 * (abs(low) + extent)
        digits = steps[0] / 10 ** math.floor(math.log10(steps[0] * 1.0001))
        assert min(abs(digits - factor) for factor in (1, 2, 2.5, 5)) < 1e-3


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 0.25, ["0", "0.05", "0.1", "0.15", "0.2", "0.25"]),
        (-1, 1, ["−1", "−0.5", "0", "0.5", "1"]),
        (8000, 20000, ["8000", "10000", "12000", "14000", "16000", "18000", "20000"]),
    ],
)
def test_labels_of_ticks(low, high, labels):
    assert Ticks.round(low, high, most=4 if low == -1 else 6).labels == labels


def test_powers_of_ten():
    assert Ticks.powers_of_ten(-3.2, 0.5).labels == ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]
    assert Ticks.powers_of_ten(-13.0, 10.0).values == [-12, -9, -6, -3, 0, 3, 6, 9]


def test_a_legend_takes_the_place_that_covers_least():
    figure, axes = Figure(400, 200), Axes(0, 0, 400, 200, (0, 1), (0, 1))
    through_both = Line(np.array([(0.0, 0.0), (400.0, 200.0)]), "red", label="diagonal")
    below = Line(np.array([(0.0, 195.0), (400.0, 195.0)]), "blue", label="")
    places = [(0, 0), (1, 1), (1, 0), (0, 1)]  # the first two on the diagonal, the last on the other line
    draw_legend(figure, axes, [through_both, below], places=places, avoid=[through_both, below])
    sample, name = figure.marks  # that without a label is not named
    assert name.text == "diagonal" and name.x > 200 and name.y < 100
    assert sample.colour == "red" and sample.points[:, 0].max() < name.x
