"""Arrays and tables in, figures and one self-contained HTML page out.

Figures are SVG, drawn in about a millisecond each: show them in a notebook, save them, go on with them in Matplotlib
(`Figure.matplotlib`), or add them to a `Report`, which becomes a page that needs no network and follows the reader's
light or dark theme.
"""

from ._curves import Curve as Curve
from ._curves import ctf_curve as ctf_curve
from ._curves import fsc_curves as fsc_curves
from ._curves import line_plot as line_plot
from ._curves import power_spectrum_plot as power_spectrum_plot
from ._figure import Axes as Axes
from ._figure import Figure as Figure
from ._heat_map import heat_map as heat_map
from ._histogram import category_bars as category_bars
from ._histogram import histogram as histogram
from ._images import image_grid as image_grid
from ._images import orthogonal_projections as orthogonal_projections
from ._images import orthogonal_slices as orthogonal_slices
from ._interactive import InteractiveFigure as InteractiveFigure
from ._interactive import interactive_bars as interactive_bars
from ._interactive import interactive_histogram as interactive_histogram
from ._interactive import interactive_lines as interactive_lines
from ._interactive_scatter import interactive_scatter as interactive_scatter
from ._marks import Area as Area
from ._marks import Dots as Dots
from ._marks import Label as Label
from ._marks import Line as Line
from ._marks import Raster as Raster
from ._orientations import orientation_plot as orientation_plot
from ._report import Report as Report
from ._save import save_figure as save_figure
from ._scatter import scatter_plot as scatter_plot
from ._sheet import figure_sheet as figure_sheet
from ._values import drawable as drawable
