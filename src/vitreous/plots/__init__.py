"""What a person wants to see of a file: figures of particles, maps, stacks and tables.

`plot_file` draws a whole file. Each kind of figure is a function too, whose `Figure` a notebook shows.
"""

from ._columns import column_label as column_label
from ._curve_figures import fsc_figure as fsc_figure
from ._curve_figures import mtf_figure as mtf_figure
from ._group_figures import class_figure as class_figure
from ._group_figures import half_set_figure as half_set_figure
from ._group_figures import optics_group_figure as optics_group_figure
from ._kinds import PlotKind as PlotKind
from ._latent_figures import latent_figure as latent_figure
from ._latent_figures import loading_figure as loading_figure
from ._map_figures import image_spectrum_figure as image_spectrum_figure
from ._map_figures import spectrum_figure as spectrum_figure
from ._merit_figures import column_figure as column_figure
from ._merit_figures import figure_of_merit_figure as figure_of_merit_figure
from ._optics_figures import astigmatism_figure as astigmatism_figure
from ._optics_figures import defocus_figure as defocus_figure
from ._optics_figures import micrograph_figure as micrograph_figure
from ._plot_file import PlotOptions as PlotOptions
from ._plot_file import PlotReport as PlotReport
from ._plot_file import plot_file as plot_file
from ._pose_figures import orientation_figure as orientation_figure
from ._pose_figures import shift_figure as shift_figure
