"""What the lens does to the image: contrast transfer, aberrations, envelopes, phase plates, apertures and damage.

Positive defocus is underfocus, every length is in Å, and protein is dark, as on a micrograph. `CTF` is the simple
closed formula; `Microscope` puts everything else around it.
"""

from ._aberrations import Aberrations as Aberrations
from ._aliasing import aliasing_box as aliasing_box
from ._aliasing import warn_if_aliased as warn_if_aliased
from ._aperture import ObjectiveAperture as ObjectiveAperture
from ._base import AbstractOptics as AbstractOptics
from ._contrast import Contrast as Contrast
from ._ctf import CTF as CTF
from ._dose import DoseFilter as DoseFilter
from ._dose import critical_exposure as critical_exposure
from ._dose import dose_weights as dose_weights
from ._dose import optimal_exposure as optimal_exposure
from ._envelopes import AbstractEnvelope as AbstractEnvelope
from ._envelopes import DamageEnvelope as DamageEnvelope
from ._envelopes import DefocusSpreadEnvelope as DefocusSpreadEnvelope
from ._envelopes import SpatialEnvelope as SpatialEnvelope
from ._envelopes import TemporalEnvelope as TemporalEnvelope
from ._magnification import magnification_from_offsets as magnification_from_offsets
from ._magnification import magnification_matrix as magnification_matrix
from ._microscope import Microscope as Microscope
from ._phase_plates import AbstractPhasePlate as AbstractPhasePlate
from ._phase_plates import LaserPhasePlate as LaserPhasePlate
from ._phase_plates import VoltaPhasePlate as VoltaPhasePlate
