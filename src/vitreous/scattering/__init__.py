r"""Theories of how a specimen changes the electron wave, each giving the contrast that a lens makes of it.

The contrast is defined as $C = (|\psi|^2/|\psi_0|^2 - 1)/2$ in every theory.
"""

from ._base import AbstractScattering as AbstractScattering
from ._ewald import EwaldSphereScattering as EwaldSphereScattering
from ._ewald_slice import EwaldSurface as EwaldSurface
from ._ewald_slice import HasFourierTransform as HasFourierTransform
from ._multislice import MultisliceScattering as MultisliceScattering
from ._phase_object import PhaseObjectScattering as PhaseObjectScattering
from ._propagation import multislice_exit_wave as multislice_exit_wave
from ._propagation import propagate_wave as propagate_wave
from ._rytov import RytovScattering as RytovScattering
from ._slices import slice_potential as slice_potential
from ._wave import AbstractWaveScattering as AbstractWaveScattering
from ._wave_grid import WaveGrid as WaveGrid
from ._weak_phase import WeakPhaseScattering as WeakPhaseScattering
