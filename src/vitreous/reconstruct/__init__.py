"""From particles with known poses to maps."""

from ._accumulator import FourierAccumulator as FourierAccumulator
from ._compare_maps import compare_maps as compare_maps
from ._expected import expected_fsc as expected_fsc
from ._half_maps import HalfMaps as HalfMaps
from ._half_maps import half_maps as half_maps
from ._insert import insert_particles as insert_particles
from ._options import ReconstructionOptions as ReconstructionOptions
from ._particles import ReconstructionResult as ReconstructionResult
from ._particles import reconstruct_particles as reconstruct_particles
from ._particles import reconstruction_memory as reconstruction_memory
from ._resolution import describe_resolution as describe_resolution
from ._shells import shell_weight as shell_weight
from ._shells import spectral_snr as spectral_snr
from ._wiener import wiener_map as wiener_map
