"""Arrays and tables in, figures and one self-contained HTML page out.

Figures are SVG, drawn in about a millisecond each: show them in a notebook, save them, go on with them in Matplotlib
(`Figure.matplotlib`), or add them to a `Report`, which becomes a page that needs no network and follows the reader's
light or dark theme.
"""

from ._curves import Curve as Curve
from ._curves import ctf_curve as ctf_curve
from ._curves import fsc_curves as fsc_curves
from ._curves import histogram as histogram
from ._curves import power_spectrum_plot as power_spectrum_plot
from ._figure import Axes as Axes
from ._figure import Figure as Figure
from ._images import image_grid as image_grid
from ._images import orthogonal_projections as orthogonal_projections
from ._images import orthogonal_slices as orthogonal_slices
from ._marks import Area as Area
from ._marks import Label as Label
from ._marks import Line as Line
from ._marks import Raster as Raster
from ._orientations import orientation_plot as orientation_plot
from ._report import Report as Report
from ._save import save_figure as save_figure
