"""Filters of spectra and masks of images, with soft edges.

A filter multiplies a half spectrum, a mask multiplies an image or volume; both are pytrees, so cut-offs and radii can
be differentiated.
"""

from ._anti_aliasing import AntiAliasingFilter as AntiAliasingFilter
from ._base import AbstractFilter as AbstractFilter
from ._base import AbstractMask as AbstractMask
from ._base import filter_image as filter_image
from ._inverse_sinc import InverseSincMask as InverseSincMask
from ._masks import CircularMask as CircularMask
from ._masks import CylindricalMask as CylindricalMask
from ._masks import SphericalMask as SphericalMask
from ._noise_power import noise_power as noise_power
from ._passes import BandPassFilter as BandPassFilter
from ._passes import BFactorFilter as BFactorFilter
from ._passes import HighPassFilter as HighPassFilter
from ._passes import LowPassFilter as LowPassFilter
from ._product import ProductFilter as ProductFilter
from ._product import ProductMask as ProductMask
from ._rectangular import RectangularMask as RectangularMask
from ._rectangular import SquareMask as SquareMask
from ._voxel_mask import VoxelMask as VoxelMask
from ._whitening import WhiteningFilter as WhiteningFilter
