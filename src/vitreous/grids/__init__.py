"""Grids: where pixels and frequencies are, and the one FFT convention.

Coordinates and frequencies, the half spectrum, `ImageConfig`, shifts, cropping and padding in both spaces, resampling,
radial shells and spectra, and Fourier ring and shell correlations.
"""

from ._block_reduce import block_offset as block_offset
from ._block_reduce import block_reduce_downsample as block_reduce_downsample
from ._coordinates import coordinates as coordinates
from ._coordinates import frequencies as frequencies
from ._correlation import FourierCorrelation as FourierCorrelation
from ._correlation import fourier_ring_correlation as fourier_ring_correlation
from ._correlation import fourier_shell_correlation as fourier_shell_correlation
from ._crop import crop as crop
from ._crop import pad as pad
from ._fft import irfftn as irfftn
from ._fft import mode_multiplicity as mode_multiplicity
from ._fft import rfftn as rfftn
from ._fourier_crop import fourier_crop as fourier_crop
from ._fourier_crop import fourier_pad as fourier_pad
from ._fourier_crop import resize_spectrum as resize_spectrum
from ._frequency_slice import make_coordinate_grid as make_coordinate_grid
from ._frequency_slice import make_frequency_grid as make_frequency_grid
from ._frequency_slice import make_frequency_slice as make_frequency_slice
from ._image_config import ImageConfig as ImageConfig
from ._image_config import Sampling as Sampling
from ._normalise import normalise as normalise
from ._rescale import rescale as rescale
from ._shells import power_spectrum as power_spectrum
from ._shells import shell_average as shell_average
from ._shells import shell_index as shell_index
from ._shift import shift_image as shift_image
from ._shift import shift_phases as shift_phases
from ._vectors import radius as radius
