"""What is drawn of a file: data that become a figure, or an interactive one."""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int, Shaped

from vitreous.report import (
    Curve,
    Figure,
    InteractiveFigure,
    category_bars,
    drawable,
    histogram,
    interactive_bars,
    interactive_histogram,
    interactive_lines,
    interactive_scatter,
    line_plot,
    scatter_plot,
)

_BINS = 40


class AbstractChart(abc.ABC):
    """Data that can be drawn for paper and for a page."""

    @abc.abstractmethod
    def figure(self) -> Figure:
        """The figure that is saved as a picture, and shown in a notebook."""

    @abc.abstractmethod
    def interactive(self) -> Figure | InteractiveFigure:
        """The figure for a page."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the drawing."""
        return ()


@dataclass(frozen=True, eq=False, kw_only=True)
class HistogramChart(AbstractChart):
    """How often values occur.

    Arguments:
        values: The values.
        label: What they are, with their unit.
        logarithmic: Count on a logarithmic scale.
        thing: What has a value each.
        remarks: What to know about them.
    """

    values: Float64[np.ndarray, " n"]
    label: str
    logarithmic: bool = False
    thing: str = "particle"
    remarks: tuple[str, ...] = ()

    def figure(self) -> Figure:
        return histogram(self.values, label=self.label, bins=_BINS, logarithmic=self.logarithmic)

    def interactive(self) -> InteractiveFigure:
        return interactive_histogram(self.values, label=self.label, bins=_BINS, logarithmic=self.logarithmic)

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.remarks, *_without_values(~drawable(self.values), self.thing))


@dataclass(frozen=True, eq=False, kw_only=True)
class BarChart(AbstractChart):
    """How often categories occur.

    Arguments:
        counts: Category to count.
        label: What is counted.
    """

    counts: Mapping[str, int]
    label: str

    def figure(self) -> Figure:
        return category_bars(self.counts, label=self.label)

    def interactive(self) -> InteractiveFigure:
        return interactive_bars(self.counts, label=self.label)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScatterChart(AbstractChart):
    """Pairs of values, with histograms of each.

    Arguments:
        x: Values to the right.
        y: Values upwards.
        x_label: What x is, with its unit.
        y_label: What y is, with its unit.
        colours: What colours the dots.
        colour_label: What that is, with its unit.
        names: Names that dots have.
        name_of: Which of the names each dot has, −1 for none.
        thing: What a dot is.
        remarks: What to know about them.
    """

    x: Float64[np.ndarray, " n"]
    y: Float64[np.ndarray, " n"]
    x_label: str
    y_label: str
    colours: Shaped[np.ndarray, " n"] | None = None
    colour_label: str = ""
    names: Sequence[str] = ()
    name_of: Int[np.ndarray, " n"] | None = None
    thing: str = "particle"
    remarks: tuple[str, ...] = ()

    def figure(self) -> Figure:
        return scatter_plot(
            self.x,
            self.y,
            x_label=self.x_label,
            y_label=self.y_label,
            colours=self.colours,
            colour_label=self.colour_label,
            bins=_BINS,
        )

    def interactive(self) -> InteractiveFigure:
        return interactive_scatter(
            self.x,
            self.y,
            x_label=self.x_label,
            y_label=self.y_label,
            colours=self.colours,
            colour_label=self.colour_label,
            names=self.names,
            name_of=self.name_of,
            thing=self.thing,
            bins=_BINS,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        lost = ~(drawable(self.x) & drawable(self.y))
        return (*self.remarks, *_without_values(lost, self.thing))


@dataclass(frozen=True, eq=False, kw_only=True)
class CurveChart(AbstractChart):
    """Functions of one variable.

    Arguments:
        curves: Label, x and y of each.
        x_label: What x is, with its unit.
        y_label: What y is, with its unit.
        drawing: The figure for paper, where plain curves are not enough.
        logarithmic: Draw y on a logarithmic scale.
        remarks: What to know about them.
    """

    curves: Sequence[Curve]
    x_label: str
    y_label: str
    drawing: Figure | None = None
    logarithmic: bool = False
    remarks: tuple[str, ...] = ()

    def figure(self) -> Figure:
        return self.drawing or line_plot(self.curves, x_label=self.x_label, y_label=self.y_label)

    def interactive(self) -> InteractiveFigure:
        return interactive_lines(self.curves, x_label=self.x_label, y_label=self.y_label, logarithmic=self.logarithmic)

    @property
    def notes(self) -> tuple[str, ...]:
        return self.remarks


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureChart(AbstractChart):
    """A picture, the same on paper and on a page.

    Arguments:
        picture: The picture.
        remarks: What to know about it.
    """

    picture: Figure
    remarks: tuple[str, ...] = ()

    def figure(self) -> Figure:
        return self.picture

    def interactive(self) -> Figure:
        return self.picture

    @property
    def notes(self) -> tuple[str, ...]:
        return self.remarks


def _without_values(lost: Shaped[np.ndarray, " n"], thing: str) -> tuple[str, ...]:
    count = int(np.count_nonzero(lost))
    return (f"{count} of {len(lost)} {thing}s have no value, and are left out",) if count else ()
