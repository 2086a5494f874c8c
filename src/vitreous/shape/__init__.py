"""The shape of maps in 3D Zernike moments: decomposition, reconstruction, invariants, alignment and search."""

from ._bispectrum import bispectrum as bispectrum
from ._bispectrum_labels import bispectrum_labels as bispectrum_labels
from ._compare import MomentCorrelation as MomentCorrelation
from ._compare import compare_moments as compare_moments
from ._invariants import invariants as invariants
from ._invariants import normalised_invariants as normalised_invariants
from ._invariants import power_by_order as power_by_order
from ._resolution_rule import order_for_resolution as order_for_resolution
from ._resolution_rule import resolution_for_order as resolution_for_order
