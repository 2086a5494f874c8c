"""The hot operations and their derivative rules, in pure JAX: the meaning that faster forms must reproduce.

Reading a Fourier grid at points and its adjoint, and Gaussians spread onto planes and grids.
"""

from ._fourier_pair import fourier_gather as fourier_gather
from ._fourier_pair import fourier_spread as fourier_spread
from ._half_grid import add_apron as add_apron
from ._half_grid import apron_width as apron_width
from ._half_grid import fold_apron as fold_apron
from ._interpolant import Interpolant as Interpolant
from ._interpolant import cubic_bspline as cubic_bspline
from ._interpolant import kaiser_bessel as kaiser_bessel
from ._interpolant import linear_interpolant as linear_interpolant
