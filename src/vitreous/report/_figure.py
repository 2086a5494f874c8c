"""Figures: marks on a page, and where values lie among them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from ._marks import Label, Line, Mark, Raster
from ._svg import svg_element

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


@dataclass(frozen=True)
class Axes:
    """A rectangle in a figure and the values at its edges; y grows upwards in value, downwards in points.

    Arguments:
        left: Where it begins, in points.
        top: In points.
        width: In points.
        height: In points.
        x_limits: The values at its left and right edges.
        y_limits: The values at its lower and upper edges.

    Examples:
        >>> axes = Axes(10.0, 20.0, 100.0, 50.0, (0.0, 1.0), (0.0, 10.0))
        >>> axes.points([0, 1], [0, 10]).tolist()
        [[10.0, 70.0], [110.0, 20.0]]
    """

    left: float
    top: float
    width: float
    height: float
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]

    def points(self, x: Any, y: Any) -> Float[np.ndarray, "*n 2"]:
        """Where values lie, in points from the upper left corner of the figure: scalars or arrays of one shape."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        across = (x - self.x_limits[0]) / (self.x_limits[1] - self.x_limits[0])
        up = (y - self.y_limits[0]) / (self.y_limits[1] - self.y_limits[0])
        return np.stack([self.left + self.width * across, self.top + self.height * (1 - up)], axis=-1)


@dataclass
class Figure:
    """A figure that a notebook shows, a `Report` takes and `save_figure` saves.

    It is drawn as SVG in about a millisecond. For the many things that it cannot do there is Matplotlib: `matplotlib()`
    gives the same drawing as one of its figures, to be changed there.

    Arguments:
        width: In points, of which 72 are an inch.
        height: In points.
        marks: What is drawn, in this order.
        axes: Where values lie, one for each panel that has values.

    Examples:
        >>> figure = Figure(72, 36)
        >>> figure.marks.append(Label(36, 18, "hello"))
        >>> figure.texts, figure.svg()[:4]
        (['hello'], '<svg')
    """

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
    axes: list[Axes] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What its labels say."""
        return [mark.text for mark in self.marks if isinstance(mark, Label)]

    @property
    def rasters(self) -> list[np.ndarray]:
        """The pixels of its pictures."""
        return [mark.pixels for mark in self.marks if isinstance(mark, Raster)]

    def line(self, label: str) -> Line:
        """The line of this label."""
        return next(mark for mark in self.marks if isinstance(mark, Line) and mark.label == label)

    def svg(self) -> str:
        """The figure as an `<svg>` element without background, whose ink is that of the page around it."""
        return svg_element(self.marks, width=self.width, height=self.height)

    def matplotlib(self) -> "MatplotlibFigure":
        """The same drawing as a figure of Matplotlib, without any global state."""
        from ._matplotlib import as_matplotlib  # here, since it takes longer to load than most jobs take to report

        return as_matplotlib(self.marks, width=self.width, height=self.height)

    def _repr_svg_(self) -> str:
        return self.svg()
