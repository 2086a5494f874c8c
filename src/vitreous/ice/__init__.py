"""The ice around the specimen: noise with a measured or modelled spectrum, water molecule by molecule, thickness.

An ice gives samples of its projected potential, less the mean, which are added to that of the specimen before the
optics.
"""

from ._base import AbstractFieldIce as AbstractFieldIce
from ._base import AbstractIce as AbstractIce
from ._empirical import EmpiricalIce as EmpiricalIce
from ._explicit import ExplicitWater as ExplicitWater
from ._exponential import ExponentialNoiseIce as ExponentialNoiseIce
from ._random_field import GaussianRandomFieldIce as GaussianRandomFieldIce
from ._thickness import ice_thickness as ice_thickness
from ._thickness import inelastic_mean_free_path as inelastic_mean_free_path
from ._water_box import WaterBox as WaterBox
from ._water_spectrum import WaterSpectrum as WaterSpectrum
