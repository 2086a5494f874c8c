"""The hot operations and their derivative rules, in pure JAX: the meaning that faster forms must reproduce.

Reading a Fourier grid at points and its adjoint, and Gaussians spread onto planes and grids,
and Fourier transforms between grids and points anywhere (NUFFT).
"""

from ._backends import Backend as Backend
from ._backends import kernels_in_use as kernels_in_use
from ._fourier import fourier_gather as fourier_gather
from ._fourier import fourier_slice as fourier_slice
from ._fourier import fourier_spread as fourier_spread
from ._fourier import insert_slices as insert_slices
from ._gaussian_windows import gaussian_half_width as gaussian_half_width
from ._gaussians_2d import project_gaussians as project_gaussians
from ._gaussians_3d import spread_gaussians_3d as spread_gaussians_3d
from ._gaussians_dense_2d import sum_gaussians_2d as sum_gaussians_2d
from ._gaussians_dense_3d import sum_gaussians_3d as sum_gaussians_3d
from ._gridding import deconvolution as deconvolution
from ._gridding import padded_size as padded_size
from ._half_grid import add_apron as add_apron
from ._half_grid import apron_width as apron_width
from ._half_grid import fold_apron as fold_apron
from ._interpolant import Interpolant as Interpolant
from ._interpolant import cubic_bspline as cubic_bspline
from ._interpolant import kaiser_bessel as kaiser_bessel
from ._interpolant import linear_interpolant as linear_interpolant
from ._map_coordinates import map_coordinates as map_coordinates
from ._map_coordinates import map_coordinates_spline as map_coordinates_spline
from ._nufft import fourier_transform_at as fourier_transform_at
from ._nufft import nufft_type1 as nufft_type1
from ._nufft import nufft_type2 as nufft_type2
from ._nufft_backends import NufftBackend as NufftBackend
from ._nufft_backends import NufftOptions as NufftOptions
from ._plane import Plane as Plane
from ._shift_spectrum import shift_spectrum as shift_spectrum
from ._sincos import phasor as phasor
from ._sincos import sincos as sincos
from ._spline_filter import compute_spline_coefficients as compute_spline_coefficients
