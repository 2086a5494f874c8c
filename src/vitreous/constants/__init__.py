"""Physics and elements: what the electron and the atoms are, before any image is made.

The relativistic electron (wavelength, Lorentz factor, interaction constant), the elements' names, their tabulated
elastic scattering factors, and the volumes of solvent that atoms displace.
"""

from ._electron import interaction_constant as interaction_constant
from ._electron import lorentz_factor as lorentz_factor
from ._electron import wavelength as wavelength
from ._elements import atomic_number as atomic_number
from ._elements import element_symbol as element_symbol
from ._lobato import LobatoScatteringFactorParameters as LobatoScatteringFactorParameters
from ._scattering_factors import HEAVIEST_TABULATED as HEAVIEST_TABULATED
from ._scattering_factors import PengScatteringFactorParameters as PengScatteringFactorParameters
from ._solvent import displaced_volume as displaced_volume
from ._solvent import water_potential as water_potential
