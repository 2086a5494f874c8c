r"""Theories of how a specimen changes the electron wave, each giving the contrast that a lens makes of it.

The contrast is defined as $C = (|\psi|^2/|\psi_0|^2 - 1)/2$ in every theory.
"""

from ._base import AbstractScattering as AbstractScattering
from ._weak_phase import WeakPhaseScattering as WeakPhaseScattering
