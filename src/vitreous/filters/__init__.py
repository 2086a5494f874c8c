"""Filters of spectra and masks of images, with soft edges.

A filter multiplies a half spectrum, a mask multiplies an image or volume; both are pytrees, so cut-offs and radii can
be differentiated.
"""

from ._base import AbstractFilter as AbstractFilter
from ._base import AbstractMask as AbstractMask
from ._base import filter_image as filter_image
from ._masks import CircularMask as CircularMask
from ._masks import SphericalMask as SphericalMask
from ._passes import BFactorFilter as BFactorFilter
from ._passes import HighPassFilter as HighPassFilter
from ._passes import LowPassFilter as LowPassFilter
from ._product import ProductFilter as ProductFilter
from ._whitening import WhiteningFilter as WhiteningFilter
